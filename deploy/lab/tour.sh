# shellcheck shell=bash
# The walk through the twelve attempts, wherever they are made. Sourced by deploy/lab/lab.sh and
# deploy/compose/tour.sh, which say what these are:
#   tour ARGUMENT...     tour.py on the workstation
#   guide ARGUMENT...    guide.py where gate, attacker and packet rules are seen
#   refused              what packet rules refused: lines of HOST COUNTER PACKETS

# Makes each attempt and tells it; fails where one of them was not as it should be.
walk() {
  local number count attempt status=0
  attempt=$(mktemp)
  count=$(tour count)
  for ((number = 1; number <= count; number++)); do
    refused | guide mark "$number" || status=1
    tour try "$number" >"$attempt" || status=1
    { refused && cat "$attempt"; } | guide tell "$number" || status=1
  done
  rm -f "$attempt"
  guide end || status=1
  return "$status"
}
