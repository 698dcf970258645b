#!/bin/bash
set -eu
if [ "$(id -u)" = 0 ] && [ "$1" = rabbitmq-server ]; then
  find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq {} +
  exec gosu rabbitmq "$0" "$@"
fi
exec "$@"
