#!/bin/bash
# Root: take the data directory, step down. Anyone: create the database on first start, then serve.
set -eu

[ "${1#-}" = "$1" ] || set -- mariadbd "$@"
[ "$1" = mariadbd ] || exec "$@"

data=/var/lib/mysql
if [ "$(id -u)" = 0 ]; then
  find "$data" ! -user mysql -exec chown mysql: {} +
  find /run/mysqld -maxdepth 0 ! -user mysql -exec chown mysql: {} +
  exec gosu mysql "$0" "$@"
fi

first_start() {
  : "${MARIADB_ROOT_PASSWORD:?a root password is needed to create the database}"
  mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db
  # Read by the server itself while nobody can connect yet: no second start, no password on a command line.
  mariadbd --bootstrap --datadir="$data" < <(
    echo 'FLUSH PRIVILEGES;'
    # Accounts without a password, which the published start removes as well.
    echo "DROP USER IF EXISTS root@'127.0.0.1', root@'::1', root@'$(hostname)', ''@localhost, ''@'$(hostname)';"
    echo "ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
    echo "CREATE USER root@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    if [ -n "${MARIADB_DATABASE:-}" ]; then
      echo "CREATE DATABASE \`$MARIADB_DATABASE\`;"
    fi
    if [ -n "${MARIADB_USER:-}" ]; then
      echo "CREATE USER \`$MARIADB_USER\`@'%' IDENTIFIED BY '${MARIADB_PASSWORD:?}';"
      echo "GRANT ALL ON \`${MARIADB_DATABASE:-*}\`.* TO \`$MARIADB_USER\`@'%';"
    fi
  )
}

[ -d "$data/mysql" ] || first_start
exec "$@"
