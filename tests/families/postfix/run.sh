#!/bin/sh
set -e
postconf -e 'maillog_file = /dev/stdout' 'mydestination = localhost' 'inet_interfaces = all' 'defer_transports = smtp' \
  'mynetworks = 127.0.0.0/8' 'smtputf8_enable = no'
postconf -M 'submission/inet=submission inet n - y - - smtpd'
chown -R root: /var/spool/postfix/pid
exec postfix start-fg
