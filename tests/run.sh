#!/usr/bin/env bash
# Builds and tests everything, from a fresh clone on a fresh Debian 12. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=support/packages.sh
source tests/support/packages.sh

all_steps=(packages checks dev tests tsan fuzz release fleet conformance demo bench soak tidy)
quick_steps=(packages checks dev quick)
declare -A purpose=(
  [packages]="install the missing Debian packages of tests/packages.txt"
  [checks]="include arrows, lengths, links, formatting, shell scripts, hygiene"
  [dev]="configure and build with ASan and UBSan"
  [tests]="every test of the dev build but those of fleets"
  [fuzz]="tests/fuzz/run.sh: a short turn of every fuzz target"
  [quick]="the unit and walk tests of the dev build"
  [coverage]="tests/coverage.sh: the lines and branches that the unit and walk tests run"
  [tsan]="the tests of what threads share, with TSan"
  [tsan-all]="the unit and walk tests, all of them, with TSan"
  [release]="configure and build optimised"
  [fleet]="fleets of proxies while something breaks, in the optimised build"
  [conformance]="tests/conformance/run.sh: the public caching suite, on memory and on Redis"
  [demo]="examples/quickstart.sh --demo, with Redis and without"
  [bench]="tests/bench/run.sh --quick"
  [soak]="tests/bench/run.sh --soak"
  [tidy]="clang-tidy; what is left out for want of time is said"
)

usage() {
  local step
  echo "Usage: tests/run.sh [--quick] [--only STEP] [--help]"
  echo
  echo "Runs the steps below in their order, all but the last three; prints a table of them"
  echo "and, at the end, how many passed and failed. Exits 1 if any failed."
  echo
  echo "  --quick      only: ${quick_steps[*]}"
  echo "  --only STEP  only that one; may be given more than once"
  echo
  for step in "${all_steps[@]}" quick tsan-all coverage; do
    printf '  %-11s %s\n' "$step" "${purpose[$step]}"
  done
  echo
  echo "Environment"
  echo "  WARMFRONT_JOBS          how many compilers and tests at once (one per core)"
  echo "  WARMFRONT_MINUTES       how long all of it should take at most: clang-tidy, the last"
  echo "                          step, gets what is left, at least 3 minutes (40)"
  echo "  WARMFRONT_FUZZ_SECONDS  how long each fuzz target runs (15)"
  echo "  WARMFRONT_TIDY_CACHE    where it remembers clean files (.cache/tidy)"
}

read_arguments() {
  steps=("${all_steps[@]}")
  local -a only=()
  while (($# > 0)); do
    case $1 in
      --quick) steps=("${quick_steps[@]}") ;;
      --only)
        shift
        [[ -n ${1:-} && -n ${purpose[$1]:-} ]] || { usage >&2 && exit 2; }
        only+=("$1")
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && exit 2 ;;
    esac
    shift
  done
  if ((${#only[@]} > 0)); then steps=("${only[@]}"); fi
}

configure() { cmake --preset "$1" >/dev/null; }
build() { cmake --build --preset "$1" --parallel "$jobs" "${@:2}"; }
run_tests() { ctest --preset "$1" --parallel "$jobs" --no-tests=error "${@:2}"; }

# TSan of gcc 12 cannot start where the kernel lays memory at random over more bits than it knows.
run_tsan_tests() {
  local still=()
  if setarch -R true 2>/dev/null; then still=(setarch -R); fi
  "${still[@]}" ctest --preset tsan --parallel "$jobs" --no-tests=error "$@"
}

# Node reads what is forwarded, as a second opinion; the suite's packages bring it where it is not
# there in another way.
step_packages() {
  ensure_packages build demo redis bench test &&
    { command -v node >/dev/null || ensure_packages conformance; }
}

step_checks() { configure dev && run_tests dev --label-regex '^check$'; }

step_dev() { configure dev && build dev; }

step_tests() { run_tests dev --label-exclude '^(check|fleet)$'; }

step_quick() { run_tests dev --label-regex '^(unit|walk)$'; }

step_coverage() { tests/coverage.sh; }

step_tsan() { configure tsan && build tsan --target tsan_tests && run_tsan_tests -L '^tsan$'; }

# Label fleet and model aside: promises about time, and a search of one thread.
step_tsan-all() {
  configure tsan && build tsan && WARMFRONT_SHADOW=4 run_tsan_tests -L '^(unit|walk)$'
}

step_fuzz() { tests/fuzz/run.sh; }

step_release() {
  configure release && build release --target warmfront bench_origin bench_bare_loop fleet_tests
}

# One after the other: their promises are about time.
step_fleet() { ctest --preset release -L '^fleet$' --no-tests=error; }

step_conformance() { tests/conformance/run.sh; }

step_demo() { examples/quickstart.sh --demo && examples/quickstart.sh --demo --no-redis; }

step_bench() { tests/bench/run.sh --quick; }

step_soak() { tests/bench/run.sh --soak --json build/bench/soak.json; }

step_tidy() {
  local minutes=$((${WARMFRONT_MINUTES:-40} - SECONDS / 60))
  tests/checks/tidy.py --jobs "$jobs" --minutes $((minutes > 3 ? minutes : 3))
}

# In a shell of its own: whatever a step does to its shell, the next one starts afresh. Bash ignores
# `set -e` here, so each step is one chain of commands.
run_step() {
  local step=$1 began=$SECONDS outcome=passed
  printf '\n=== %s: %s\n' "$step" "${purpose[$step]}"
  ("step_$step") || outcome=FAILED
  printf '=== %s %s after %d s\n' "$step" "$outcome" $((SECONDS - began))
  table+=("$(printf '%-11s %-7s %6d s' "$step" "$outcome" $((SECONDS - began)))")
  [[ $outcome == passed ]]
}

main() {
  local passed=0 failed=0 step
  table=()
  read_arguments "$@"
  exec </dev/null
  # A clone that belongs to another user than the one who tests, as in many containers.
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$root
  # ccache tells builds apart by their locale too: this is the one that shells have as a rule.
  unset LC_ALL
  export PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
  # What one clone has compiled, ccache knows in every other.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
  jobs=${WARMFRONT_JOBS:-$(nproc)}
  for step in "${steps[@]}"; do
    if run_step "$step"; then ((++passed)); else ((++failed)); fi
    # Without its packages nothing else can run, and would only hide the reason.
    if [[ $step == packages && $failed != 0 ]]; then break; fi
  done
  printf '\n%-11s %-7s %6s\n' step outcome time
  printf '%s\n' "${table[@]}"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

main "$@"
