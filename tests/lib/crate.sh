# What cargo checks: without an engine, and with one.

crate_checks() {
  export NRCOMPOSE_TEST_ALL=$all
  step "format" cargo fmt --all --check
  step "lints" cargo clippy --quiet --all-targets -- -D warnings
  # No target of all, since `cargo test` needs no engine.
  step "lints of the engine tests" cargo clippy --quiet --test engine -- -D warnings
  RUSTDOCFLAGS="-D warnings" step "documentation" cargo doc --quiet --no-deps --document-private-items
  step "unit and integration tests" reported cargo test --quiet
  if cargo_deny_here; then
    step "licences, bans, sources" cargo deny --log-level error check licenses bans sources
  else
    leave_out "licences, bans, sources" "no cargo-deny"
  fi
}

cargo_deny_here() {
  cargo deny --version >/dev/null 2>&1 && return
  may_install || return 1
  step "install cargo-deny" cargo install --quiet --locked cargo-deny
}

# reported COMMAND...: runs it, and prints what its tests report.
reported() {
  export NRCOMPOSE_TEST_REPORT=$work/report
  : > "$NRCOMPOSE_TEST_REPORT"
  "$@"
  local status=$?
  sed 's/^/    | /' "$NRCOMPOSE_TEST_REPORT"
  return "$status"
}

# Two at a time: most of a test is waiting for a server to start.
engine_checks() { reported cargo test --quiet --test engine -- --test-threads=2 "$@"; }

# The same probes on what the registries publish: a figure of its own, since it is not the stand-ins'.
published_images() {
  if timeout 120 docker pull -q redis:7 >/dev/null 2>&1; then
    NRCOMPOSE_TEST_REAL=1 step "published images (counted apart)" engine_checks six_services
  else
    leave_out "published images" "no registry answers"
  fi
}
