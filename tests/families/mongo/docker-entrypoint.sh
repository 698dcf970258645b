#!/bin/bash
# Root: take what is another's in both directories, step down.
set -eu
[ "${1#-}" = "$1" ] || set -- mongod "$@"
if [ "$1" = mongod ] && [ "$(id -u)" = 0 ]; then
  find /data/configdb /data/db ! -user mongodb -exec chown mongodb {} +
  exec gosu mongodb "$0" "$@"
fi
[ "$1" = mongod ] || exec "$@"
# The server locks its directory first, with a file for its owner alone.
umask 077
: > /data/db/mongod.lock
exec noteapp 27017 /data/db/collection
