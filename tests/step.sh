# shellcheck shell=bash
# The steps of tests/run.sh: each runs with its output in a log, within a time, and must give a
# count. Sourced; keeps the totals.

# Logs stay where something failed. World-readable: some tests run their gate as another user.
logs=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-tests.XXXXXX")
chmod 755 "$logs"
mkdir -p "$logs/home"
total_passed=0
total_failed=0
total_skipped=0

# Neither proxy nor CA variables reach a test, nor another python3 (GIT_SSL_CAINFO, for one, wins
# over what a test sets). `in_test [NAME=VALUE...] COMMAND...`
in_test() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$logs/home" LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 "$@"
}

# Compilers see a person's own HOME (ccache's folder), and apt-get the proxy of this machine.
in_build() {
  env -u CXXFLAGS -u CFLAGS -u LDFLAGS -u CPPFLAGS -u CPATH -u CXX -u CC \
    PATH="/usr/sbin:/usr/bin:/sbin:/bin" "$@"
}

# Counters: given a step's name, print `PASSED FAILED SKIPPED` as its log or result file says.
count_closing() {
  sed -nE 's/^(.*[^0-9])?([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\2 \3 \5/p' \
    "$logs/$1.log" | tail -n 1 | awk '{print $1, $2, $3 + 0}'
}

count_doctest() {
  local number='\| *([0-9]+) '
  local line="^\[doctest\] test cases: .*${number}passed ${number}failed ${number}skipped.*"
  sed -nE "s/$line/\\1 \\2 \\3/p" "$logs/$1.log" | tail -n 1
}

# The step's one result file, or those of its halves, both of them.
count_pytest() {
  local results=("$logs/$1.xml")
  [[ -e ${results[0]} ]] || results=("$logs/$1-1.xml" "$logs/$1-2.xml")
  /usr/bin/python3 - "${results[@]}" <<'END'
import sys
from xml.etree import ElementTree

counts = [[int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")]
          for path in sys.argv[1:] for suite in ElementTree.parse(path).getroot().iter("testsuite")]
tests, failures, errors, skipped = map(sum, zip(*counts))
print(tests - failures - errors - skipped, failures + errors, skipped)
END
}

# What a step that is no test counts, where it went well.
count_nothing() { echo "0 0 0"; }

# Runs a function or a command for at most so many seconds, then ends it and what it started.
within() {
  local seconds=$1 status=0 pid watch
  shift
  # Its own process group, so that nothing of it outlives the step.
  set -m
  ("$@") &
  pid=$!
  (
    sleep "$seconds"
    echo "no end after $seconds s: stopped"
    kill -TERM -- "-$pid"
    sleep 5
    kill -KILL -- "-$pid"
  ) 2>/dev/null &
  watch=$!
  set +m
  wait "$pid" || status=$?
  kill -TERM -- "-$watch" 2>/dev/null || true
  wait "$watch" 2>/dev/null || true
  kill -KILL -- "-$pid" 2>/dev/null || true
  return "$status"
}

# step NAME SECONDS COUNTER COMMAND...: one line when it has ended. Never fails itself.
step() {
  local name=$1 seconds=$2 counter=$3 began=$SECONDS status=0 counts="" what=ok
  local passed failed skipped problem=""
  shift 3
  echo "...   $name"
  within "$seconds" "$@" >"$logs/$name.log" 2>&1 || status=$?
  counts=$("$counter" "$name" 2>>"$logs/$name.log") || counts=""
  if [[ ! $counts =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]]; then
    counts="0 1 0"
    problem="no count of tests (exit status $status)"
  fi
  read -r passed failed skipped <<<"$counts"
  if ((status != 0 && failed == 0)); then
    failed=1
    problem="exit status $status"
  elif [[ $counter != count_nothing ]] && ((passed + failed == 0)); then
    failed=1
    problem="it ran no test"
  fi
  ((failed)) && what=FAIL
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
  printf '%-4s  %-12s  %5d passed, %d failed, %d skipped  in %d s%s\n' "$what" "$name" \
    "$passed" "$failed" "$skipped" $((SECONDS - began)) "${problem:+  ($problem)}"
  if ((failed)); then tail -n 60 "$logs/$name.log" | sed 's/^/      | /'; fi
  step_failed=$failed
}

# build_step NAME SECONDS COMMAND...: fails where it failed, so that what needs it is left out; its
# one failure stands for all of that.
build_step() {
  local name=$1 seconds=$2
  shift 2
  step "$name" "$seconds" count_nothing "$@"
  ((step_failed == 0))
}

# The closing line, which continuous integration reads.
finish() {
  if ((total_failed)); then
    echo "logs: $logs"
  else
    rm -rf "$logs"
  fi
  echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
  ((total_failed == 0 && total_passed > 0))
}
