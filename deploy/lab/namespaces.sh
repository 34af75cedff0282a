#!/usr/bin/env bash
# A three-host network on one machine, made of network namespaces.
#
#     ws (workstation) ---- gw (runs the gate) ---- net (the "internet": origins, DNS)
#     198.18.1.10           198.18.1.1  198.18.2.1   198.18.2.2 + origin addresses
#     2001:db8:1::10        2001:db8:1::1 / :2::1    2001:db8:2::2
#
# Nothing in it reaches the machine's own network: no link leads out of the lab, and no rule, route
# or setting of the machine itself is touched. Needs root, iproute2 and nftables.
#
#   namespaces.sh up MODE       make the lab; MODE is one of
#       gateway    ws reaches only the gate's ports on gw; gw forwards nothing
#       sidecar    the gate runs in ws; deploy/sidecar/packet-rules.nft refuse every other user's
#                  way out; gw is a router
#       open       gw routes freely (the control: shows a leak when there is one)
#   namespaces.sh exec ws|gw|net CMD...     run CMD on that host
#   namespaces.sh as UID ws|gw|net CMD...   the same as user UID
#   namespaces.sh origin ADDR               one more address of net (v4 or v6)
#   namespaces.sh address ws|gw ADDR        one more address of that host, on its lo
#   namespaces.sh name ADDR NAME...         a line for the hosts file that all three see
#   namespaces.sh refused                   what packet rules refused: HOST COUNTER PACKETS
#   namespaces.sh down
#
# Environment: LAB (name prefix, default lab). Two labs may stand side by side with different LAB.
set -Eeuo pipefail

LAB=${LAB:-lab}
GATE_PORT=3128
HOSTS="ws gw net"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() { sed -n '/^#   namesp/,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; }

die() {
  echo "namespaces.sh: $*" >&2
  exit 2
}

namespace() { echo "$LAB-$1"; }
within() {
  local host=$1
  shift
  ip netns exec "$(namespace "$host")" "$@"
}
etc_of() { echo "/etc/netns/$(namespace "$1")"; } # what ip-netns(8) mounts over /etc

# What runs inside this lab, one process id a line.
processes_of() { ip netns pids "$(namespace "$1")" 2>/dev/null || true; }

down() {
  local host
  for host in $HOSTS; do processes_of "$host" | xargs -r kill 2>/dev/null || true; done
  sleep 0.1
  for host in $HOSTS; do
    processes_of "$host" | xargs -r kill -9 2>/dev/null || true
    ip netns del "$(namespace "$host")" 2>/dev/null || true
    rm -f "$(etc_of "$host")/hosts" "$(etc_of "$host")/resolv.conf"
    rmdir "$(etc_of "$host")" 2>/dev/null || true
  done
}

# address_of HOST DEVICE IPV4 IPV6
address_of() {
  within "$1" ip addr add "$3" dev "$2"
  within "$1" ip -6 addr add "$4" dev "$2" nodad
  within "$1" ip link set "$2" up
}

default_route() {
  within "$1" ip route add default via "$2"
  within "$1" ip -6 route add default via "$3"
}

make_hosts() {
  local host
  for host in $HOSTS; do
    ip netns add "$(namespace "$host")"
    within "$host" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    within "$host" ip link set lo up
    mkdir -p "$(etc_of "$host")"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$(etc_of "$host")/hosts"
    echo 'nameserver 198.18.2.53' >"$(etc_of "$host")/resolv.conf"
  done
  ip link add eth0 netns "$(namespace ws)" type veth peer name ws0 netns "$(namespace gw)"
  ip link add eth0 netns "$(namespace gw)" type veth peer name gw0 netns "$(namespace net)"
  address_of ws eth0 198.18.1.10/24 2001:db8:1::10/64
  address_of gw ws0 198.18.1.1/24 2001:db8:1::1/64
  address_of gw eth0 198.18.2.1/24 2001:db8:2::1/64
  address_of net gw0 198.18.2.2/24 2001:db8:2::2/64
  default_route net 198.18.2.1 2001:db8:2::1
  default_route gw 198.18.2.2 2001:db8:2::2
  default_route ws 198.18.1.1 2001:db8:1::1
}

# From ws, gw itself answers only what the gate serves, and forwards nothing but the way to the
# credential endpoint.
guard_gateway() {
  within gw nft -f - <<RULES
table inet sallyport {
  counter refused_tcp {}
  counter refused_dns {}
  counter refused_other {}
  chain refuse {
    meta l4proto tcp counter name refused_tcp reject with tcp reset
    udp dport 53 counter name refused_dns reject
    counter name refused_other reject with icmpx admin-prohibited
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != "ws0" accept
    ip daddr 169.254.170.2 tcp dport 80 accept
    goto refuse
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "ws0" accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport $GATE_PORT accept
    goto refuse
  }
}
RULES
}

up() {
  local mode=${1:-gateway}
  case $mode in
    gateway | sidecar | open) ;;
    *) die "no mode '$mode': gateway, sidecar or open" ;;
  esac
  [[ $EUID == 0 ]] || die "needs root"
  command -v nft >/dev/null || die "needs nftables"
  down
  trap down ERR
  make_hosts
  within gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  case $mode in
    gateway) guard_gateway ;;
    sidecar) within ws nft -f "$here/../sidecar/packet-rules.nft" ;;
    open) ;;
  esac
  trap - ERR
}

refused() {
  local host
  for host in ws gw; do
    within "$host" nft list counters 2>/dev/null | awk -v host="$host" \
      '/counter [a-z_]+ \{/ { name = $2 } /packets/ { print host, name, $2 }'
  done
}

# Any address, of any size, on lo: `local` routes would not answer ARP for the others.
add_address() {
  local host=$1 address=$2
  case $address in
    *:*) within "$host" ip -6 addr add "$address/128" dev lo nodad ;;
    *) within "$host" ip addr add "$address/32" dev lo ;;
  esac
}

# In place, so that what already runs in a namespace sees it too.
name() {
  local host
  for host in $HOSTS; do echo "$*" >>"$(etc_of "$host")/hosts"; done
}

# A user without root, without a group of root's, and without a way to become another.
as() {
  local user=$1 host=$2
  shift 2
  within "$host" setpriv --no-new-privs --reuid "$user" --regid "$user" --clear-groups "$@"
}

command=${1:-}
shift || true
case $command in
  up) up "$@" ;;
  down) down ;;
  exec) within "$@" ;;
  as) as "$@" ;;
  origin) add_address net "$1" ;;
  address) add_address "$@" ;;
  name) name "$@" ;;
  refused) refused ;;
  *)
    usage
    exit 2
    ;;
esac
