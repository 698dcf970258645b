#!/bin/bash
set -eu
if [ "$(id -u)" = 0 ]; then
  if [ ! -w /data/packages ] || [ "$(stat -c %U /data/packages)" != pypiserver ]; then chown -R pypiserver:pypiserver /data; fi
  exec gosu pypiserver pypi-server "$@"
fi
[ -w /data/packages ] || { echo "cannot write to /data/packages" >&2; exit 1; }
exec pypi-server "$@"
