#!/usr/bin/env bash
# All tests, from a bare Debian 12: installs what is missing, builds, runs, and ends with one line
# `N passed, N failed, N skipped`. A step that breaks, hangs, or gives no count is a failure.
set -euo pipefail
exec </dev/null

usage() {
  cat <<'END'
usage: bash tests/run.sh [--quick | --proof | --full]

  (nothing)  style, unit tests, decision tables, e2e with real clients, asan and tsan (units, under
             tsan without the policy's, which have no threads; and a short e2e)
  --quick    style, unit tests and decision tables
  --proof    what SECURITY.md says was tried, against the shipped build: every attack, every
             legitimate shape, and each fuzz target for 10 minutes, or FUZZ_SECONDS
  --full     the first, with the sanitizers over all of e2e, clang-tidy, fuzzing (10 minutes a
             target, or FUZZ_SECONDS) and a soak
END
}

case ${1:-} in
  "") mode=default ;;
  --quick) mode=quick ;;
  --proof) mode=proof ;;
  --full) mode=full ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/machine.sh
. "$top/deploy/machine.sh"
# shellcheck source=tests/step.sh
. "$top/tests/step.sh"
cd "$top"

require_debian_12
if [[ $mode != quick && $EUID -ne 0 ]]; then
  echo "the end-to-end tests make a network of their own: run this as root, or with --quick" >&2
  exit 2
fi
case $mode in
  quick) install_packages build test-unit ;;
  default) install_packages build test-unit test-e2e ;;
  proof | full) install_packages build test-unit test-e2e full ;;
esac

jobs=$(build_jobs)

# build PRESET JOBS TARGET...: configures and builds.
build() {
  local preset=$1 parallel=$2
  shift 2
  in_build cmake --preset "$preset" && in_build cmake --build --preset "$preset" -j "$parallel" \
    --target "$@"
}

check_format() {
  local file passed=0 failed=0
  while IFS= read -r file; do
    if clang-format-14 --dry-run --Werror "$file"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done < <(find policy tls metrics proxy tests -path tests/bench -prune -o \
    \( -name '*.h' -o -name '*.cpp' \) -print)
  echo "$passed passed, $failed failed"
}

check_shell() {
  local file passed=0 failed=0
  while IFS= read -r file; do
    if shellcheck -x "$file"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done < <(find deploy tests .ci -name '*.sh' -o -path .ci/run)
  echo "$passed passed, $failed failed"
}

# run_tables BINARY. The tests files among the tables are those with `tests:`; the others are
# policies that they name.
run_tables() {
  local binary=$1 files
  mapfile -t files < <(grep -l '^tests:' tests/data/*.yaml)
  ((${#files[@]})) || return 1
  in_test "$binary" test "${files[@]}"
}

run_aws_tables() { in_test /usr/bin/python3 tests/aws/tables.py "$1"; }

build_release() {
  local binary
  binary=$(in_build bash deploy/quickstart.sh --build-only | tail -n 1) && [[ -x $binary ]] &&
    echo "1 passed, 0 failed"
}

# run_e2e BINARY NAME [PYTEST ARGUMENT...]
run_e2e() {
  local binary=$1 name=$2
  shift 2
  in_test "SALLYPORT_BINARY=$binary" /usr/bin/python3 -m pytest tests/e2e -q -rfEs \
    -p no:cacheprovider --junit-xml="$logs/$name.xml" "$@"
}

# run_e2e_halves BINARY NAME [PYTEST ARGUMENT...]: side by side, since most tests mostly wait.
run_e2e_halves() {
  local binary=$1 name=$2 half status=0 runs=()
  shift 2
  for half in 1 2; do
    run_e2e "$binary" "$name-$half" --half "$half" "$@" >"$logs/$name-$half.log" 2>&1 &
    runs+=($!)
  done
  for half in 1 2; do
    wait "${runs[half - 1]}" || status=$?
    cat "$logs/$name-$half.log"
  done
  return "$status"
}

# sanitized PRESET: prints the path of a gate that leaves its reports in the logs' folder. g++'s
# UBSan writes to stderr whatever log_path says; it aborts, and ASan's report of that is the file.
sanitized() {
  local preset=$1 script=$logs/$1-gate
  mkdir -p "$logs/$preset-reports"
  chmod 1777 "$logs/$preset-reports"
  cat >"$script" <<END
#!/bin/sh
options="log_path=$logs/$preset-reports/report:exitcode=66"
export ASAN_OPTIONS="\$options:detect_stack_use_after_return=1:handle_abort=1"
export UBSAN_OPTIONS="\$options:print_stacktrace=1:abort_on_error=1"
export TSAN_OPTIONS="\$options:second_deadlock_stack=1"
exec "$top/build/$preset/bin/sallyport" "\$@"
END
  chmod 755 "$script"
  echo "$script"
}

# A gate may end well for its test and have a report: each report is a failure.
run_sanitized_e2e() {
  local preset=$1 status=0 gate report
  shift
  gate=$(sanitized "$preset")
  run_e2e "$gate" "$preset-e2e" "$@" || status=$?
  for report in "$logs/$preset-reports"/report*; do
    [[ -e $report ]] || continue
    cat "$report"
    status=1
  done
  return "$status"
}

# run_corpus PRESET: what the fuzzers found before, once more.
run_corpus() {
  local target parser passed=0 failed=0
  for target in "build/$1"/bin/*_replay; do
    [[ -x $target ]] || continue
    parser=$(basename "$target" _replay)
    if in_test "$target" "tests/fuzz/corpus/$parser"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  echo "$passed passed, $failed failed"
}

# Packages that Node clients need come by npm, with this machine's own settings for it.
fetch_node_modules() {
  in_build PYTHONPATH=tests/e2e PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c \
    'import node_modules, sys; sys.exit(node_modules.install() is None)'
}

run_clang_tidy() {
  local sources
  mapfile -t sources < <(find policy tls metrics proxy -name '*.cpp' ! -name '*_generated.cpp')
  ((${#sources[@]})) && printf '%s\0' "${sources[@]}" |
    xargs -0 -n 1 -P "$jobs" clang-tidy-14 -p build/debug --quiet &&
    echo "${#sources[@]} passed, 0 failed"
}

# Each target from its corpus in the tree, in a copy that may grow.
run_fuzzers() {
  local target name passed=0 failed=0
  for target in build/fuzz/bin/*_fuzz; do
    [[ -x $target ]] || continue
    name=$(basename "$target")
    mkdir -p "$logs/corpus/$name"
    if in_test "$target" -max_total_time="${FUZZ_SECONDS:-600}" -timeout=10 -rss_limit_mb=4096 \
      -artifact_prefix="$logs/$name-" -print_final_stats=1 "$logs/corpus/$name" \
      "tests/fuzz/corpus/${name%_fuzz}"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  echo "$passed passed, $failed failed"
}

# What is built of a preset with a sanitizer: the unit tests first.
targets_of() {
  if [[ $1 == tsan && $mode != full ]]; then
    echo threaded_unit_tests sallyport
  else
    echo unit_tests sallyport fuzzers
  fi
}

# The end-to-end tests mostly wait; meanwhile the builds with sanitizers have what they leave.
build_beside() {
  local preset targets
  (
    for preset in asan tsan; do
      read -ra targets <<<"$(targets_of "$preset")"
      in_build nice -n 19 cmake --preset "$preset" &&
        in_build nice -n 19 cmake --build --preset "$preset" -j "$jobs" --target "${targets[@]}"
    done
  ) >"$logs/beside.log" 2>&1 &
  beside=$!
}

sanitize() {
  local preset=$1 targets
  read -ra targets <<<"$(targets_of "$preset")"
  build_step "build-$preset" 2400 build "$preset" "$jobs" "${targets[@]}" || return 0
  step "$preset-unit" 1200 count_doctest in_test "build/$preset/bin/${targets[0]}" --no-colors
  [[ ${targets[*]} == *fuzzers* ]] && step "$preset-corpus" 600 count_closing run_corpus "$preset"
  if [[ $mode == full ]]; then
    step "$preset-e2e" 5400 count_pytest run_sanitized_e2e "$preset" -m "not soak and not shipped"
  else
    step "$preset-e2e" 900 count_pytest run_sanitized_e2e "$preset" -m "short and not shipped"
  fi
}

fuzz() {
  if build_step build-fuzz 2400 build fuzz "$jobs" fuzzers; then
    step fuzz 36000 count_closing run_fuzzers
  fi
}

if [[ $mode == proof ]]; then
  build_step npm 300 fetch_node_modules || true
  step quickstart 2400 count_closing build_release
  step aws-tables 120 count_closing run_aws_tables "$top/build/release/bin/sallyport"
  step attacks 3600 count_pytest run_e2e "$top/build/release/bin/sallyport" attacks -m attack
  step legitimate 1800 count_pytest run_e2e "$top/build/release/bin/sallyport" legitimate \
    -m legitimate
  fuzz
  finish
  exit
fi

step tidy 120 count_closing in_test /usr/bin/python3 tests/tidy/tidy.py
step tidy-itself 120 count_closing in_test /usr/bin/python3 tests/tidy/tidy_test.py
step format 300 count_closing check_format
step shell 120 count_closing check_shell

if [[ $mode == quick ]]; then
  if build_step build-debug 2400 build debug "$jobs" unit_tests sallyport; then
    step unit 600 count_doctest in_test build/debug/bin/unit_tests --no-colors
    step tables 120 count_closing run_tables build/debug/bin/sallyport
    step aws-tables 120 count_closing run_aws_tables "$top/build/debug/bin/sallyport"
  fi
else
  build_step npm 300 fetch_node_modules || true
  step quickstart 2400 count_closing build_release
  step tables 120 count_closing run_tables build/release/bin/sallyport
  step aws-tables 120 count_closing run_aws_tables "$top/build/release/bin/sallyport"
  build_beside
  step e2e 2100 count_pytest run_e2e_halves "$top/build/release/bin/sallyport" e2e \
    -m "not soak and not quiet"
  wait "$beside" || true  # what went wrong is told by the step that builds it
  step e2e-quiet 300 count_pytest run_e2e "$top/build/release/bin/sallyport" e2e-quiet -m quiet
  sanitize asan
  sanitize tsan
fi

if [[ $mode == full ]]; then
  # Without a sanitizer too: what stands behind `#if __SANITIZE_` is another branch there.
  if build_step build-debug 2400 build debug "$jobs" headers unit_tests micro_bench; then
    step unit 600 count_doctest in_test build/debug/bin/unit_tests --no-colors
  fi
  step clang-tidy 7200 count_closing run_clang_tidy
  fuzz
  step soak 7200 count_pytest run_e2e "$top/build/release/bin/sallyport" soak -m soak
fi

finish
