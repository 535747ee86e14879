// Conversations of a connection with a Redis that misbehaves.
#include "proxy/redis/connection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include "tests/support/callers.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_settings.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

Task<void> late_reply(Loop& loop) {
  FakeRedis fake{loop.executor()};
  std::string owed;
  fake.script([&owed](const Words& words) {
    if (words.at(0) != "ECHO") return FakeRedis::ordinary(words);
    if (words.at(1) == "slow") {
      owed = FakeRedis::ordinary(words).bytes;
      return hang();
    }
    return say(std::exchange(owed, {}) + FakeRedis::ordinary(words).bytes);
  });
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  const Result<void> slow = co_await echo_within(connection, "slow", 20ms);
  CHECK(slow.error().code == ErrorCode::Timeout);
  CHECK(slow.error().side == Side::Store);
  const Result<void> quick = co_await echo(connection, "quick");
  CHECK(quick);
  CHECK(fake.accepted() == 1);
  co_await connection.stop();
  co_await fake.stop();
}

/// One command is answered by `answer`; afterwards the fake is ordinary again.
Task<Error> after(Loop& loop, Answer answer) {
  FakeRedis fake{loop.executor()};
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  fake.script([&fake, answer](const Words&) {
    fake.script(&FakeRedis::ordinary);
    return answer;
  });
  const Result<void> broken = co_await echo(connection, "x");
  const bool up_again = co_await connection.wait_up(kPatient);
  CHECK(up_again);
  const Result<void> fine = co_await echo(connection, "y");
  CHECK(fine);
  CHECK(fake.accepted() == 2);
  CHECK(connection.counters().disconnects == 1);
  co_await connection.stop();
  co_await fake.stop();
  co_return broken ? Error{} : broken.error();
}

Task<void> misbehaviour(Loop& loop) {
  struct Row {
    std::string name;
    Answer answer;
    ErrorCode code;
  };
  const std::vector<Row> rows{
      {"closed without a word", close_after(""), ErrorCode::Closed},
      {"closed inside a string", close_after("$100\r\nabc"), ErrorCode::Closed},
      {"closed inside a length", close_after("$10"), ErrorCode::Closed},
      {"reset", reset_after(""), ErrorCode::Reset},
      {"garbage", say("\x16\x03\x01"), ErrorCode::Malformed},
      {"HTTP", say("HTTP/1.1 400 Bad Request\r\n\r\n"), ErrorCode::Malformed},
      {"a string longer than announced", say("$1\r\nabcdef\r\n"), ErrorCode::Malformed},
      {"a huge string, announced", say("$536870911\r\nx"), ErrorCode::TooLarge},
      {"read-only", say_error("READONLY You can't write against a read only replica."),
       ErrorCode::Rejected},
      {"password wanted", say_error("NOAUTH Authentication required."), ErrorCode::Rejected},
  };
  for (const Row& row : rows) {
    const Error error = co_await after(loop, row.answer);
    CAPTURE(row.name, error.detail);
    CHECK(error.code == row.code);
    CHECK(error.side == Side::Store);
    CHECK(error.retry == Retry::No);
  }
}

Task<void> surplus_reply(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Flag lost{loop.executor()};
  Hooks hooks;
  Error why;
  hooks.on_link = [&](Link link, const Error* error) {
    if (link != Link::Down) return;
    why = *error;
    lost.set();
  };
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address()),
                        hooks};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  fake.push("+surprise\r\n");
  co_await lost.wait();
  CHECK(why.code == ErrorCode::Malformed);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> dead_when_idle(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.liveness = {20ms, 40ms, 5};
  Flag lost{loop.executor()};
  Error why;
  Hooks hooks;
  hooks.on_link = [&](Link link, const Error* error) {
    if (link != Link::Down) return;
    why = *error;
    lost.set();
  };
  Connection connection{loop.executor(), loop.deadlines(), settings, hooks};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  fake.script([](const Words&) { return hang(); });
  co_await lost.wait();
  CHECK(why.code == ErrorCode::Timeout);
  CHECK(fake.seen().back() == Words{"PING"});
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> dead_under_load(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.liveness = {0ms, 0ms, 5};
  settings.timeout = 20ms;
  Connection connection{loop.executor(), loop.deadlines(), settings};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  fake.script([&fake](const Words& words) {
    return fake.accepted() == 1 ? hang() : FakeRedis::ordinary(words);
  });
  Callers callers{connection, loop.executor()};
  for (int i = 0; i < 5; ++i) callers.echo("x");
  co_await callers.join();
  CHECK(callers.failed(ErrorCode::Timeout) == 5);
  const bool up_again = co_await connection.wait_up(kPatient);
  CHECK(up_again);
  CHECK(fake.accepted() == 2);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> bounded(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.pipeline.in_flight = 8;
  Connection connection{loop.executor(), loop.deadlines(), settings};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  fake.script([](const Words&) { return hang(); });
  Callers callers{connection, loop.executor()};
  for (int i = 0; i < 8; ++i) callers.echo("x");
  callers.echo("one too many");
  co_await callers.wait_for_one();
  CHECK(callers.failed(ErrorCode::Unavailable) == 1);
  CHECK(callers.running() == 8);
  co_await connection.stop();
  co_await callers.join();
  CHECK(callers.failed(ErrorCode::Cancelled) == 8);
  co_await fake.stop();
}

Task<void> caller_leaves(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Flag asked{loop.executor()};
  std::string owed;
  fake.script([&](const Words& words) {
    if (words.at(0) != "ECHO") return FakeRedis::ordinary(words);
    if (words.at(1) == "left") {
      owed = FakeRedis::ordinary(words).bytes;
      asked.set();
      return hang();
    }
    return say(std::exchange(owed, {}) + FakeRedis::ordinary(words).bytes);
  });
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  net::asio::cancellation_signal leave;
  Flag left{loop.executor()};
  net::asio::co_spawn(loop.executor(), echo(connection, "left"),
                      net::asio::bind_cancellation_slot(
                          leave.slot(), [&left](std::exception_ptr, Result<void>) { left.set(); }));
  co_await asked.wait();
  leave.emit(net::asio::cancellation_type::terminal);
  co_await left.wait();
  const Result<void> next = co_await echo(connection, "next");
  CHECK(next);
  CHECK(fake.accepted() == 1);
  co_await connection.stop();
  co_await fake.stop();
}

}  // namespace

TEST_CASE("a late reply is thrown away and shifts nothing", "[FM-16]") {
  Loop loop;
  loop.run(late_reply(loop));
}

TEST_CASE("every misbehaviour fails the command and is followed by a new connection", "[FM-16]") {
  Loop loop;
  loop.run(misbehaviour(loop));
}

TEST_CASE("a reply too many ends the connection", "[FM-16]") {
  Loop loop;
  loop.run(surplus_reply(loop));
}

TEST_CASE("a connection that died while idle is noticed by PING", "[FM-04]") {
  Loop loop;
  loop.run(dead_when_idle(loop));
}

TEST_CASE("a connection that died under load is noticed by timeouts", "[FM-04]") {
  Loop loop;
  loop.run(dead_under_load(loop));
}

TEST_CASE("commands in flight are bounded; stopping tells those who wait", "[FM-02]") {
  Loop loop;
  loop.run(bounded(loop));
}

TEST_CASE("a caller that is cancelled shifts nothing", "[FM-16]") {
  Loop loop;
  loop.run(caller_leaves(loop));
}
