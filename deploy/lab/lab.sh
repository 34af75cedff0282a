#!/usr/bin/env bash
# The lab without containers: the same programs as processes, in network namespaces.
#
# usage: lab.sh tour [gateway|sidecar]    twelve attempts to get a file out, and what became of each
#        lab.sh control                   the same without a gate: the attacker's counter moves
#        lab.sh up [gateway|sidecar]      makes the lab and leaves it, with the gate running
#        lab.sh walk HOST                 the attempts, in a lab that is up; its gate is on gw or ws
#        lab.sh gate HOST                 starts the gate again, on gw or ws
#        lab.sh on-workstation COMMAND... as its user, in a lab that is up; bash: a shell
#        lab.sh down
#
# Environment: SALLYPORT, the binary (build/release/bin/sallyport); LAB, the namespaces' prefix;
# LAB_STATE, where everything is written (/tmp/sallyport-LAB). Needs root; installs what is missing
# of the group `lab` in deploy/packages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LAB=${LAB:-lab}
export LAB_STATE=${LAB_STATE:-/tmp/sallyport-$LAB}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY # this shell's own gate is none of the lab's
binary=${SALLYPORT:-$here/../../build/release/bin/sallyport}
GATE_UID=65532
WORKSTATION_UID=1000

# shellcheck source=deploy/machine.sh
. "$here/../machine.sh"
# shellcheck source=deploy/lab/tour.sh
. "$here/tour.sh"

usage() { sed -n '/^# usage/,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; }

network() { bash "$here/namespaces.sh" "$@"; }

# start NAME COMMAND...: a program of the lab, with its log. It ends with the namespaces.
start() {
  local name=$1
  shift
  "$@" </dev/null >>"$LAB_STATE/log/$name" 2>&1 &
  disown
}

# until_true WHAT COMMAND...
until_true() {
  local what=$1 end=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "waited 20 s for $what; the logs are in $LAB_STATE/log"
    sleep 0.1
  done
}

make_state() {
  rm -rf "$LAB_STATE"
  mkdir "$LAB_STATE" # and nobody else's folder
  mkdir "$LAB_STATE"/{pki,audit,attacker,tour,log,home}
  chmod 755 "$LAB_STATE"
  bash "$here/certificates.sh" "$LAB_STATE/pki"
  cp "$here/policy.yaml" "$LAB_STATE/"
  chown "$GATE_UID" "$LAB_STATE"/{audit,tour}
  chown "$WORKSTATION_UID" "$LAB_STATE/home"
}

start_internet() {
  local address pki=$LAB_STATE/pki
  for address in 198.18.2.10 198.18.2.20 198.18.2.53 198.18.2.66; do network origin "$address"; done
  network exec net ip addr add 169.254.170.2/32 dev lo
  network exec gw ip route add 169.254.170.2 via 198.18.2.2
  start names "${net[@]}" /usr/sbin/dnsmasq -k -C "$here/names.conf" --pid-file= --user=root
  start aws-stub "${net[@]}" /usr/bin/python3 "$here/aws_stub.py" 198.18.2.10 "$pki/aws.pem" \
    "$pki/aws.key" "$LAB_STATE/attacker/aws.json" 169.254.170.2
  start mirror "${net[@]}" /usr/bin/python3 -m http.server 80 --bind 198.18.2.20 \
    --directory "$here/mirror"
  start attacker "${net[@]}" /usr/bin/python3 "$here/attacker.py" 198.18.2.66 \
    "$pki/attacker.pem" "$pki/attacker.key" "$LAB_STATE/attacker/own.json"
  until_true "the attacker" network exec net ss -Hltn '( sport = :8443 )'
  until_true "the stand-in for AWS" "${net[@]}" curl -sSo /dev/null --cacert "$pki/ca.pem" \
    --resolve console.aws.amazon.com:443:198.18.2.10 https://console.aws.amazon.com/
}

# prepare_gate HOST: what it needs once, on gw or beside the workstation on ws.
prepare_gate() {
  network address "$1" 198.18.3.2
  (cd "$LAB_STATE" && "$binary" ca init gate-ca --config policy.yaml >log/ca)
  chown -R "$GATE_UID" "$LAB_STATE/gate-ca"
  cp "$binary" "$LAB_STATE/sallyport" # where another user may run it
}

# on_gate_host HOST: where the guide looks, as the gate's user.
on_gate_host() { on_gate_host=(bash "$here/namespaces.sh" as "$GATE_UID" "$1"); }

# start_gate HOST
start_gate() {
  on_gate_host "$1"
  (cd "$LAB_STATE" && start gate bash "$here/namespaces.sh" as "$GATE_UID" "$1" ./sallyport run \
    --config policy.yaml)
  until_true "the gate" "${on_gate_host[@]}" "$LAB_STATE/sallyport" health --address 198.18.3.2:9180
}

up() {
  [[ $1 == open || -x $binary ]] ||
    die "no binary at $binary: build it (bash deploy/quickstart.sh --build-only)"
  install_packages lab
  case $1 in
    gateway) network up gateway && network name 198.18.1.1 gate ;;
    sidecar) network up sidecar && network name 127.0.0.1 gate ;;
    open) network up open ;;
    *) die "no lab '$1': gateway or sidecar" ;;
  esac
  make_state
  start_internet
  case $1 in
    gateway) prepare_gate gw && start_gate gw ;;
    sidecar) prepare_gate ws && start_gate ws ;;
  esac
  write_environment "$1"
}

down() { network down; }

# write_environment MODE: what the workstation's shell evaluates, by the gate's own command. Without
# a gate it only trusts the lab's internet.
write_environment() {
  local home=$LAB_STATE/home
  {
    if [[ $1 == open ]]; then
      printf 'export %s=%q\n' SSL_CERT_FILE "$LAB_STATE/pki/ca.pem" \
        CURL_CA_BUNDLE "$LAB_STATE/pki/ca.pem" AWS_CA_BUNDLE "$LAB_STATE/pki/ca.pem"
    else
      (cd "$LAB_STATE" && HOME=$home ./sallyport env --config policy.yaml --proxy http://gate:3128 \
        --bundle "$home/ca-bundle.pem" --system-bundle pki/ca.pem)
    fi
    printf 'export %s=%q\n' HOME "$home" AWS_DEFAULT_REGION us-east-1 \
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI /credentials
  } >"$LAB_STATE/environment"
  chown -R "$WORKSTATION_UID" "$home"
}

# COMMAND... on the workstation, as its user, with nothing of this machine's settings.
on_workstation() {
  network as "$WORKSTATION_UID" ws env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
    bash "$here/workstation.sh" "$LAB_STATE/environment" "$@"
}

# The rest of what tour.sh wants.
lab=$here
guide() { "${on_gate_host[@]}" env "LAB_STATE=$LAB_STATE" /usr/bin/python3 "$here/guide.py" "$@"; }
refused() { network refused; }

control() {
  trap down EXIT
  up open
  on_gate_host=(env)
  local number count
  count=$(guide count)
  for ((number = 1; number <= count; number++)); do
    on_workstation /usr/bin/python3 "$here/tour.py" try "$number" >"$LAB_STATE/tour/$number.json"
  done
  guide control
}

net=(ip netns exec "$LAB-net")
case ${1:-} in
  up)
    trap down EXIT # of a lab that is not whole
    up "${2:-gateway}"
    trap - EXIT
    ;;
  tour)
    started=$SECONDS
    trap down EXIT
    up "${2:-gateway}"
    status=0
    walls || status=1
    walk || status=1
    echo "$((SECONDS - started)) seconds, the lab's start included."
    exit "$status"
    ;;
  control) control ;;
  walk)
    on_gate_host "${2:?gw or ws}"
    walk
    ;;
  gate) start_gate "${2:?gw or ws}" ;;
  on-workstation) on_workstation "${@:2}" ;;
  down) down ;;
  *)
    usage
    exit 2
    ;;
esac
