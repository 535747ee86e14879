#include "proxy/cache/redis_keys.hpp"

#include <catch2/catch.hpp>
#include <regex>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

TEST_CASE("every key of a resource carries its hash tag") {
  const RedisKeys keys = RedisKeys::with_prefix("wf").value();
  const Slot resource{{"0123"}, {}};
  const Slot variant{{"0123"}, "beef"};
  CHECK(keys.record(resource) == "wf:{0123}:r");
  CHECK(keys.record(variant) == "wf:{0123}:v:beef");
  CHECK(keys.resource({"0123"}) == "wf:{0123}:r");
  CHECK(keys.lock(resource) == "wf:{0123}:l");
  CHECK(keys.lock(variant) == "wf:{0123}:l:beef");
  CHECK(keys.waiting(resource) == "wf:{0123}:w");
  CHECK(keys.waiting(variant) == "wf:{0123}:w:beef");
  CHECK(keys.wake_channel() == "wf:wake");
  CHECK(keys.log() == "{wf}:log");
  CHECK(to_string(resource) == "0123");
  CHECK(to_string(variant) == "0123:beef");
}

TEST_CASE("a slot without variant text is the resource itself") {
  CHECK(slot_of("key", "").variant.empty());
  CHECK(slot_of("key", "").resource == key_hash("key"));
  CHECK(slot_of("key", "gzip").variant == key_hash("gzip").hex);
}

TEST_CASE("no bytes of a client reach a name in Redis (SEC-15)") {
  const std::regex allowed{"^[a-z0-9:{}_-]{1,96}$"};
  const RedisKeys keys = RedisKeys::with_prefix(std::string(24, 'p')).value();
  Chance chance{4};
  for (int i = 0; i < 200; ++i) {
    const Slot slot = slot_of(random_text(chance, 4096), random_text(chance, 4096));
    for (const std::string& name :
         {keys.record(slot), keys.lock(slot), keys.waiting(slot), keys.resource(slot.resource),
          keys.wake_channel(), keys.log()}) {
      INFO(name);
      REQUIRE(std::regex_match(name, allowed));
    }
  }
}

TEST_CASE("a prefix that would leave the alphabet of names is refused") {
  for (const char* bad : {"", "Wf", "w f", "{wf}", "wf:", "wf\r\n", "abcdefghijklmnopqrstuvwxy"}) {
    INFO(bad);
    CHECK(RedisKeys::with_prefix(bad).has_error());
  }
  CHECK(RedisKeys::with_prefix("team-1_wf").has_value());
}
