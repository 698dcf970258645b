#!/bin/bash
set -e
if [ "$1" = zkServer.sh ] && [ "$(id -u)" = 0 ]; then
  chown -R zookeeper /data /datalog /logs /conf
  exec gosu zookeeper "$0" "$@"
fi
if [ ! -f /conf/zoo.cfg ]; then
  printf 'dataDir=/data\ndataLogDir=/datalog\ntickTime=2000\nclientPort=2181\nadmin.enableServer=false\n4lw.commands.whitelist=ruok,srvr\n' > /conf/zoo.cfg
fi
[ -f /data/myid ] || echo 1 > /data/myid
exec java -cp "/conf:/usr/share/java/*" -Xmx128m org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
