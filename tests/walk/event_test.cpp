// Purges by an application that talks to Redis alone (docs/admin.md).

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "proxy/admin/redis_call.hpp"
#include "proxy/invalidation/log_replies.hpp"
#include "proxy/invalidation/log_scripts.hpp"
#include "proxy/server/shared.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

const std::string& script() { return invalidation::scripts::event().source(); }

/// As an application's Redis library would send it.
redis::Reply call(const RedisServer& redis, const std::vector<std::string>& selectors) {
  std::vector<std::string> words{"EVAL", script(), "3", "{wf}:log", "{wf}:index", "{wf}:nodes"};
  words.insert(words.end(), selectors.begin(), selectors.end());
  return redis.ask(words);
}

bool has_applied(Proxy& proxy, const redis::Reply& sequence) {
  const auto purged = invalidation::parse_sequence(sequence.text());
  return purged && eventually([&] { return proxy.shared().purges.position().sequence >= *purged; });
}

/// What a shell prints for the line.
std::string in_shell(const std::string& line) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe{::popen(line.c_str(), "r"), ::pclose};
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) out += piece.data();
  return out;
}

struct Stage {
  explicit Stage(Millis revalidate = Millis{0}) : proxy(with_window(revalidate)) {
    CHECK(get(proxy.port(), "/x").serial() == 1);
    CHECK(get(proxy.port(), "/y").serial() == 2);
    CHECK(get(proxy.port(), "/x").says("hit"));
  }

  RedisServer redis;
  ScriptedOrigin origin;
  Proxy proxy;

 private:
  config::Config with_window(Millis revalidate) {
    config::Config config = config_for(origin, redis);
    cache_of(config).stale_while_revalidate = revalidate;
    return config;
  }
};

}  // namespace

TEST_CASE("an application's event: the proxy's next read is a miss") {
  Stage stage;
  const redis::Reply sequence = call(stage.redis, {"u api.test /x"});
  REQUIRE(has_applied(stage.proxy, sequence));
  CHECK(get(stage.proxy.port(), "/x").serial() == 3);
  CHECK(get(stage.proxy.port(), "/y").says("hit"));
}

TEST_CASE("an application's event that only makes stale") {
  Stage stage{Millis{60'000}};
  REQUIRE(has_applied(stage.proxy, call(stage.redis, {"~x api.test /"})));
  CHECK(get(stage.proxy.port(), "/x").serial() == 1);
  CHECK(eventually([&] { return get(stage.proxy.port(), "/x").serial() == 3; }));
}

TEST_CASE("the call that is printed does what it says, in a shell") {
  Stage stage;
  config::RedisStore store;
  store.address = stage.redis.address();
  const std::vector<std::string> selectors{"t it's", "u api.test /x"};
  const std::string printed = in_shell(admin::redis_call(store, selectors));
  const auto sequence = invalidation::parse_sequence(printed.substr(0, printed.find('\n')));
  REQUIRE(sequence);
  REQUIRE(eventually([&] { return stage.proxy.shared().purges.position().sequence >= *sequence; }));
  CHECK(get(stage.proxy.port(), "/x").serial() == 3);
  CHECK(stage.redis.ask({"ZSCORE", "{wf}:index", "t it's"}).text() ==
        std::to_string(sequence->ms * invalidation::scripts::kPerMilli + sequence->n));
}

TEST_CASE("an event that finds the log lost makes everything void") {
  Stage stage;
  const auto before = stage.proxy.shared().purges.position();
  stage.redis.ask({"DEL", "{wf}:log"});
  const redis::Reply reply = call(stage.redis, {"u api.test /x"});
  // A proxy may have been quicker, and have made the new birth.
  if (!reply.text().empty()) REQUIRE(has_applied(stage.proxy, reply));
  REQUIRE(eventually([&] { return stage.proxy.shared().purges.position().birth != before.birth; }));
  CHECK(get(stage.proxy.port(), "/x").serial() > 2);
}

TEST_CASE("an event in a Redis that no proxy knows leaves nothing behind") {
  RedisServer redis;
  CHECK(call(redis, {"t x"}).text().empty());
  CHECK(redis.ask({"DBSIZE"}).integer() == 0);
}

TEST_CASE("an event of what is no selector is refused, and nothing of it is in force") {
  Stage stage;
  const auto entries = stage.redis.ask({"XLEN", "{wf}:log"}).integer();
  for (const std::string bad :
       {"", "x", "analysis:7", "q x", "t ", "t  x", "t a\nb", "~", "~~t x"}) {
    INFO(bad);
    const redis::Reply reply = call(stage.redis, {"t good", bad});
    CHECK(reply.text().find("WARMFRONT argument 2") == 0);
  }
  CHECK(call(stage.redis, {}).text().find("WARMFRONT from 1 to 200") == 0);
  CHECK(call(stage.redis, std::vector<std::string>(201, "t x")).text().find("WARMFRONT") == 0);
  CHECK(call(stage.redis, {"t " + std::string(8191, 'x')}).text().find("WARMFRONT") == 0);
  CHECK(stage.redis.ask({"XLEN", "{wf}:log"}).integer() == entries);
}

TEST_CASE("the published script is the one that the program prints") {
  std::ifstream file{WARMFRONT_PUBLISHED_SCRIPT};
  std::ostringstream published;
  published << file.rdbuf();
  CHECK(published.str() == script());
}

}  // namespace wf::test
