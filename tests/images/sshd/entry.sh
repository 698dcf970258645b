#!/bin/bash
# Host keys on first use, the users of SSH_USERS (name:uid:gid), then sshd as a child.
set -e
cd /etc/ssh/keys
[ -f ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key
printf 'HostKey /etc/ssh/keys/ssh_host_ed25519_key\nAuthorizedKeysFile /etc/authorized_keys/%%u\nPasswordAuthentication no\nUsePAM no\n' > /etc/ssh/sshd_config
chown root:root /etc/authorized_keys
chmod 755 /etc/authorized_keys
for user in ${SSH_USERS//,/ }; do
  IFS=: read -r name uid gid <<< "$user"
  getent group "$name" >/dev/null || groupadd -g "$gid" "$name"
  getent passwd "$name" >/dev/null || useradd -r -m -p '*' -u "$uid" -g "$gid" -s /bin/bash "$name"
done
trap 'kill -TERM "$pid"; wait "$pid"' INT TERM
"$@" &
pid=$!
wait "$pid"
