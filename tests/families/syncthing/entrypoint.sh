#!/bin/sh
set -eu
if [ "$(id -u)" = 0 ]; then
  chown "$PUID:$PGID" "$HOME"
  exec gosu "$PUID:$PGID" env HOME="$HOME" "$@"
fi
exec "$@"
