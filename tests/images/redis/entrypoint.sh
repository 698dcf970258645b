#!/bin/sh
# Root: take the working directory, step down. The server keeps its files where it is started: /data.
set -e

case "${1:-}" in -*|*.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis {} +
  exec gosu redis "$0" "$@"
fi
umask 0077
# The published build answers other containers without a password; Debian's does not unless told.
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
exec "$@"
