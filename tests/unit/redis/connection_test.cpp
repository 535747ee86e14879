// How a connection begins, comes back and ends.
#include "proxy/redis/connection.hpp"

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

Task<void> greets(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.user = "warmfront";
  settings.password = "hunter2";
  settings.database = 3;
  settings.name = "wf-test";
  Hooks hooks;
  hooks.on_connect = [](Commands& commands) { return echo(commands, "hook"); };
  Connection connection{loop.executor(), loop.deadlines(), settings, hooks};
  connection.start();
  const bool up = co_await connection.wait_up(kPatient);
  CHECK(up);
  CHECK(fake.seen() == std::vector<Words>{{"AUTH", "warmfront", "hunter2"},
                                          {"SELECT", "3"},
                                          {"CLIENT", "SETNAME", "wf-test"},
                                          {"PING"},
                                          {"ECHO", "hook"}});
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> one_write_per_turn(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  connection.start();
  (void)co_await connection.wait_up(kPatient);
  const std::size_t reads = fake.reads();
  Callers callers{connection, loop.executor()};
  for (int i = 0; i < 100; ++i) callers.echo("word " + std::to_string(i));
  co_await callers.join();
  CHECK(callers.answered() == 100);
  CHECK(callers.wrong() == 0);
  CHECK(fake.reads() == reads + 1);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> not_ready(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Error first;
  int refusals = 0;
  fake.script([&refusals](const Words& words) {
    if (refusals < 2) {
      ++refusals;
      return say_error("LOADING Redis is loading the dataset in memory");
    }
    return FakeRedis::ordinary(words);
  });
  Hooks hooks;
  hooks.on_link = [&first](Link link, const Error* why) {
    if (link == Link::Down && first.detail.empty()) first = *why;
  };
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address()),
                        hooks};
  connection.start();
  const bool up = co_await connection.wait_up(kPatient);
  CHECK(up);
  CHECK(first.detail == "PING: LOADING Redis is loading the dataset in memory");
  CHECK(connection.counters().failed_connects == 2);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> wrong_password(Loop& loop) {
  FakeRedis fake{loop.executor()};
  fake.script([](const Words& words) {
    return words.at(0) == "AUTH" ? say_error("WRONGPASS invalid username-password pair")
                                 : say_error("NOAUTH Authentication required.");
  });
  Settings settings = unwatched_settings(fake.address());
  settings.password = "hunter2";
  Flag told{loop.executor()};
  Error why;
  Hooks hooks;
  hooks.on_link = [&](Link, const Error* error) {
    why = *error;
    told.set();
  };
  Connection connection{loop.executor(), loop.deadlines(), settings, hooks};
  connection.start();
  co_await told.wait();
  CHECK(why.code == ErrorCode::Rejected);
  CHECK(why.detail == "AUTH: WRONGPASS invalid username-password pair");
  const Result<void> refused = co_await echo(connection, "x");
  CHECK(refused.error().code == ErrorCode::Unavailable);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> silent_greeting(Loop& loop) {
  FakeRedis fake{loop.executor()};
  fake.script([&fake](const Words&) {
    fake.script(&FakeRedis::ordinary);
    return hang();
  });
  Settings settings = unwatched_settings(fake.address());
  settings.connect_timeout = 50ms;
  Connection connection{loop.executor(), loop.deadlines(), settings};
  connection.start();
  const bool up = co_await connection.wait_up(kPatient);
  CHECK(up);
  CHECK(fake.accepted() == 2);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> comes_back(Loop& loop) {
  FakeRedis fake{loop.executor()};
  fake.refuse();
  Flag refused{loop.executor()};
  Hooks hooks;
  ErrorCode code{};
  hooks.on_link = [&](Link link, const Error* why) {
    if (link == Link::Down) code = why->code;
    refused.set();
  };
  Connection connection{loop.executor(), loop.deadlines(), unwatched_settings(fake.address()),
                        hooks};
  connection.start();
  co_await refused.wait();
  CHECK(code == ErrorCode::Refused);
  const Result<void> down = co_await echo(connection, "x");
  CHECK(down.error().code == ErrorCode::Unavailable);
  CHECK(down.error().retry == Retry::Safe);
  fake.accept_again();
  const bool up = co_await connection.wait_up(kPatient);
  CHECK(up);
  co_await connection.stop();
  co_await fake.stop();
}

Task<void> stop_while_connecting(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Flag greeted{loop.executor()};
  fake.script([&greeted](const Words&) {
    greeted.set();
    return hang();
  });
  Connection greeting{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  greeting.start();
  co_await greeted.wait();
  co_await greeting.stop();

  fake.refuse();
  Flag refused{loop.executor()};
  Hooks hooks;
  hooks.on_link = [&refused](Link, const Error*) { refused.set(); };
  Connection waiting{loop.executor(), loop.deadlines(), unwatched_settings(fake.address()), hooks};
  waiting.start();
  co_await refused.wait();
  co_await waiting.stop();

  Connection never_begun{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  never_begun.start();
  co_await never_begun.stop();
  co_await fake.stop();
}

}  // namespace

TEST_CASE("a connection greets before anybody's command") {
  Loop loop;
  loop.run(greets(loop));
}

TEST_CASE("commands given in one turn of the loop leave in one write") {
  Loop loop;
  loop.run(one_write_per_turn(loop));
}

TEST_CASE("a server that is loading is down", "[FM-07]") {
  Loop loop;
  loop.run(not_ready(loop));
}

TEST_CASE("a wrong password is told, but not which", "[FM-15]") {
  Loop loop;
  loop.run(wrong_password(loop));
}

TEST_CASE("a greeting that is not answered is given up", "[FM-02]") {
  Loop loop;
  loop.run(silent_greeting(loop));
}

TEST_CASE("a server that refuses is tried again", "[FM-01]") {
  Loop loop;
  loop.run(comes_back(loop));
}

TEST_CASE("stopping ends whatever is under way") {
  Loop loop;
  loop.run(stop_while_connecting(loop));
}
