// What Prometheus reads.
#include "proxy/admin/metrics_text.hpp"

#include <catch2/catch.hpp>

#include "proxy/message/refusal.hpp"

using namespace wf;
using namespace wf::admin;

namespace {

Snapshot sample() {
  Snapshot out;
  out.routes = {"items", ""};
  out.by_route.resize(2);
  out.by_route[0][static_cast<std::size_t>(policy::Outcome::HitFresh)] = 5;
  out.by_route[1][static_cast<std::size_t>(policy::Outcome::NoRoute)] = 2;
  out.refusals[static_cast<std::size_t>(message::Rule::F5)] = 3;
  out.refusals[static_cast<std::size_t>(message::Rule::R4)] = 6;
  out.refusals[static_cast<std::size_t>(message::Rule::R9)] = 8;
  out.clients.closed_after_refusal = 3;
  out.clients.refused_bytes = 1234;
  out.hits.buckets[0] = 4;
  out.hits.buckets.back() = 1;
  out.hits.micros = 2'500'000;
  out.purges_by_admin = 7;
  out.memory_parts.resize(1);
  out.memory_parts[0].route = "items";
  out.memory_parts[0].share = 2_MiB;
  out.memory_parts[0].stats.bytes = 70;
  out.memory_parts[0].not_admitted = 6;
  return out;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("counters, gauges and histograms are written as Prometheus reads them") {
  Snapshot snapshot = sample();
  const std::string text = metrics_text(snapshot);
  for (const std::string line : {
           "# TYPE warmfront_requests_total counter",
           "warmfront_requests_total{route=\"items\",outcome=\"hit\"} 5",
           "warmfront_requests_total{route=\"\",outcome=\"no-route\"} 2",
           "warmfront_bad_requests_total{rule=\"F5\"} 3",
           "warmfront_bad_responses_total{rule=\"R4\"} 6",
           "warmfront_rules_applied_total{rule=\"R9\"} 8",
           "warmfront_connections_closed_after_refusal_total 3",
           "warmfront_refused_bytes_total 1234",
           "warmfront_memory_share_bytes{route=\"items\"} 2097152",
           "warmfront_memory_share_used_bytes{route=\"items\"} 70",
           "warmfront_memory_not_admitted_total{route=\"items\"} 6",
           "# TYPE warmfront_request_duration_seconds histogram",
           "warmfront_request_duration_seconds_bucket{cache=\"hit\",le=\"0.0001\"} 4",
           "warmfront_request_duration_seconds_bucket{cache=\"hit\",le=\"30\"} 4",
           "warmfront_request_duration_seconds_bucket{cache=\"hit\",le=\"+Inf\"} 5",
           "warmfront_request_duration_seconds_sum{cache=\"hit\"} 2.5",
           "warmfront_request_duration_seconds_count{cache=\"hit\"} 5",
           "warmfront_purges_total{by=\"admin\"} 7",
       }) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("redis") == std::string::npos);
  snapshot.redis.configured = true;
  snapshot.redis.timeouts = 9;
  CHECK(has_line(metrics_text(snapshot), "warmfront_redis_commands_total{result=\"timeout\"} 9"));
}

TEST_CASE("every sample belongs to a described family, and every family is described once") {
  const std::string text = metrics_text(sample());
  std::vector<std::string> described;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("# HELP ")) {
      const std::string name = line.substr(7, line.find(' ', 7) - 7);
      CHECK(std::find(described.begin(), described.end(), name) == described.end());
      described.push_back(name);
    } else if (!line.starts_with("#")) {
      CAPTURE(line);
      CHECK(line.starts_with(described.back()));
    }
  }
  CHECK(described.size() > 15);
}

TEST_CASE("degraded says by what") {
  Snapshot snapshot;
  CHECK(degraded_by(snapshot).empty());
  snapshot.redis.configured = true;
  snapshot.redis.links = 2;
  snapshot.redis.links_up = 1;
  snapshot.redis.breakers_open = 1;
  snapshot.log_silence = Millis{4000};
  snapshot.purges_pending = 3;
  CHECK(degraded_by(snapshot) ==
        std::vector<std::string>{
            "redis: 1 of 2 connections are down", "redis: the breaker is open in 1 of 2 workers",
            "purge log: not followed for 4000 ms", "purges: 3 wait for Redis"});
}
