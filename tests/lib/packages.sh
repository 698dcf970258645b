# Packages come onto the machine only where the person (--install) or CI said so.

may_install() { [ "${install:-}" = 1 ] || [ "${CI:-}" = true ]; }

# need COMMAND PACKAGE...: true when the command is there, or could be put there.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  may_install || { note "$command is missing (package: $*)"; return 1; }
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { note "cannot install $*: no root or no apt"; return 1; }
  note "installing: $*"
  [ -n "${apt_updated:-}" ] || apt-get update -qq || return 1
  apt_updated=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  command -v "$command" >/dev/null
}

# The Debian mirror this machine uses: asked of apt, so that no host name is written here.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)' | sed -n 's/^Debian|//p' | grep -v security | head -n 1
}
