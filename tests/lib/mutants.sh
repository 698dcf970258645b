# Mutants: one small fault after another is planted in what the promises rest on, and a test without an engine has to
# notice. Which files, tests and exceptions: .cargo/mutants.toml.

# A copy of the tree, so that nobody's work is ever a mutant, and what was built stays built.
mutation=target/mutation
# A sixteenth is what two cores try in a quarter of an hour.
mutants_shards=16
mutants_minutes=15
# What has to be caught, in percent: of a sample, where a few weigh much, and of all.
mutants_least_sample=80 mutants_least=85

mutants_here() {
  cargo mutants --version >/dev/null 2>&1 && return
  may_install || return 1
  step "install cargo-mutants" cargo install --quiet --locked cargo-mutants
}

mutants_sample() {
  mutants_here || { leave_out "a sample of mutants" "no cargo-mutants"; return; }
  step "a sample of mutants, $mutants_minutes minutes at most" mutants_of_a_shard
}

# The shard is chosen by a seed, so that another run can try the same; each commit has its own.
mutants_of_a_shard() {
  local commit seed out=$mutation/sample
  commit=$(git rev-parse HEAD 2>/dev/null) || commit=1
  seed=${NRCOMPOSE_TEST_SEED:-$((16#${commit:0:7}))}
  note "NRCOMPOSE_TEST_SEED=$seed"
  mutants_tree || return 1
  rm -rf "$out"
  # In no order, so that a sample that is cut short is none of the first files alone.
  mutants_try "$out" $((seed % mutants_shards)) --shuffle || return 1
  mutants_figure "$mutants_least_sample" "$out"
}

# All of them: hours. A shard that was tried on the same tree is not tried again.
mutants_all() {
  mutants_here || { leave_out "all mutants" "no cargo-mutants"; return; }
  step "all mutants" mutants_of_all_shards
}

mutants_of_all_shards() {
  mutants_tree || return 1
  local key shard out
  key=$(cd "$mutation/tree" && mutants_files | grep -E '^(src|tests|profiles|\.cargo)/' | xargs -d '\n' cat | sha256sum | cut -c1-12)
  for ((shard = 0; shard < mutants_shards; shard++)); do
    out=$mutation/$key/$shard
    [ ! -e "$out/done" ] || continue
    rm -rf "$out"
    mutants_minutes=600 mutants_try "$out" "$shard" || return 1
    touch "$out/done"
    note "shard $((shard + 1)) of $mutants_shards"
  done
  mutants_figure "$mutants_least" "$mutation/$key"/*
}

# mutants_try OUT SHARD ARGUMENT...: 0 also when some were missed or the time was up, which is the figure's to judge.
mutants_try() {
  local out=$PWD/$1 shard=$2 status
  mkdir -p "$out"
  timeout --signal=INT "${mutants_minutes}m" nice -n 5 cargo mutants --in-place --dir "$mutation/tree" --output "$out" \
    --shard "$shard/$mutants_shards" --sharding round-robin --colors never "${@:3}" >"$out/log" 2>&1 </dev/null
  status=$?
  # 2 and 3: some were missed, some ran out of time. 124: our own limit.
  case $status in 0 | 2 | 3 | 124) ;; *) tail -n 20 "$out/log" | sed 's/^/    | /'; return 1 ;; esac
}

mutants_files() { git ls-files --cached --others --exclude-standard 2>/dev/null || find . -path ./target -prune -o -type f -print | sed 's#^\./##'; }

# Only what differs is copied, and with a new time: a mutant that a stopped run left is not taken for built.
mutants_tree() {
  local tree=$mutation/tree file
  mkdir -p "$tree"
  while IFS= read -r file; do
    [ ! -f "$file" ] || cmp -s "$file" "$tree/$file" || { mkdir -p "$(dirname "$tree/$file")" && cp "$file" "$tree/$file"; } || return 1
  done < <(mutants_files)
  while IFS= read -r file; do
    [ -e "$file" ] || rm "$tree/$file"
  done < <(cd "$tree" && find . -path ./target -prune -o -type f -print)
}

# mutants_figure LEAST OUT...: how many were noticed, and which were not.
mutants_figure() {
  local least=$1 caught missed percent known=tests/mutants-known.txt
  shift
  caught=$(cat "${@/%//mutants.out/caught.txt}" "${@/%//mutants.out/timeout.txt}" | wc -l)
  missed=$(cat "${@/%//mutants.out/missed.txt}" | wc -l)
  [ $((caught + missed)) -gt 0 ] || { note "none was tried"; return 1; }
  percent=$((1000 * caught / (caught + missed)))
  note "noticed: $caught of $((caught + missed)), $((percent / 10)).$((percent % 10)) % (at least $least)"
  # Without their place, which changes with every line above.
  cat "${@/%//mutants.out/missed.txt}" | sed 's/:[0-9]*:[0-9]*:/:/' | sort -u | grep -vxFf <(grep -v '^#' "$known") \
    | sed 's/^/    | not noticed, not explained: /'
  [ "$percent" -ge $((10 * least)) ]
}
