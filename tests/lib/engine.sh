# The engine is whatever answers `docker info`. Where nothing does, a dockerd is started, and stopped at the end.

dockerd_pid=
dockerd_log=$work/dockerd.log

engine_answers() { timeout 20 docker info --format '{{.ServerVersion}}' 2>/dev/null; }

engine_up() {
  local version
  if command -v docker >/dev/null && version=$(engine_answers); then
    note "using the Docker Engine $version that is here"
    return
  fi
  if [ -n "${DOCKER_HOST:-}" ]; then
    note "DOCKER_HOST=$DOCKER_HOST does not answer, and is not this script's to start"
    return 1
  fi
  [ "$(id -u)" = 0 ] || { note "no engine answers, and starting one takes root"; return 1; }
  # dockerd looks for iptables when it starts; Debian only recommends it.
  need iptables iptables && need dockerd docker.io && need docker docker-cli || return 1
  start_dockerd
}

start_dockerd() {
  note "starting dockerd (log: $dockerd_log)"
  # Its own session: Ctrl-C must reach the tests first, then us, and the engine last.
  setsid dockerd >"$dockerd_log" 2>&1 </dev/null &
  dockerd_pid=$!
  local try
  for try in $(seq 90); do
    if version=$(engine_answers); then
      note "Docker Engine $version answers after $try tries"
      return
    fi
    kill -0 "$dockerd_pid" 2>/dev/null || break
    sleep 1
  done
  note "dockerd does not answer; the end of its log:"
  tail -n 25 "$dockerd_log" | sed 's/^/    | /'
  return 1
}

engine_down() {
  [ -n "$dockerd_pid" ] || return 0
  note "stopping the dockerd that was started here"
  kill "$dockerd_pid" 2>/dev/null
  local try
  for try in $(seq 30); do
    kill -0 "$dockerd_pid" 2>/dev/null || return 0
    sleep 1
  done
  kill -KILL "$dockerd_pid"
}

# What an interrupted test could not remove itself: every project's name begins with this run's own prefix.
engine_sweep() {
  local kind names
  names=$(timeout 60 docker ps -aq --filter "name=^$NRCOMPOSE_TEST_RUN") && [ -z "$names" ] \
    || timeout 120 docker rm -f $names >/dev/null
  for kind in network volume; do
    names=$(timeout 60 docker "$kind" ls -q --filter "name=^$NRCOMPOSE_TEST_RUN") && [ -z "$names" ] \
      || timeout 120 docker "$kind" rm $names >/dev/null
  done
}
