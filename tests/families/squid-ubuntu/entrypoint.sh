#!/bin/bash
set -e
mkdir -p /var/log/squid /var/spool/squid
chmod -R 755 /var/log/squid /var/spool/squid
chown -R proxy:proxy /var/log/squid /var/spool/squid
[ -e /var/spool/squid/00 ] || squid -N -f /etc/squid/squid.conf -z
exec squid "$@"
