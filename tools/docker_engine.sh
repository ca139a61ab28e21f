#!/bin/sh
# A Docker engine for continuous integration on a machine that has none.
#
#   tools/docker_engine.sh start    prints the engine's address: one that answers already, otherwise one of our own,
#                                   installed first where that is possible; exit status 1 and the reason where there is none
#   tools/docker_engine.sh stop     stops the one of our own; another one is left alone
#
# Our own has its images in /var/lib/jophiel-docker, so that a second run need not build them again.
set -u
data=/var/lib/jophiel-docker
run=/run/jophiel-docker
socket=unix://$run/docker.sock

answers() {
  timeout 20 docker --host "$1" info >/dev/null 2>&1
}

give_up() {
  echo "$1" >&2
  exit 1
}

own_pid() {
  pid=$(cat "$run/docker.pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

install_engine() {
  command -v apt-get >/dev/null 2>&1 || give_up "there is no Docker engine, and no apt-get to install one with"
  # The second try is for lists of packages that are missing or old.
  for lists in as-they-are renewed; do
    [ "$lists" = as-they-are ] || timeout 60 apt-get -o DPkg::Lock::Timeout=60 -qq update >/dev/null 2>&1
    timeout 120 env DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=60 -qq -y --no-install-recommends install docker.io iptables debootstrap >/dev/null 2>&1
    if command -v dockerd >/dev/null 2>&1 && command -v debootstrap >/dev/null 2>&1; then
      return
    fi
  done
  give_up "there is no Docker engine, and docker.io could not be installed"
}

start() {
  for address in "${DOCKER_HOST:-unix:///var/run/docker.sock}" "$socket"; do
    if answers "$address"; then
      echo "$address"
      exit 0
    fi
  done
  [ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] || give_up "no Docker engine answers, and only root on Linux can start one"
  if ! command -v dockerd >/dev/null 2>&1 || ! command -v debootstrap >/dev/null 2>&1; then
    install_engine
    # Where the distribution starts what it installs, there is one now.
    answers unix:///var/run/docker.sock && echo unix:///var/run/docker.sock && exit 0
  fi

  mkdir -p "$data" "$run"
  chmod 0700 "$run"
  rm -f "$run/docker.pid"
  setsid dockerd --host "$socket" --data-root "$data" --exec-root "$run/exec" --pidfile "$run/docker.pid" \
    >"$run/log" 2>&1 </dev/null &
  engine=$!
  for _ in $(seq 60); do
    if answers "$socket"; then
      echo "$socket"
      exit 0
    fi
    kill -0 "$engine" 2>/dev/null || break
    sleep 1
  done
  kill "$engine" 2>/dev/null
  give_up "dockerd does not start: $(grep -v level=info "$run/log" | tail -n 1)"
}

stop() {
  pid=$(own_pid) || exit 0
  # Tests that were killed leave their containers behind, and nobody else uses this engine.
  for container in $(timeout 20 docker --host "$socket" ps --all --quiet); do
    timeout 60 docker --host "$socket" rm --force --volumes "$container" >/dev/null
  done
  kill "$pid"
  for _ in $(seq 60); do
    [ -n "$(own_pid)" ] || exit 0
    sleep 0.5
  done
  kill -9 "$pid" 2>/dev/null
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
