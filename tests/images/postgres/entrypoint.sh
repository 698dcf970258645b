#!/bin/bash
# Root: take the data directory, step down. Anyone: create the cluster on first start, then serve.
set -eu

[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

mkdir -p "$PGDATA"
chmod 0700 "$PGDATA" 2>/dev/null || :
chmod 3775 /var/run/postgresql 2>/dev/null || :

if [ "$(id -u)" = 0 ]; then
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres {} +
  exec gosu postgres "$0" "$@"
fi

# initdb and psql want a passwd entry for whoever runs them; only the first start needs one.
pretend_to_be_in_passwd() {
  getent passwd "$(id -u)" >/dev/null && return
  lib=$(find /usr/lib -name libnss_wrapper.so | head -n 1)
  NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
  echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" > "$NSS_WRAPPER_PASSWD"
  echo "postgres:x:$(id -g):" > "$NSS_WRAPPER_GROUP"
  export LD_PRELOAD=$lib NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

first_start() {
  : "${POSTGRES_PASSWORD:?a password is needed to create the cluster}"
  user=${POSTGRES_USER:-postgres} db=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
  pretend_to_be_in_passwd
  initdb -D "$PGDATA" --username="$user" --auth-local=trust --auth-host=trust \
    --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  [ "$db" = postgres ] || psql -v ON_ERROR_STOP=1 -U "$user" -d postgres -c "CREATE DATABASE \"$db\""
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

[ -s "$PGDATA/PG_VERSION" ] || first_start
exec "$@"
