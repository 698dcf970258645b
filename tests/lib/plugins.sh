# `docker compose` and `docker buildx`: this machine's own, else Debian's newest, unpacked beside the tests.

plugins_up() {
  docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1 && return
  may_install || { note "docker compose or docker buildx is missing"; return 1; }
  # A configuration of our own, so that the person's ~/.docker stays as it is.
  local store=${XDG_CACHE_HOME:-$HOME/.cache}/nrcompose-tests/plugins
  export DOCKER_CONFIG=$work/docker-config
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  local suite
  for suite in sid trixie; do
    [ -x "$store/$suite/docker-compose" ] || unpack_plugins "$suite" "$store/$suite" || continue
    cp "$store/$suite/docker-"* "$DOCKER_CONFIG/cli-plugins/"
    # The newest suite's binaries may want a newer C library than this machine's.
    if docker compose version && docker buildx version; then return; fi
  done
  return 1
}

# unpack_plugins SUITE TARGET: apt does the fetching and checks the signatures; nothing is installed.
unpack_plugins() {
  local suite=$1 target=$2 mirror apt=$work/apt-$1
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { note "apt knows no Debian mirror"; return 1; }
  note "unpacking docker compose and buildx from Debian $suite"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/none" "$target"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$apt/sources.list"
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/none"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update || return 1
  (cd "$apt" && apt-get "${options[@]}" download docker-compose docker-buildx) || return 1
  local package
  for package in "$apt"/*.deb; do dpkg -x "$package" "$apt/unpacked"; done
  cp "$apt/unpacked/usr/libexec/docker/cli-plugins/docker-"{compose,buildx} "$target/"
}
