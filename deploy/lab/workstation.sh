#!/usr/bin/env bash
# usage: workstation.sh ENVIRONMENT COMMAND...    the command, with that file's settings, at home
set -euo pipefail
# shellcheck disable=SC1090
. "$1"
cd
exec "${@:2}"
