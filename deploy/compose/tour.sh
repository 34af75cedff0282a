#!/usr/bin/env bash
# Twelve attempts to get a file out of the Compose lab, and what became of each.
#
# usage: tour.sh [gateway|sidecar]      starts that arrangement of the lab where it is not up
#
# Wants the images that `up --build` made, and `docker compose` or docker-compose 1.29.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
started=$SECONDS
# shellcheck source=deploy/lab/tour.sh
. "$here/../lab/tour.sh"

die() {
  echo "tour.sh: $*" >&2
  exit 2
}

case ${1:-gateway} in
  gateway) profile=gateway suffix="" other=-sidecar ;;
  sidecar) profile=sidecar suffix=-sidecar other="" ;;
  *) die "no arrangement '$1': gateway or sidecar" ;;
esac

if docker compose version >/dev/null 2>&1; then
  program=(docker compose)
elif command -v docker-compose >/dev/null; then
  program=(docker-compose)
else
  die "neither 'docker compose' nor docker-compose is here"
fi

# What Compose says of its own work is shown where it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
compose() { COMPOSE_PROFILES=$profile "${program[@]}" -f "$here/compose.yaml" "$@"; }
quietly() {
  "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    die "failed: $*"
  }
}

# The gate has the same address in either arrangement.
start() {
  COMPOSE_PROFILES=gateway,sidecar quietly "${program[@]}" -f "$here/compose.yaml" \
    rm --stop --force -v "workstation$other" "gate$other" "rules$other" "pause$other"
  quietly compose up --detach --no-build
}

# The command in the workstation's settings, as its user.
on_workstation() {
  compose exec -T "workstation$suffix" bash /opt/lab/workstation.sh /lab/environment/environment \
    "$@" </dev/null
}

# What tour.sh of deploy/lab wants.
lab=/opt/lab
guide() { compose exec -T guide python3 /opt/lab/guide.py "$@"; }
refused() {
  compose run --rm -T --no-deps "rules$suffix" nft list counters </dev/null 2>"$log" |
    awk '/counter [a-z_]+ \{/ { name = $2 } /packets/ { print "workstation", name, $2 }'
}

# A gate that was restarted serves the same workstation again.
restart() {
  quietly compose restart "gate$suffix"
  local page end=$((SECONDS + 30))
  until page=$(on_workstation curl -sS https://console.aws.amazon.com/ 2>&1); do
    ((SECONDS < end)) || break
    sleep 0.5
  done
  [[ $page == *Console* ]] || { printable <<<"after a restart: $page" && return 1; }
  echo "The gate was restarted: the same workstation gets the console again."
}

status=0
start
walls || status=1
walk || status=1
restart || status=1
echo "$((SECONDS - started)) seconds, the start of what was not up included."
exit "$status"
