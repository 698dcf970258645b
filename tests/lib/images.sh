# The stand-in images: a Debian base, then everything under tests/images (with --all under tests/families too), in
# parallel, only what changed.

images_up() {
  base_image && build_folder tests/images && build_all php-app || return 1
  # The other families are for the long set.
  [ -z "$all" ] || build_folder tests/families
}

# build_folder FOLDER: every image of it, those that others are built from before them.
build_folder() {
  local pending ready name
  pending=$(for name in "$1"/*/Dockerfile; do basename "$(dirname "$name")"; done)
  while [ -n "$pending" ]; do
    ready=$(for name in $pending; do waits_for "$1/$name" "$pending" || echo "$name"; done)
    [ -n "$ready" ] || { note "built from each other: $pending"; return 1; }
    build_all $ready || return 1
    pending=$(comm -23 <(sort <<<"$pending") <(sort <<<"$ready"))
  done
}

# waits_for FOLDER NAMES: whether its image is built from one of these.
waits_for() {
  sed -n 's#^FROM nrcompose-test/\([^ :]*\).*#\1#p' "$1/Dockerfile" | grep -qxF "$2"
}

build_all() { printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/lib/build_image; }

base_image() {
  if docker image inspect nrcompose-test/base >/dev/null 2>&1; then
    note "nrcompose-test/base is here"
  elif timeout 60 docker pull -q debian:bookworm-slim >/dev/null 2>&1; then
    note "base image: debian:bookworm-slim"
    docker tag debian:bookworm-slim nrcompose-test/base
  else
    note "no registry: the base image comes from debootstrap"
    bootstrap_base
  fi
}

bootstrap_base() {
  local root=$work/base mirror
  need debootstrap debootstrap || return 1
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { note "apt knows no Debian mirror"; return 1; }
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 \
    || { tail -n 20 "$work/debootstrap.log"; return 1; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  # Packages must not start their services while an image is built (the published base says the same).
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  tar -C "$root" -c . | docker import --change 'LABEL nrcompose-test=1' - nrcompose-test/base >/dev/null
  local status=$?
  rm -rf "$root"
  return $status
}
