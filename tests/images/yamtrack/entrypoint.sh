#!/bin/sh
set -e
groupmod -o -g "${PGID:-1000}" abc
usermod -o -u "${PUID:-1000}" abc
chown -R abc:abc /yamtrack/db
exec "$@"
