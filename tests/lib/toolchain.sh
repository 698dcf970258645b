# The toolchain that rust-toolchain.toml names, or the one that is here where it is not and may not be fetched: rustup
# would fetch it in the middle of a build, and without a network end there.

toolchain_up() {
  # A cargo that is not rustup's does not read the file.
  [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null || return 0
  local named own
  named=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  rustup toolchain list | grep -q "^$named" && return
  if may_install && timeout 600 rustup toolchain install "$named" >/dev/null 2>&1; then
    note "installed the toolchain $named"
    return
  fi
  own=$(rustup default | cut -d' ' -f1)
  note "the toolchain $named is not here: using $own"
  export RUSTUP_TOOLCHAIN=$own
}
