#!/bin/sh
# Like the published start: small edits of /etc/nginx/conf.d where it is writable, silence where it is not.
set -e

conf=/etc/nginx/conf.d/default.conf
if [ "$1" = nginx ]; then
  if [ -w "$conf" ] && ! grep -q '\[::\]' "$conf"; then
    sed -i 's/^\( *\)listen \([0-9]*\);/&\n\1listen [::]:\2;/' "$conf" 2>/dev/null || :
  fi
  if [ -d /etc/nginx/templates ]; then
    if [ -w /etc/nginx/conf.d ]; then
      names=$(env | sed 's/=.*//' | sed 's/^/$/' | tr '\n' ' ')
      for template in /etc/nginx/templates/*.template; do
        envsubst "$names" < "$template" > "/etc/nginx/conf.d/$(basename "$template" .template)"
      done
    else
      echo "$0: ERROR: /etc/nginx/templates exists, but /etc/nginx/conf.d is not writable" >&2
    fi
  fi
fi
exec "$@"
