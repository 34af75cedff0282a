# shellcheck shell=bash
# The walk through the twelve attempts, wherever they are made. Sourced by deploy/lab/lab.sh and
# deploy/compose/tour.sh, which say what these are:
#   tour ARGUMENT...     tour.py on the workstation, whose words nobody here trusts
#   guide ARGUMENT...    guide.py where gate, attacker and packet rules are seen
#   refused              what packet rules refused: lines of HOST COUNTER PACKETS

# Makes each attempt and tells it; fails where one of them was not as it should be.
walk() {
  local number count said status=0
  count=$(guide count)
  [[ $count =~ ^[0-9]+$ ]] || return 1
  said=$(mktemp)
  guide begin "$(refused)" || status=1
  for ((number = 1; number <= count; number++)); do
    tour try "$number" >"$said" || status=1
    guide tell "$number" "$(refused)" <"$said" || status=1
  done
  rm -f "$said"
  guide end || status=1
  return "$status"
}
