#include "config/names.hpp"
#include "config/redis_url.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace wf::config {
namespace {

constexpr milliseconds kShortestLease = 100ms;  // it is renewed at a third: sooner is all renewals

constexpr std::array<std::pair<std::string_view, OnDown>, 3> kOnDown{
    {{"memory", OnDown::Memory}, {"origin", OnDown::Origin}, {"fail", OnDown::Fail}}};

void read_memory(const Value& value, MemoryStore& out) {
  value.read_map("a map such as {size: 256MiB}", [&](Map& map) {
    map.get("size", out.size);
    map.get("max_object_size", out.max_object_size);
  });
}

void read_url(const Value& value, RedisStore& out) {
  RedisStore parsed;
  read_parsed(value, parsed, "a URL such as redis://127.0.0.1:6379/0", parse_redis_url);
  out.address = std::move(parsed.address);
  out.user = std::move(parsed.user);
  out.password = std::move(parsed.password);
  out.database = parsed.database;
}

void read_lease(const Value& value, milliseconds& out) {
  read_positive(value, out);
  if (out < kShortestLease) value.problem("must be at least 100ms");
}

void read_redis(const Value& value, std::optional<RedisStore>& out) {
  constexpr auto kPositive = [](const Value& v, milliseconds& t) { read_positive(v, t); };
  out.reset();
  if (value.is_word("off")) return;
  RedisStore redis;
  value.read_map("off or a map such as {url: \"redis://127.0.0.1:6379/0\"}", [&](Map& map) {
    map.get("url", redis, read_url);
    map.get("prefix", redis.prefix, [](const Value& v, std::string& prefix) {
      read_parsed(v, prefix, "a text", parse_key_prefix);
    });
    map.get("timeout", redis.timeout, kPositive);
    map.get("connect_timeout", redis.connect_timeout, kPositive);
    map.get("on_down", redis.on_down,
            [](const Value& v, OnDown& on_down) { read_choice(v, on_down, kOnDown); });
    map.get("on_down_grace", redis.on_down_grace);
    map.get("lease", redis.lease, read_lease);
    map.get("coherence_timeout", redis.coherence_timeout, kPositive);
  });
  out = std::move(redis);
}

}  // namespace

void read(const Value& value, Store& out) {
  value.read_map("a map with memory and redis", [&](Map& map) {
    map.get("memory", out.memory, read_memory);
    map.get("redis", out.redis, read_redis);
    map.get("max_object_size", out.max_object_size,
            [](const Value& v, Bytes& size) { read_positive(v, size); });
    map.get("lock_lease", out.lock_lease, read_lease);
    map.get("lock_wait", out.lock_wait);
    map.get("max_lifetime", out.max_lifetime,
            [](const Value& v, milliseconds& time) { read_positive(v, time); });
  });
}

}  // namespace wf::config
