# What tests/run tells: one line when a step begins, one when it ends, a summary at the end.

passed=0 failed=() left_out=()

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

fail() {
  failed+=("$1")
  printf '    FAILED: %s\n' "$1"
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

# left_out NAME WHY: fine on a person's machine, a failure where everything was asked for.
leave_out() {
  if may_install; then
    fail "$1: could not run: $2"
  else
    left_out+=("$1: $2")
    note "left out: $1: $2"
  fi
}

# summary: the last words and the exit code.
summary() {
  say "$passed steps passed, ${#failed[@]} failed, ${#left_out[@]} left out, $SECONDS s"
  local line
  for line in "${failed[@]}"; do note "failed: $line"; done
  for line in "${left_out[@]}"; do note "left out: $line"; done
  [ "${#failed[@]}" = 0 ]
}
