// Two proxies share one Redis: by TLS, and as the user that docs/redis.md says is enough.

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/certificates.hpp"
#include "tests/walk/redis_kinds.hpp"

namespace wf::test {

namespace {

/// The words of the ACL SETUSER that the manual shows, with another password.
std::vector<std::string> documented_user(const std::string& password) {
  std::ifstream file{WARMFRONT_REDIS_MANUAL};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto begin = text.find("ACL SETUSER");
  std::istringstream lines{text.substr(begin, text.find("```", begin) - begin)};
  std::vector<std::string> words;
  for (std::string word; lines >> word;) {
    if (word == ">PASSWORD") word = ">" + password;
    if (word != "\\") words.push_back(word);
  }
  return words;
}

/// Stored by one and found by the other; purged by the other and gone for both.
void share_and_purge(Proxy& a, Proxy& b) {
  CHECK(shared_after(a, b, "/shared/") < 15s);
  const unsigned before = get(a.port(), "/x").serial();
  CHECK(ask(b.port(), {"PUT", "/x", {}, "new"}).status == 200);
  REQUIRE(eventually([&] { return a.knows_purges_of(b); }));
  CHECK(get(a.port(), "/x").serial() > before);
}

}  // namespace

TEST_CASE("the user of the manual may do all that is needed, and nothing is denied", "[FM-15]") {
  const RedisServer redis;
  const redis::Reply made = redis.ask(documented_user("secret"));
  REQUIRE(made.text() == "OK");
  ScriptedOrigin origin;
  config::Config config = config_for(origin, redis);
  config.store.redis->user = "warmfront";
  config.store.redis->password = "secret";
  Proxy a{config};
  Proxy b{config};
  share_and_purge(a, b);
  const redis::Reply denied = redis.ask({"ACL", "LOG"});
  for (const redis::Reply& entry : denied.elements()) {
    INFO(entry.elements()[7].text());
    CHECK(entry.elements().empty());
  }
  CHECK(denied.elements().empty());
}

TEST_CASE("proxies share a Redis by TLS, with certificates on both sides") {
  const Certificates files;
  const std::uint16_t port = free_port();
  const RedisServer redis{files.options(port, "yes")};
  ScriptedOrigin origin;
  config::Config config = config_for(origin, redis);
  config.store.redis->address.port = port;
  config.store.redis->uses_tls = true;
  config.store.redis->tls.ca = files.ca();
  config.store.redis->tls.certificate = files.client();
  config.store.redis->tls.key = files.client_key();
  Proxy a{config};
  Proxy b{config};
  share_and_purge(a, b);
}

TEST_CASE("a proxy whose TLS files cannot be used does not start, and says which") {
  ScriptedOrigin origin;
  const RedisServer redis;
  config::Config config = config_for(origin, redis);
  config.store.redis->uses_tls = true;
  config.store.redis->tls.ca = "/nowhere/ca.pem";
  CHECK_THROWS_WITH(Proxy{config},
                    Catch::Contains("store.redis.tls") && Catch::Contains("/nowhere/ca.pem"));
}

}  // namespace wf::test
