# What tests/run tells: one line when a step begins, one when it ends, a summary at the end.

passed=0 failed=() skipped=()

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

fail() {
  failed+=("$1")
  note "FAILED: $1"
}

# step NAME COMMAND...
step() {
  local name=$1 begin=$SECONDS
  shift
  say "$name"
  if "$@"; then
    passed=$((passed + 1))
    note "ok, $((SECONDS - begin)) s"
  else
    fail "$name"
    return 1
  fi
}

# prepare NAME COMMAND...: what makes a step possible; only where it may be installed is its absence a failure.
prepare() {
  if may_install; then
    step "$@"
  else
    say "$1"
    "${@:2}"
  fi
}

# leave_out NAME WHY: fine on a person's machine, a failure where everything was asked for.
leave_out() {
  if may_install; then
    fail "$1: could not run: $2"
  else
    skipped+=("$1: $2")
    note "left out: $1: $2"
  fi
}

# summary: the last words and the exit code.
summary() {
  local line
  say "$passed steps passed, ${#failed[@]} failed, ${#skipped[@]} left out, $SECONDS s"
  for line in "${failed[@]}"; do note "failed: $line"; done
  for line in "${skipped[@]}"; do note "left out: $line"; done
  [ "${#failed[@]}" = 0 ]
}
