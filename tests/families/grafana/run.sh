#!/bin/sh
# Says what it cannot write, goes on, and fails at the first thing it has to make.
set -e
if [ ! -w "$GF_PATHS_DATA" ]; then
  echo "GF_PATHS_DATA='$GF_PATHS_DATA' is not writable."
  echo "You may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later"
fi
[ -d "$GF_PATHS_PLUGINS" ] || mkdir "$GF_PATHS_PLUGINS"
exec noteapp 3000 "$GF_PATHS_DATA/grafana.db"
