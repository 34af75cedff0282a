#!/usr/bin/env bash
# From a clean clone to a running gate on Debian 12: installs what is missing, builds, runs.
set -euo pipefail

usage() {
  cat <<'END'
usage: bash deploy/quickstart.sh [--build-only] [-- ARGUMENT...]

Installs what the build needs (Debian 12; root or sudo), builds the release preset and runs the gate
with its built-in policy.

  --build-only    stop after the build; the last line is the path of the binary
  -- ARGUMENT...  given to sallyport in place of `run`, e.g. -- run --config policy.yaml
END
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/machine.sh
. "$top/deploy/machine.sh"

build_failed() {
  tail -n 40 "$1" >&2
  die "the build failed; $1 has all of it"
}

build() {
  local out=$top/build/release log=$top/build/release/quickstart.log jobs
  jobs=$(build_jobs)
  mkdir -p "$out"
  echo "building with $jobs jobs; the first time takes some ten minutes on two cores" >&2
  cd "$top"
  cmake --preset release >"$log" 2>&1 || build_failed "$log"
  if [[ -t 2 ]]; then
    # Ninja rewrites one line on a terminal.
    cmake --build --preset release -j "$jobs" >&2 || die "the build failed"
  else
    cmake --build --preset release -j "$jobs" >>"$log" 2>&1 || build_failed "$log"
  fi
  cd - >/dev/null
}

is_build_only=""
while (($#)); do
  case $1 in
    --build-only) is_build_only=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *)
      echo "unknown argument '$1'; arguments of sallyport go after --" >&2
      usage >&2
      exit 2
      ;;
  esac
  shift
done

require_debian_12
install_packages build
build

binary=$top/build/release/bin/sallyport
[[ -x $binary ]] || die "the build made no $binary"
if [[ -n $is_build_only ]]; then
  echo "$binary"
elif (($#)); then
  exec "$binary" "$@"
else
  exec "$binary" run
fi
