# shellcheck shell=bash
# What deploy/quickstart.sh and tests/run.sh need of the machine: packages, and how many jobs to
# build with. Sourced by both; changes nothing by itself.

machine_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Says what is wrong, and ends the script.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

require_debian_12() {
  local id="" version="" name="an unknown system"
  if [[ -r /etc/os-release ]]; then
    # shellcheck disable=SC1091
    id=$(. /etc/os-release && echo "${ID:-}")
    # shellcheck disable=SC1091
    version=$(. /etc/os-release && echo "${VERSION_ID:-}")
    # shellcheck disable=SC1091
    name=$(. /etc/os-release && echo "${PRETTY_NAME:-$name}")
  fi
  [[ $id == debian && $version == 12 ]] ||
    die "this needs Debian 12 (bookworm), and this is $name." \
      "To build elsewhere: deploy/packages lists what it takes."
}

# is_here PACKAGE COMMAND: it is installed, or the command that it is wanted for exists.
is_here() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]] ||
    [[ -n $2 && -n $(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "$2") ]]
}

# The packages of the groups that are not here yet, one a line.
missing_packages() {
  local wanted group package command
  for wanted in "$@"; do
    while read -r group package command; do
      [[ $group == "$wanted" ]] || continue
      is_here "$package" "$command" || echo "$package"
    done <"$machine_home/packages"
  done
}

# Runs a command as root; REQUIRES: may_become_root. It never reads the terminal.
as_root() {
  if ((EUID == 0)); then
    "$@" </dev/null
  else
    sudo "$@" </dev/null
  fi
}

# Asks for sudo's password, if one is needed, before anything else is printed.
may_become_root() {
  ((EUID == 0)) || { command -v sudo >/dev/null && sudo -v; }
}

# Services that come with a package are not started: the tests start what they need themselves.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d status=0 is_ours=""
  if [[ ! -e $policy ]]; then
    is_ours=yes
    # shellcheck disable=SC2016
    as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy" || return
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" || status=$?
  if [[ -n $is_ours ]]; then as_root rm -f "$policy"; fi
  return "$status"
}

# install_packages GROUP...: what is missing of them, and nothing where nothing is.
install_packages() {
  local missing log
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  may_become_root || die "packages are missing and only root may install them: run this as root," \
    "or with sudo installed. Missing: ${missing[*]}"
  echo "installing ${#missing[@]} packages: ${missing[*]}" >&2
  log=$(mktemp)
  # An index that cannot be fetched matters only if the install then fails.
  as_root apt-get update -qq -o DPkg::Lock::Timeout=300 >"$log" 2>&1 || true
  if ! install_quietly "${missing[@]}" >>"$log" 2>&1; then
    grep -E '^(E|W|Err):' "$log" | tail -n 5 >&2 || tail -n 5 "$log" >&2
    rm -f "$log"
    die "apt-get could not install them. Is a Debian mirror reachable from here" \
      "(/etc/apt/sources.list, /etc/apt/sources.list.d, https_proxy)?"
  fi
  rm -f "$log"
}

# The memory that a build may take, in MiB: what is available, within the cgroup's limit.
available_mib() {
  local available limit file
  available=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    limit=$(cat "$file" 2>/dev/null || true)
    # Absent, `max`, and the 19 digits by which cgroup v1 says `none` are no limits.
    if [[ $limit =~ ^[0-9]{1,15}$ ]] && ((limit / 1048576 < available)); then
      available=$((limit / 1048576))
    fi
  done
  echo "$available"
}

# One job a core, fewer where a job would have less than 2 GiB.
build_jobs() {
  local jobs by_memory
  jobs=$(nproc)
  by_memory=$(($(available_mib) / 2048))
  ((by_memory < jobs)) && jobs=$by_memory
  ((jobs < 1)) && jobs=1
  echo "$jobs"
}
