#!/bin/sh
set -e
if [ "$(id -u)" = 0 ] && [ "$1" = radicale ]; then
  chown -R radicale:radicale /data
  exec gosu radicale "$@"
fi
exec "$@"
