#!/bin/sh
# Under a lock file in the volume, which whoever starts it has to be able to write: the application's files where there
# are none of this version. Root gives them to www-data; the lock file stays root's. With REDIS_HOST it writes a file of
# PHP's configuration first.
set -eu
html=/var/www/html source=/usr/src/nextcloud
if [ -n "${REDIS_HOST+x}" ]; then
  echo "Configuring Redis as session handler"
  { echo "session.save_handler = redis"; echo "session.save_path = \"tcp://$REDIS_HOST:6379\""; } > /usr/local/etc/php/conf.d/redis-session.ini
fi
(
  if ! flock -n 9; then
    echo "Another process is initializing Nextcloud. Waiting..."
    flock 9
  fi
  installed=0.0.0.0
  [ ! -f $html/version ] || installed=$(cat $html/version)
  version=$(cat $source/version)
  if [ "$installed" != "$version" ]; then
    echo "Initializing nextcloud $version ..."
    options=-rlD
    [ "$(id -u)" != 0 ] || options="-rlDog --chown www-data:www-data"
    rsync $options --delete --exclude /config/ --exclude /data/ --exclude /custom_apps/ --exclude /themes/ \
      --exclude /version --exclude /nextcloud-init-sync.lock $source/ $html/
    for dir in config data custom_apps themes; do
      [ -d $html/$dir ] && [ -n "$(ls -A $html/$dir)" ] || rsync $options --include "/$dir/" --exclude '/*' $source/ $html/
    done
    rsync $options --include /version --exclude '/*' $source/ $html/
    echo "New nextcloud instance"
    echo "Initializing finished"
  fi
) 9> $html/nextcloud-init-sync.lock
exec "$@"
