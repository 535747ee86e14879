#include "config/redis_url.hpp"

#include <catch2/catch.hpp>

using namespace wf::config;

namespace {

RedisStore redis(Address address, std::string user = {}, std::string password = {},
                 unsigned database = 0) {
  RedisStore store;
  store.address = std::move(address);
  store.user = std::move(user);
  store.password = std::move(password);
  store.database = database;
  return store;
}

RedisStore by_tls(RedisStore store) {
  store.uses_tls = true;
  return store;
}

RedisStore several(RedisKind kind, std::vector<Address> nodes, RedisStore store = {}) {
  store.kind = kind;
  store.nodes = std::move(nodes);
  if (kind == RedisKind::Sentinel) store.master = "m";
  return store;
}

const std::vector<Address> kSentinels{{"a", 26379, {}}, {"::1", 2, {}}};
const std::vector<Address> kNodes{{"a", 6379, {}}, {"b", 2, {}}, {"c", 6379, {}}};

}  // namespace

TEST_CASE("the address of Redis") {
  struct Row {
    const char* text;
    RedisStore store;
  };
  const Row rows[] = {
      {"redis://127.0.0.1:6379/0", RedisStore{}},
      {"redis://127.0.0.1", RedisStore{}},
      {"redis://redis.internal:7000/3", redis({"redis.internal", 7000, {}}, "", "", 3)},
      {"redis://[::1]/", redis({"::1", 6379, {}})},
      {"redis://:secret@h", redis({"h", 6379, {}}, "", "secret")},
      {"redis://me:secret@h:1/2", redis({"h", 1, {}}, "me", "secret", 2)},
      {"redis://me@h", redis({"h", 6379, {}}, "me")},
      {"redis://me:a%40b%2F%3a%25@h", redis({"h", 6379, {}}, "me", "a@b/:%")},
      {"redis://me:a@b@h", redis({"h", 6379, {}}, "me", "a@b")},
      {"redis://me:a:b@h", redis({"h", 6379, {}}, "me", "a:b")},
      {"rediss://me:secret@h:1/2", by_tls(redis({"h", 1, {}}, "me", "secret", 2))},
      {"redis+sentinel://a,[::1]:2/m", several(RedisKind::Sentinel, kSentinels)},
      {"rediss+sentinel://me:s@a,[::1]:2/m/3",
       by_tls(
           several(RedisKind::Sentinel, kSentinels, redis({"127.0.0.1", 6379, {}}, "me", "s", 3)))},
      {"redis+cluster://a,b:2,c", several(RedisKind::Cluster, kNodes)},
      {"rediss+cluster://a,b:2,c/0", by_tls(several(RedisKind::Cluster, kNodes))},
      {"unix:///run/redis.sock", redis({{}, 0, "/run/redis.sock"})},
      {"unix:///run/a%20b.sock?db=5", redis({{}, 0, "/run/a b.sock"}, "", "", 5)}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_redis_url(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.store);
  }
}

TEST_CASE("what is no address of Redis is told, without its password") {
  const std::string form = "expected redis://[user[:password]@]host[:port][/db]";
  struct Row {
    const char* text;
    std::string what;
  };
  const Row rows[] = {
      {"", "expected redis://host:port/db, one of its kin or unix:///path?db=0"},
      {"secret@h", "expected redis://host:port/db, one of its kin or unix:///path?db=0"},
      {"redis://me:secret@h,i", "several hosts: for Sentinel or a Cluster, say which"},
      {"redis+sentinel://me:secret@h",
       "no name of a master: expected redis+sentinel://"
       "[user[:password]@]host[:port],…/master[/db]"},
      {"redis+sentinel://h/m/x", "expected the number of a database, found \"x\""},
      {"redis+cluster://me:secret@h,/0",
       "no host or no port: expected redis+cluster://[user[:password]@]host[:port],…"},
      {"redis+cluster://h/1", "a Redis Cluster has no database but 0"},
      {"redis://", "no host or no port: " + form},
      {"redis://h:0", "no host or no port: " + form},
      {"redis://me:secret", "no host or no port: " + form},
      {"redis://me:secret@h:x", "no host or no port: " + form},
      {"redis://h/x", "expected the number of a database, found \"x\""},
      {"redis://h/99999999999", "expected the number of a database, found \"99999999999\""},
      {"redis://me:secret%4@h", "a % without two hexadecimal digits in the password of the URL"},
      {"redis://me%zz:secret@h", "a % without two hexadecimal digits in the user of the URL"},
      {"redis://me:sec/ret@h", "write a \"/\" in the password of the URL as %2F"},
      {"unix://run/redis.sock",
       "expected unix:///path?db=0, with three slashes and no user or password"},
      {"unix:///run/%00", "\"/run/\\x00\" is not the path of a socket"},
      {"unix:///run/r?x=1", "expected ?db=NUMBER, found \"?x=1\""},
      {"unix:///run/r?db=-1", "expected the number of a database, found \"-1\""}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_redis_url(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
    CHECK(parsed.error().what.find("secret") == std::string::npos);
  }
}
