#!/bin/sh
set -e
printf 'setuid=pdns\nsetgid=101\nlocal-address=0.0.0.0\ndisable-syslog=yes\nsocket-dir=/run/pdns-recursor\nforward-zones=test.=127.0.0.1:5353\nallow-from=0.0.0.0/0\n' > /etc/pdns/recursor.conf
chown -R pdns: /run/pdns-recursor
exec "$@"
