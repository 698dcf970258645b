#!/bin/sh
set -e
cd /etc/pgbouncer
printf '"%s" "%s"\n' "$DB_USER" "$DB_PASSWORD" > userlist.txt
printf '[databases]\n* = host=%s port=5432 auth_user=%s\n[pgbouncer]\nlisten_addr = 0.0.0.0\nlisten_port = 5432\nunix_socket_dir =\nuser = postgres\nauth_file = /etc/pgbouncer/userlist.txt\nauth_type = %s\nignore_startup_parameters = extra_float_digits\nadmin_users = postgres\n' \
  "$DB_HOST" "$DB_USER" "${AUTH_TYPE:-md5}" > pgbouncer.ini
exec "$@"
