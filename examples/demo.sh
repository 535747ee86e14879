# The story that quickstart.sh --demo plays. Sourced by it; uses its ports, logs and functions.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by quickstart.sh: work, proxy_port, api_port, with_redis, …

story_failed=no
answer_status='' answer_cache='' answer_body='' answer_seconds=''

# fetch METHOD TARGET [JSON]: sends it through the proxy and fills answer_*.
fetch() {
  local method=$1 target=$2 line
  local -a body=()
  if (($# > 2)); then body=(-H 'Content-Type: application/json' --data-binary "$3"); fi
  : >"$work/head"
  : >"$work/body"
  echo "    $method $target ${3:-}"
  line=$(curl -sS --max-time 20 -X "$method" "${body[@]}" -D "$work/head" -o "$work/body" \
    -w '%{http_code} %{time_total}' "http://127.0.0.1:$proxy_port$target") || line='000 0'
  read -r answer_status answer_seconds <<<"$line"
  answer_cache=$(tr -d '\r' <"$work/head" | sed -n 's/^[Cc]ache-[Ss]tatus: *//p' | tail -n 1)
  answer_body=$(head -c 4096 "$work/body")
  echo "    -> $answer_status in $answer_seconds s, Cache-Status: ${answer_cache:-(none)}"
}

# expect EXPECTED SEEN CONDITION…: the condition is a command.
expect() {
  local expected=$1 seen=$2
  shift 2
  if "$@"; then
    echo "    ok: $expected"
  else
    echo "    FAILED: expected $expected, saw $seen"
    story_failed=yes
  fi
}

expect_status() { expect "status $1" "$answer_status" [ "$answer_status" = "$1" ]; }

# cache_says MEMBER: is it one of the parameters of our Cache-Status member (RFC 9211)?
cache_says() { tr -d ' ' <<<"$answer_cache" | tr ';' '\n' | grep -qx -e "$1"; }
cache_is_silent_on() { ! cache_says "$1"; }

expect_hit_from() {
  expect "a hit" "$answer_cache" cache_says hit
  expect "from $1" "$answer_cache" cache_says "detail=$1"
}

expect_miss() {
  expect "no hit" "$answer_cache" cache_is_silent_on hit
  expect "forwarded to the API" "$answer_cache" cache_says 'fwd=.*'
}

# How often the API itself answered GET /analyses/{analysis_id}; asked directly, not by the proxy.
api_fetches() {
  local counts
  counts=$(curl -sS --max-time 5 "http://127.0.0.1:$api_port/_requests") || return 1
  counts=$(sed -n 's/.*"GET \/analyses\/{analysis_id}": *\([0-9]*\).*/\1/p' <<<"$counts")
  echo "${counts:-0}"
}

expect_api_fetches() {
  local seen
  seen=$(api_fetches) || seen=nothing
  expect "$1 fetched from the API so far" "$seen" [ "$seen" = "$1" ]
}

expect_title() {
  expect "the title \"$1\"" "$answer_body" grep -q "\"title\": *\"$1\"" <<<"$answer_body"
}

step() { printf '\n%s\n' "$*"; }

play_first_reads() {
  step "1. A first GET: nothing is kept yet, so the API answers."
  fetch GET /analyses/7
  expect_status 200
  expect_miss
  expect_api_fetches 1

  step "2. The same GET again: from the proxy's memory, the API is not asked."
  fetch GET /analyses/7
  expect_status 200
  expect_hit_from memory
  expect_api_fetches 1
}

play_restart() {
  if [[ $with_redis == yes ]]; then
    step "3. The proxy is restarted, its memory is gone: the answer comes from Redis."
    restart_proxy
    fetch GET /analyses/7
    expect_status 200
    expect_hit_from redis
    expect_api_fetches 1
    fetches=1
  else
    step "3. The proxy is restarted. Memory alone, no Redis: the API has to answer again."
    restart_proxy
    fetch GET /analyses/7
    expect_status 200
    expect_miss
    expect_api_fetches 2
    fetches=2
  fi
}

play_write() {
  local title="Written at step four" body
  body="{\"user_id\": 3, \"title\": \"$title\", \"status\": \"done\", \"score\": 0.9}"
  step "4. A PUT through the proxy: when it returns, the old answer is gone."
  fetch PUT /analyses/7 "$body"
  expect_status 200

  step "5. The next GET: the API answers, with the new title."
  fetch GET /analyses/7
  expect_status 200
  expect_miss
  expect_title "$title"
  expect_api_fetches $((fetches + 1))

  step "6. And once more: the new answer, from memory."
  fetch GET /analyses/7
  expect_status 200
  expect_hit_from memory
  expect_title "$title"
  expect_api_fetches $((fetches + 1))
}

play_story() {
  local fetches=0
  play_first_reads
  play_restart
  play_write
  echo
  if [[ $story_failed == yes ]]; then
    echo "--- the proxy wrote ---" && tail -n 30 "$work/proxy.log"
    echo "--- the API wrote ---" && tail -n 30 "$work/api.log"
    fail "the story did not go as told: see FAILED above."
  fi
  echo "Every step was as told."
}
