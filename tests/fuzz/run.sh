#!/usr/bin/env bash
# Runs fuzz targets and says how many inputs each has seen. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
build=build/fuzz
seconds=${WARMFRONT_FUZZ_SECONDS:-15}
turns=1
targets=()

usage() {
  echo "Usage: tests/fuzz/run.sh [--seconds N] [--turns N] [TARGET…]"
  echo
  echo "Builds the targets (cmake --preset fuzz) and gives each N seconds (15, or what"
  echo "WARMFRONT_FUZZ_SECONDS says), one after another, or as many at once as --turns says, and"
  echo "prints how much CPU time each had. Inputs worth keeping go to $build/corpus, what"
  echo "breaks a promise to $build/found: put that, made small, into tests/fuzz/corpus/TARGET."
  echo
  echo "Targets: $(all_targets | tr '\n' ' ')"
}

all_targets() {
  local file
  for file in tests/fuzz/*_fuzz.cpp; do basename "$file" _fuzz.cpp; done
}

while (($# > 0)); do
  case $1 in
    --seconds)
      seconds=${2:?--seconds needs a number}
      shift
      ;;
    --turns)
      turns=${2:?--turns needs a number}
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
if ((${#targets[@]} == 0)); then mapfile -t targets < <(all_targets); fi

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "${WARMFRONT_JOBS:-$(nproc)}"
python3 tests/fuzz/seeds.py "$build/seeds"

# One turn of one target, with a line at its end.
turn() {
  local target=$1 outcome=sound folder log runs kept used
  # The corpus of earlier turns, those of the tree, and the catalogues.
  local folders=("$build/corpus/$target")
  for folder in "tests/fuzz/corpus/$target" "$build/seeds/$target"; do
    [[ -d $folder ]] && folders+=("$folder")
  done
  mkdir -p "${folders[0]}" "$build/found"
  log=$build/found/$target.log
  local TIMEFORMAT=%U
  used=$( (time "$build/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -max_len=4096 \
    -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$build/found/$target-" "${folders[@]}" >"$log" 2>&1) 2>&1) || outcome=BROKEN
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  kept=$(find "${folders[0]}" -type f | wc -l)
  printf '%-14s %-7s %10s inputs, %5d kept, %7.1f s of CPU\n' \
    "$target" "$outcome" "${runs:-?}" "$kept" "$used"
  [[ $outcome == sound ]] || tail -n 30 "$log"
  [[ $outcome == sound ]]
}

running=()
for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= turns)); do wait -n || true; done
  turn "$target" &
  running+=($!)
done
failed=0
for process in "${running[@]}"; do wait "$process" || ((++failed)); done
((failed == 0))
