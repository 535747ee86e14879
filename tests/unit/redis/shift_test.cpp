// Whatever is cut, closed or late: no caller ever sees another caller's reply (FM-16).
#include <random>

#include <catch2/catch.hpp>

#include "proxy/redis/connection.hpp"
#include "tests/support/callers.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

constexpr std::size_t kCalls = 50'000;
constexpr std::size_t kCallers = 64;

struct Tally {
  std::size_t calls = 0;
  std::size_t answered = 0;
  std::size_t late = 0;
  std::size_t wrong = 0;
};

/// Asks until all calls together are enough; every tenth call is impatient, so that its reply finds
/// a tombstone.
Task<void> ask_on(Connection& connection, std::size_t number, Tally& tally) {
  while (tally.calls < kCalls) {
    const std::size_t call = tally.calls++;
    const std::string word = std::to_string(number) + "/" + std::to_string(call) +
                             std::string(call % 997, static_cast<char>('a' + number % 26));
    const std::array<std::string_view, 2> args{"ECHO", word};
    const Result<Reply> reply = co_await connection.command(args, call % 10 == 0 ? 0ms : 20s);
    if (reply) {
      ++(reply->text() == word ? tally.answered : tally.wrong);
    } else if (reply.error().code == ErrorCode::Timeout) {
      ++tally.late;
    } else {
      (void)co_await connection.wait_up(20s);
    }
  }
}

Task<void> storm(Loop& loop, Tally& tally) {
  std::mt19937 random{20'240'607};
  FakeRedis fake{loop.executor()};
  fake.cut([&random]() -> std::size_t { return random() % 8 == 0 ? 1 + random() % 64 : 0; });
  fake.script([&random](const Words& words) {
    Answer answer = FakeRedis::ordinary(words);
    if (words.at(0) != "ECHO" || random() % 5000 != 0) return answer;
    const std::string part = answer.bytes.substr(0, random() % answer.bytes.size());
    return random() % 2 == 0 ? close_after(part) : reset_after(part);
  });
  Settings settings;
  settings.address = fake.address();
  settings.connect_timeout = 5s;
  settings.timeout = 20s;
  settings.liveness = {0ms, 0ms, 0};
  Connection connection{loop.executor(), loop.deadlines(), settings};
  connection.start();
  (void)co_await connection.wait_up(20s);
  net::TaskGroup askers{loop.executor(), [](std::string_view) {}};
  for (std::size_t i = 0; i < kCallers; ++i) askers.spawn(ask_on(connection, i, tally));
  co_await askers.join();
  CHECK(connection.counters().disconnects > 0);
  co_await connection.stop();
  co_await fake.stop();
}

}  // namespace

TEST_CASE("replies are never shifted, whatever is cut", "[FM-16]") {
  Loop loop;
  Tally tally;
  loop.run(storm(loop, tally));
  CHECK(tally.wrong == 0);
  CHECK(tally.late > kCalls / 100);
  CHECK(tally.answered > kCalls / 2);
}
