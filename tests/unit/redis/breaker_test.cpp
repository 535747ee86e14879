#include "proxy/redis/breaker.hpp"

#include <catch2/catch.hpp>

#include "proxy/redis/backoff.hpp"
#include "proxy/redis/liveness.hpp"

using namespace wf::redis;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint at(std::chrono::milliseconds time) { return TimePoint{} + 1h + time; }
using State = Breaker::State;

}  // namespace

TEST_CASE("five timeouts in a row open the breaker", "[FM-02]") {
  Breaker breaker;
  for (auto i = 0ms; i < 4ms; ++i) breaker.on_timeout(at(i), at(i + 50ms));
  CHECK(breaker.state() == State::Closed);
  CHECK(breaker.admit(at(54ms)));
  breaker.on_timeout(at(4ms), at(54ms));
  CHECK(breaker.state() == State::Open);
  CHECK_FALSE(breaker.admit(at(55ms)));
}

TEST_CASE("a success between timeouts counts from the start again") {
  Breaker breaker;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) breaker.on_timeout(at(0ms), at(50ms));
    breaker.on_success();
  }
  CHECK(breaker.state() == State::Closed);
}

TEST_CASE("250 ms without an answer open it, however few commands there were", "[FM-02]") {
  Breaker breaker;
  breaker.on_timeout(at(0ms), at(50ms));
  breaker.on_timeout(at(199ms), at(249ms));
  CHECK(breaker.state() == State::Closed);
  breaker.on_timeout(at(200ms), at(250ms));
  CHECK(breaker.state() == State::Open);
}

TEST_CASE("idle time is not silence") {
  Breaker breaker;
  breaker.on_success();
  breaker.on_timeout(at(10s), at(10s + 50ms));
  CHECK(breaker.state() == State::Closed);
}

TEST_CASE("a refusal or a reset opens it at once", "[FM-01]") {
  Breaker breaker;
  breaker.on_down(at(0ms));
  CHECK_FALSE(breaker.admit(at(1ms)));
}

TEST_CASE("an open breaker lets one probe through every 500 ms", "[FM-02]") {
  Breaker breaker;
  breaker.on_down(at(0ms));
  CHECK_FALSE(breaker.admit(at(499ms)));
  CHECK(breaker.admit(at(500ms)));
  CHECK(breaker.state() == State::HalfOpen);
  CHECK_FALSE(breaker.admit(at(501ms)));

  SECTION("a probe that times out keeps it open, in the same rhythm") {
    breaker.on_timeout(at(500ms), at(550ms));
    CHECK(breaker.state() == State::Open);
    CHECK_FALSE(breaker.admit(at(999ms)));
    CHECK(breaker.admit(at(1000ms)));
  }
  SECTION("a probe that is never heard of again is not waited for") {
    CHECK_FALSE(breaker.admit(at(999ms)));
    CHECK(breaker.admit(at(1000ms)));
  }
  SECTION("a probe that is answered closes it") {
    breaker.on_success();
    CHECK(breaker.state() == State::Closed);
    CHECK(breaker.admit(at(510ms)));
    CHECK(breaker.admit(at(510ms)));
  }
}

TEST_CASE("late timeouts of commands sent before it opened change nothing") {
  Breaker breaker;
  breaker.on_down(at(0ms));
  breaker.on_timeout(at(-10ms), at(40ms));
  CHECK(breaker.state() == State::Open);
  CHECK(breaker.admit(at(500ms)));
}

TEST_CASE("waiting grows from 50 to 500 ms and is spread by chance", "[FM-18]") {
  Backoff least, most;
  for (const auto upper : {100ms, 200ms, 400ms, 500ms, 500ms}) {
    CHECK(least.next(0.0) == 50ms);
    const auto delay = most.next(0.999999);
    CHECK(delay < upper);
    CHECK(delay >= upper - 2ms);
  }
}

TEST_CASE("only a connection that lived counts as success", "[FM-18]") {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) (void)backoff.next(0.5);
  backoff.on_connection(499ms);
  CHECK(backoff.next(0.999999) > 400ms);
  backoff.on_connection(500ms);
  CHECK(backoff.next(0.999999) < 100ms);
}

TEST_CASE("an idle connection is pinged, and dead if that stays unanswered", "[FM-04]") {
  Liveness liveness{{250ms, 500ms, 5}, at(0ms)};
  CHECK(liveness.judge(at(249ms), std::nullopt) == Liveness::Verdict::Alive);
  CHECK(liveness.next_check(std::nullopt) == at(250ms));
  CHECK(liveness.judge(at(250ms), std::nullopt) == Liveness::Verdict::Ping);
  CHECK(liveness.judge(at(749ms), at(250ms)) == Liveness::Verdict::Alive);
  CHECK(liveness.next_check(at(250ms)) == at(750ms));
  CHECK(liveness.judge(at(750ms), at(250ms)) == Liveness::Verdict::Dead);
}

TEST_CASE("five timeouts without a byte between them are death", "[FM-04]") {
  Liveness liveness{{250ms, 500ms, 5}, at(0ms)};
  liveness.on_timeouts(4);
  CHECK(liveness.judge(at(60ms), at(1ms)) == Liveness::Verdict::Alive);
  liveness.on_timeouts(1);
  CHECK(liveness.judge(at(60ms), at(1ms)) == Liveness::Verdict::Dead);
}

TEST_CASE("a server that answers late is slow, not dead", "[FM-03]") {
  Liveness liveness{{250ms, 500ms, 5}, at(0ms)};
  for (auto now = 100ms; now < 10s; now += 100ms) {
    liveness.on_timeouts(4);
    CHECK(liveness.judge(at(now), at(now - 400ms)) == Liveness::Verdict::Alive);
    liveness.on_received(at(now));
  }
}

TEST_CASE("a blocking connection is never pinged and dies of one timeout") {
  Liveness liveness{{0ms, 0ms, 1}, at(0ms)};
  CHECK(liveness.judge(at(1h), std::nullopt) == Liveness::Verdict::Alive);
  CHECK(liveness.judge(at(1h), at(0ms)) == Liveness::Verdict::Alive);
  CHECK(liveness.next_check(at(0ms)) == TimePoint::max());
  liveness.on_timeouts(1);
  CHECK(liveness.judge(at(1h), at(0ms)) == Liveness::Verdict::Dead);
}
