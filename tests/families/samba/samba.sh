#!/bin/bash
set -eu
cp /etc/samba/smb.default /etc/samba/smb.tmp
getent group smb >/dev/null || groupadd -o -g "$GID" smb
# bash keeps UID for itself.
uid=$(tr '\0' '\n' < /proc/self/environ | sed -n 's/^UID=//p')
id "$USER" >/dev/null 2>&1 || useradd -o -u "${uid:-1000}" -g smb -M -s /usr/sbin/nologin "$USER"
printf '%s\n%s\n' "$PASS" "$PASS" | smbpasswd -a -c /etc/samba/smb.tmp -s "$USER" >/dev/null
if [ -z "$(ls -A /storage)" ]; then
  chmod 0770 /storage
  chown "$USER:smb" /storage
fi
exec smbd --configfile=/etc/samba/smb.tmp --foreground --debug-stdout --debuglevel=1 --no-process-group
