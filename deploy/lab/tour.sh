# shellcheck shell=bash
# The walk through the twelve attempts, wherever they are made. Sourced by deploy/lab/lab.sh and
# deploy/compose/tour.sh, which say what these are:
#   on_workstation COMMAND...   as its user; nobody here trusts its words
#   lab                         the folder of deploy/lab on the workstation
#   guide ARGUMENT...           guide.py where gate, attacker and packet rules are seen
#   refused                     what packet rules refused: lines of HOST COUNTER PACKETS

# What a terminal may be shown of the workstation's words.
printable() { tr -cd '[:print:]\n'; }

# Past the gate: every direct way is refused at once, and counted.
# shellcheck disable=SC2154
walls() {
  local before status=0
  before=$(refused)
  echo "Direct ways out of the workstation:"
  on_workstation /usr/bin/python3 "$lab/walls.py" | printable || status=1
  paste <(echo "$before") <(refused) | awk '{ print "    counted as " $2 ": " $6 - $3 }
    $2 ~ /^refused_(tcp|dns|other)$/ && $6 > $3 { kinds++ } END { exit kinds != 3 }' || status=1
  return "$status"
}

# Makes each attempt and tells it; fails where one of them was not as it should be.
walk() {
  local number count said status=0
  count=$(guide count)
  [[ $count =~ ^[0-9]+$ ]] || return 1
  said=$(mktemp)
  guide begin "$(refused)" || status=1
  for ((number = 1; number <= count; number++)); do
    on_workstation /usr/bin/python3 "$lab/tour.py" try "$number" >"$said" || status=1
    guide tell "$number" "$(refused)" <"$said" || status=1
  done
  rm -f "$said"
  guide end || status=1
  return "$status"
}
