# The parsers on any input: with libFuzzer where there is a nightly toolchain, else by a loop of our own (tests/fuzz.rs).

fuzz_targets=$(for file in fuzz/fuzz_targets/*.rs; do basename "$file" .rs; done)

fuzz_here() {
  rustup toolchain list 2>/dev/null | grep -q '^nightly' || return 1
  cargo +nightly fuzz --version >/dev/null 2>&1 && return
  may_install || return 1
  step "install cargo-fuzz" cargo install --quiet --locked cargo-fuzz
}

# fuzz SECONDS: that long for each target, as many at once as there are processors.
fuzz() {
  if fuzz_here; then
    step "fuzz (libFuzzer), $1 s a target" fuzz_by_libfuzzer "$1"
  else
    note "no nightly toolchain with cargo-fuzz"
    step "fuzz (our own loop), $1 s a target" reported env "NRCOMPOSE_FUZZ_SECONDS=$1" cargo test --quiet --test fuzz
  fi
}

fuzz_by_libfuzzer() {
  cargo +nightly fuzz build >"$work/fuzz-build.log" 2>&1 || { tail -n 20 "$work/fuzz-build.log" | sed 's/^/    | /'; return 1; }
  export seconds=$1 work
  xargs -P "$(nproc)" -n 1 bash -c 'fuzz_one "$0"' <<<"$fuzz_targets"
}

# What it has found to be new ways through the code stays in fuzz/corpus, and is where the next run begins.
fuzz_one() {
  local log=$work/fuzz-$1.log corpus=fuzz/corpus/$1
  mkdir -p "$corpus"
  if cargo +nightly fuzz run "$1" "$corpus" -- -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 >"$log" 2>&1; then
    printf '    | %s: %s\n' "$1" "$(sed -n 's/^Done \(.*\)/\1/p' "$log")"
  else
    tail -n 25 "$log" | sed "s/^/    | $1: /"
    return 1
  fi
}
export -f fuzz_one
