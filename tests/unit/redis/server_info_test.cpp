#include "proxy/redis/server_info.hpp"

#include <catch2/catch.hpp>

using namespace wf::redis;

namespace {

/// As Redis 7 answers, where nothing is to be said.
const std::string kFine =
    "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n# Memory\r\n"
    "maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n\r\n# Persistence\r\n"
    "rdb_last_bgsave_status:ok\r\naof_enabled:0\r\n\r\n# Replication\r\nrole:master\r\n";

std::string with(std::string_view field, std::string_view value) {
  std::string info = kFine;
  const auto at = info.find("\n" + std::string{field} + ":") + 1;
  info.replace(at, info.find('\r', at) - at, std::string{field} + ":" + std::string{value});
  return info;
}

}  // namespace

TEST_CASE("fields of INFO") {
  CHECK(info_field(kFine, "redis_version") == "7.0.15");
  CHECK(info_field(kFine, "maxmemory") == "1000");
  CHECK(info_field(kFine, "role") == "master");
  CHECK(info_field(kFine, "max").empty());
  CHECK(info_field("", "role").empty());
  CHECK(info_field("role:slave", "role") == "slave");
}

TEST_CASE("a Redis that suits is not remarked on") {
  CHECK(remarks_on(kFine, "standalone").empty());
  CHECK(remarks_on(with("redis_mode", "cluster"), "cluster").empty());
  for (const char* version : {"6.2.0", "7.2.4", "10.0.0", "unstable"}) {
    CHECK(remarks_on(with("redis_version", version), "standalone").empty());
  }
  for (const char* policy : {"allkeys-lfu", "volatile-lru", "volatile-ttl"}) {
    CHECK(remarks_on(with("maxmemory_policy", policy), "standalone").empty());
  }
}

TEST_CASE("what does not suit is told with what to set") {
  struct Row {
    const char* field;
    const char* value;
    const char* says;
  };
  const Row rows[] = {{"redis_version", "6.0.16", "update it"},
                      {"redis_version", "5.0.7", "update it"},
                      {"redis_mode", "cluster", "redis+cluster://"},
                      {"redis_mode", "sentinel", "redis+sentinel://"},
                      {"role", "slave", "set url to its master"},
                      {"maxmemory", "0", "set maxmemory, and maxmemory-policy"},
                      {"maxmemory_policy", "noeviction", "set it to allkeys-lru"},
                      {"maxmemory_policy", "allkeys-random", "set it to allkeys-lru"},
                      {"rdb_last_bgsave_status", "err", "stop-writes-on-bgsave-error no"}};
  for (const Row& row : rows) {
    CAPTURE(row.field, row.value);
    const auto remarks = remarks_on(with(row.field, row.value), "standalone");
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].weight == Remark::Weight::Warning);
    CHECK(remarks[0].text.find(row.says) != std::string::npos);
  }
  const auto note = remarks_on(with("aof_enabled", "1"), "standalone");
  REQUIRE(note.size() == 1);
  CHECK(note[0].weight == Remark::Weight::Note);
}
