#include "proxy/cache/memory_tier.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "proxy/policy/key.hpp"
#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

constexpr UnixTime kNow{Millis{1'000'000}};
constexpr UnixTime kLater{Millis{2'000'000}};

config::Route route(std::string name, std::optional<config::Share> share,
                    config::Admit admit = config::Admit::First) {
  config::Route route;
  route.name = std::move(name);
  route.cache.emplace();
  route.cache->memory.share = share;
  route.cache->memory.admit = admit;
  return route;
}

config::Config config_with(Bytes size, std::vector<config::Route> routes) {
  config::Config config;
  config.store.memory.size = size;
  config.routes = std::move(routes);
  return config;
}

std::string key(std::string_view route, std::size_t number) {
  const std::string path = "/" + std::to_string(number);
  policy::KeyParts parts;
  parts.name_space = route;
  parts.scheme = "http";
  parts.host = "a.example";
  parts.path = path;
  std::string out;
  policy::append_key(parts, {}, out);
  return out;
}

void put(MemoryTier& memory, const std::string& key, std::size_t size = 2000) {
  memory.insert(lookup_key(key), response(key, size), kLater);
}

bool has(MemoryTier& memory, const std::string& key) {
  return memory.find(lookup_key(key), kNow) != nullptr;
}

}  // namespace

TEST_CASE("a key says whose it is, and nothing else does") {
  CHECK(policy::name_space_of(key("items", 1)) == "items");
  CHECK(policy::name_space_of(key("items", 1) + "a variant") == "items");
  CHECK(policy::name_space_of("").empty());
  CHECK(policy::name_space_of("items").empty());
  CHECK(policy::name_space_of(key("items", 1).substr(0, 7)).empty());
}

TEST_CASE("a route with a share neither takes from others nor loses to them") {
  MemoryTier memory{
      config_with(8_MiB, {route("crawled", config::Share{2_MiB, 0}), route("rest", {})})};
  for (std::size_t i = 0; i < 100; ++i) put(memory, key("rest", i));
  for (std::size_t i = 0; i < 100'000; ++i) put(memory, key("crawled", i), 200);
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(has(memory, key("rest", i)));
  const auto parts = memory.parts();
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].route == "crawled");
  CHECK(parts[0].share == 2_MiB);
  CHECK(parts[0].stats.bytes <= (2_MiB).count);
  CHECK(parts[0].stats.bytes > (1_MiB).count);
  const std::string kept = key("crawled", 99'999);
  REQUIRE(has(memory, kept));
  for (std::size_t i = 0; i < 20'000; ++i) put(memory, key("rest", 1000 + i));
  CHECK(has(memory, kept));
  CHECK(memory.stats().bytes <= (8_MiB).count);
  CHECK(memory.stats().bytes - memory.parts()[0].stats.bytes <= (6_MiB).count);
}

TEST_CASE("a share may be a percentage, and takes what it is from all") {
  MemoryTier memory{config_with(10_MiB, {route("a", config::Share{{}, 40})})};
  for (std::size_t i = 0; i < 20'000; ++i) {
    put(memory, key("a", i));
    put(memory, key("b", i));
  }
  const std::uint64_t part = memory.parts()[0].stats.bytes;
  CHECK(part <= (4_MiB).count);
  CHECK(part > (3_MiB).count);
  const std::uint64_t rest = memory.stats().bytes - part;
  CHECK(rest <= (6_MiB).count + 1000);
  CHECK(rest > (5_MiB).count);
}

TEST_CASE("a route that admits at the second request keeps nothing that is asked for once") {
  MemoryTier memory{
      config_with(8_MiB, {route("second", {}, config::Admit::Second), route("first", {})})};
  put(memory, key("second", 1));
  CHECK_FALSE(has(memory, key("second", 1)));
  put(memory, key("second", 1));
  CHECK(has(memory, key("second", 1)));
  put(memory, key("first", 1));
  CHECK(has(memory, key("first", 1)));
  for (std::size_t i = 2; i < 1002; ++i) put(memory, key("second", i));
  CHECK(memory.stats().entries == 2);
  CHECK(memory.parts()[0].not_admitted == 1001);
}

TEST_CASE("what answers nobody is admitted at once") {
  MemoryTier memory{config_with(8_MiB, {route("a", {}, config::Admit::Second)})};
  for (const RecordKind kind : {RecordKind::VaryIndex, RecordKind::Uncacheable}) {
    const std::string name = key("a", static_cast<std::size_t>(kind));
    Draft record = response_draft(name, 0);
    record.kind = kind;
    memory.insert(lookup_key(name), Record::make(std::move(record)), kLater);
    CHECK(has(memory, name));
  }
}

TEST_CASE("what is not admitted leaves no older answer in its place") {
  MemoryTier memory{config_with(8_MiB, {route("a", {}, config::Admit::Second)})};
  const std::string name = key("a", 1);
  const LookupKey mine{name, 42};
  const LookupKey same_place{name, 42 + (std::uint64_t{1} << 40U)};
  memory.insert(mine, response(name, 1), kLater);
  memory.insert(mine, response(name, 1), kLater);
  REQUIRE(memory.find(mine, kNow));
  memory.insert(same_place, response(name, 1), kLater);  // the doorkeeper forgets the first
  memory.insert(mine, response(name, 2), kLater);
  CHECK_FALSE(memory.find(mine, kNow));
}

TEST_CASE("a walk sees all parts, and clear empties them") {
  MemoryTier memory{config_with(
      16_MiB, {route("a", config::Share{2_MiB, 0}), route("b", {}, config::Admit::Second),
               route("c", config::Share{2_MiB, 0})})};
  for (const char* name : {"a", "b", "b", "c", "d"}) put(memory, key(name, 1));
  std::multiset<std::string> keys;
  std::vector<RecordPtr> found;
  MemoryTier::Cursor cursor;
  while (!cursor.done) memory.visit(cursor, 7, found);
  for (const RecordPtr& record : found) keys.emplace(policy::name_space_of(record->key()));
  CHECK(keys == std::multiset<std::string>{"a", "b", "c", "d"});
  memory.erase(lookup_key(key("a", 1)));
  CHECK_FALSE(has(memory, key("a", 1)));
  CHECK(memory.stats().entries == 3);
  memory.clear();
  CHECK(memory.stats().entries == 0);
}
