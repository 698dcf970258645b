#!/bin/bash
# The configuration is made anew in /data at every start.
set -eu
{ echo database=/data/mumble-server.sqlite; echo logfile=; echo pidfile=; } > /data/mumble_server_config.ini
set -- "$@" -ini /data/mumble_server_config.ini
if [ "$(id -u)" = 0 ]; then
  chown -R "${PUID:-10000}:${PGID:-10000}" /data
  exec setpriv --reuid "${PUID:-10000}" --regid "${PGID:-10000}" --clear-groups "$@"
fi
exec "$@"
