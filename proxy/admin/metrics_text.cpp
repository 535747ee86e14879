#include "proxy/admin/metrics_text.hpp"

#include <fmt/format.h>

#include "proxy/message/refusal.hpp"

namespace wf::admin {

namespace {

constexpr double kMicrosPerSecond = 1e6;

class Writer {
 public:
  void describe(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Value>
  void sample(std::string_view name, std::string_view labels, Value value) {
    out_ += labels.empty() ? fmt::format("{} {}\n", name, value)
                           : fmt::format("{}{{{}}} {}\n", name, labels, value);
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    describe(name, "counter", help);
    sample(name, {}, value);
  }
  template <class Value>
  void gauge(std::string_view name, std::string_view help, Value value) {
    describe(name, "gauge", help);
    sample(name, {}, value);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Route names are letters, digits, "_", "-" and ".": nothing to escape.
void write_requests(const Snapshot& snapshot, Writer& out) {
  constexpr std::string_view kName = "warmfront_requests_total";
  out.describe(kName, "counter", "Exchanges with clients by route and outcome.");
  for (std::size_t route = 0; route < snapshot.routes.size(); ++route) {
    for (std::size_t i = 0; i < observe::kOutcomes; ++i) {
      const std::uint64_t count = snapshot.by_route[route][i];
      if (count == 0) continue;
      out.sample(kName,
                 fmt::format("route=\"{}\",outcome=\"{}\"", snapshot.routes[route],
                             to_string(static_cast<policy::Outcome>(i))),
                 count);
    }
  }
}

/// Those of the rules from `first` to `last`.
void write_rules(const Snapshot& snapshot, std::string_view name, message::Rule first,
                 message::Rule last, Writer& out) {
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
    if (snapshot.refusals[i] == 0) continue;
    out.sample(name, fmt::format("rule=\"{}\"", to_string(static_cast<message::Rule>(i))),
               snapshot.refusals[i]);
  }
}

void write_refusals(const Snapshot& snapshot, Writer& out) {
  using message::Rule;
  constexpr std::string_view kRequests = "warmfront_bad_requests_total";
  out.describe(kRequests, "counter", "Requests refused by a rule of the front.");
  write_rules(snapshot, kRequests, Rule::F1, Rule::Version, out);
  constexpr std::string_view kResponses = "warmfront_bad_responses_total";
  out.describe(kResponses, "counter", "Answers of origins that broke a rule of the front.");
  write_rules(snapshot, kResponses, Rule::R1, Rule::R10, out);
  constexpr std::string_view kApplied = "warmfront_rules_applied_total";
  out.describe(kApplied, "counter", "Messages that went on, less what a rule takes from them.");
  write_rules(snapshot, kApplied, Rule::F11, Rule::R9, out);
}

void write_clients(const ClientSum& clients, Writer& out) {
  out.counter("warmfront_connections_total", "Connections of clients.", clients.begun);
  out.gauge("warmfront_connections_open", "Those that are open.", clients.begun - clients.ended);
  constexpr std::string_view kRefused = "warmfront_connections_refused_total";
  out.describe(kRefused, "counter", "Connections that were closed as they came.");
  out.sample(kRefused, "reason=\"limit\"", clients.over_limit);
  out.sample(kRefused, "reason=\"address-limit\"", clients.over_address_limit);
  out.sample(kRefused, "reason=\"proxy-header\"", clients.bad_introductions);
  out.counter("warmfront_connections_closed_after_refusal_total",
              "Connections that ended with a refused request (F14).", clients.closed_after_refusal);
  out.counter("warmfront_refused_bytes_total",
              "Bytes of refused requests and behind them that were thrown away (F14).",
              clients.refused_bytes);
  constexpr std::string_view kSlow = "warmfront_slow_clients_total";
  out.describe(kSlow, "counter", "Clients that were given up for being too slow.");
  out.sample(kSlow, "while=\"sending\"", clients.slow_requests);
  out.sample(kSlow, "while=\"reading\"", clients.slow_readers);
  out.gauge("warmfront_addresses_remembered", "Addresses with connections or requests counted.",
            clients.addresses);
}

void write_given_up(const Snapshot& snapshot, Writer& out) {
  constexpr std::string_view kName = "warmfront_given_up_total";
  out.describe(kName, "counter", "What was given up for want of memory.");
  out.sample(kName, "what=\"exchange\"", snapshot.exchanges_given_up);
  out.sample(kName, "what=\"task\"", snapshot.tasks_given_up);
}

void write_histogram(std::string_view cache, const HistogramSum& sum, Writer& out) {
  constexpr std::string_view kName = "warmfront_request_duration_seconds";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
    count += sum.buckets[i];
    const std::string bound =
        i < observe::kDurationBounds.size()
            ? fmt::format("{}", static_cast<double>(observe::kDurationBounds[i]) / kMicrosPerSecond)
            : std::string{"+Inf"};
    out.sample(fmt::format("{}_bucket", kName), fmt::format("cache=\"{}\",le=\"{}\"", cache, bound),
               count);
  }
  const std::string label = fmt::format("cache=\"{}\"", cache);
  out.sample(fmt::format("{}_sum", kName), label,
             static_cast<double>(sum.micros) / kMicrosPerSecond);
  out.sample(fmt::format("{}_count", kName), label, count);
}

void write_durations(const Snapshot& snapshot, Writer& out) {
  out.describe("warmfront_request_duration_seconds", "histogram",
               "From the end of a request's head to the end of its answer.");
  write_histogram("hit", snapshot.hits, out);
  write_histogram("other", snapshot.others, out);
}

void write_cache(const Snapshot& snapshot, Writer& out) {
  const cache::MemoryStats& memory = snapshot.memory;
  out.counter("warmfront_origin_requests_total", "Exchanges begun with origins.",
              snapshot.origin_requests);
  out.counter("warmfront_fills_total", "Fills begun.", snapshot.fills);
  out.gauge("warmfront_fills_active", "Fills under way.", snapshot.fills_active);
  out.gauge("warmfront_memory_bytes", "Memory taken by stored answers, index included.",
            memory.bytes);
  out.gauge("warmfront_memory_entries", "Answers in memory.", memory.entries);
  out.counter("warmfront_memory_hits_total", "Look-ups in memory that found something.",
              memory.hits);
  out.counter("warmfront_memory_misses_total", "Look-ups in memory that found nothing.",
              memory.misses);
  out.counter("warmfront_memory_evictions_total", "Answers that went for want of room.",
              memory.evictions);
  out.counter("warmfront_memory_refused_total", "Answers too large for memory.", memory.refused);
}

void write_memory_parts(const std::vector<cache::PartStats>& parts, Writer& out) {
  if (parts.empty()) return;
  const auto label = [](const cache::PartStats& part) {
    return fmt::format("route=\"{}\"", part.route);
  };
  constexpr std::string_view kShare = "warmfront_memory_share_bytes";
  out.describe(kShare, "gauge", "Memory that a route has for itself.");
  for (const auto& part : parts) out.sample(kShare, label(part), part.share.count);
  constexpr std::string_view kUsed = "warmfront_memory_share_used_bytes";
  out.describe(kUsed, "gauge", "What its answers take of that, index included.");
  for (const auto& part : parts) out.sample(kUsed, label(part), part.stats.bytes);
  constexpr std::string_view kNot = "warmfront_memory_not_admitted_total";
  out.describe(kNot, "counter", "Answers that were asked for once, and so were not kept.");
  for (const auto& part : parts) out.sample(kNot, label(part), part.not_admitted);
}

void write_purges(const Snapshot& snapshot, Writer& out) {
  constexpr std::string_view kName = "warmfront_purges_total";
  out.describe(kName, "counter", "Purges made by this proxy.");
  out.sample(kName, "by=\"write\"", snapshot.purges_by_write);
  out.sample(kName, "by=\"admin\"", snapshot.purges_by_admin);
  out.counter("warmfront_refetches_total", "Fills begun by purges of mode refresh.",
              snapshot.refetches);
  out.gauge("warmfront_purges_pending", "Selectors in force here that wait for Redis.",
            snapshot.purges_pending);
  out.gauge("warmfront_purge_table_entries", "Selectors remembered.", snapshot.purge_table_entries);
  out.gauge("warmfront_purge_log_silence_seconds",
            "Since the purge log was last known to be followed to its end.",
            static_cast<double>(snapshot.log_silence.count()) / 1000);
  out.counter("warmfront_template_values_missing_total",
              "Templates of tags or invalidation that lacked a value.", snapshot.missing_values);
  out.counter("warmfront_access_log_lost_total", "Lines of the access log that were lost.",
              snapshot.access_lines_lost);
}

void write_redis(const RedisSum& redis, Writer& out) {
  if (!redis.configured) return;
  constexpr std::string_view kName = "warmfront_redis_commands_total";
  out.describe(kName, "counter", "Commands of workers to Redis by result.");
  out.sample(kName, "result=\"ok\"", redis.ok);
  out.sample(kName, "result=\"rejected\"", redis.rejected);
  out.sample(kName, "result=\"timeout\"", redis.timeouts);
  out.sample(kName, "result=\"lost\"", redis.lost);
  out.sample(kName, "result=\"unavailable\"", redis.unavailable);
  out.gauge("warmfront_redis_links", "Connections that workers should have.", redis.links);
  out.gauge("warmfront_redis_links_up", "Those that are up.", redis.links_up);
  out.gauge("warmfront_redis_breakers_open", "Workers that do not ask Redis now.",
            redis.breakers_open);
  out.counter("warmfront_redis_connects_total", "Connections that came up.", redis.connects);
  out.counter("warmfront_redis_disconnects_total", "Connections that were lost.",
              redis.disconnects);
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
  Writer out;
  write_requests(snapshot, out);
  write_refusals(snapshot, out);
  write_clients(snapshot.clients, out);
  write_given_up(snapshot, out);
  write_durations(snapshot, out);
  write_cache(snapshot, out);
  write_memory_parts(snapshot.memory_parts, out);
  write_purges(snapshot, out);
  write_redis(snapshot.redis, out);
  return out.take();
}

}  // namespace wf::admin
