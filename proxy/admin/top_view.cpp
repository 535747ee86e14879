#include "proxy/admin/top_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "proxy/base/ascii.hpp"

namespace wf::admin {

namespace {

constexpr std::string_view kRequests = "warmfront_requests_total{";
constexpr std::string_view kHits = "warmfront_request_duration_seconds_count{cache=\"hit\"}";
constexpr std::string_view kOthers = "warmfront_request_duration_seconds_count{cache=\"other\"}";
constexpr double kMebi = 1048576;

double value_of(const Samples& samples, std::string_view name) {
  const auto found = samples.find(name);
  return found == samples.end() ? 0 : found->second;
}

/// How much a counter has grown; one that was begun anew in between, since then.
double grown(const Samples& before, const Samples& now, std::string_view name) {
  const double was = value_of(before, name);
  const double is = value_of(now, name);
  return is < was ? is : is - was;
}

struct Row {
  double hits = 0;
  double others = 0;
  double origin = 0;
  double purges = 0;
  double memory = 0;
  double entries = 0;
  double pending = 0;
  double links = 0;
  double links_up = 0;
  double silence = 0;  ///< seconds since the purge log was last followed to its end
};

Row row_of(const Samples& before, const Samples& now) {
  Row row;
  row.hits = grown(before, now, kHits);
  row.others = grown(before, now, kOthers);
  row.origin = grown(before, now, "warmfront_origin_requests_total");
  row.purges = grown(before, now, "warmfront_purges_total{by=\"write\"}") +
               grown(before, now, "warmfront_purges_total{by=\"admin\"}");
  row.memory = value_of(now, "warmfront_memory_bytes");
  row.entries = value_of(now, "warmfront_memory_entries");
  row.pending = value_of(now, "warmfront_purges_pending");
  row.links = value_of(now, "warmfront_redis_links");
  row.links_up = value_of(now, "warmfront_redis_links_up");
  row.silence = value_of(now, "warmfront_purge_log_silence_seconds");
  return row;
}

void add(const Row& row, Row& sum) {
  sum.hits += row.hits;
  sum.others += row.others;
  sum.origin += row.origin;
  sum.purges += row.purges;
  sum.memory += row.memory;
  sum.entries += row.entries;
  sum.pending += row.pending;
  sum.links += row.links;
  sum.links_up += row.links_up;
  sum.silence = std::max(sum.silence, row.silence);
}

std::string line_of(std::string_view name, const Row& row, double seconds) {
  const double all = row.hits + row.others;
  const std::string ratio = all > 0 ? fmt::format("{:.1f}", 100 * row.hits / all) : "-";
  const std::string links =
      row.links > 0 ? fmt::format("{:.0f}/{:.0f}", row.links_up, row.links) : "none";
  return fmt::format(
      "{:<24} {:>9.1f} {:>6} {:>9.1f} {:>8.1f} {:>8.1f} {:>9.0f} {:>6} {:>8.0f} {:>7.0f}\n", name,
      all / seconds, ratio, row.origin / seconds, row.purges / seconds, row.memory / kMebi,
      row.entries, links, row.silence * 1000, row.pending);
}

/// `outcome="…"` of a sample of requests_total; empty: it is none.
std::string_view outcome_of(std::string_view sample) {
  if (!sample.starts_with(kRequests)) return {};
  constexpr std::string_view kLabel = "outcome=\"";
  const std::size_t at = sample.find(kLabel);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = sample.substr(at + kLabel.size());
  return rest.substr(0, rest.find('"'));
}

std::string outcomes_of(const std::map<std::string, double, std::less<>>& rates) {
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [outcome, rate] : rates) {
    if (rate > 0) sorted.emplace_back(rate, outcome);
  }
  std::sort(sorted.rbegin(), sorted.rend());
  std::string out = "outcomes/s:";
  for (const auto& [rate, outcome] : sorted) out += fmt::format(" {} {:.1f}", outcome, rate);
  return out + (sorted.empty() ? " none\n" : "\n");
}

}  // namespace

Samples parse_metrics(std::string_view text) {
  Samples samples;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string_view::npos) continue;
    const std::string number{line.substr(blank + 1)};
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (end != number.c_str() + number.size() || number.empty()) continue;
    samples[std::string{line.substr(0, blank)}] = value;
  }
  return samples;
}

std::string top_text(const std::vector<Look>& before, const std::vector<Look>& now,
                     double seconds) {
  std::string out = fmt::format("{:<24} {:>9} {:>6} {:>9} {:>8} {:>8} {:>9} {:>6} {:>8} {:>7}\n",
                                "proxy", "req/s", "hit%", "origin/s", "purges/s", "MiB", "answers",
                                "redis", "log ms", "pending");
  Row sum;
  std::map<std::string, double, std::less<>> outcomes;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Look& look = now[i];
    if (!look.trouble.empty()) {
      out += fmt::format("{:<24} {}\n", look.proxy, look.trouble);
      continue;
    }
    const Samples& earlier = before[i].samples;
    const Row row = row_of(earlier, look.samples);
    out += line_of(look.proxy, row, seconds);
    add(row, sum);
    for (const auto& [name, value] : look.samples) {
      const std::string_view outcome = outcome_of(name);
      if (!outcome.empty()) {
        outcomes[std::string{outcome}] += grown(earlier, look.samples, name) / seconds;
      }
    }
  }
  if (now.size() > 1) out += line_of("all", sum, seconds);
  return out + outcomes_of(outcomes);
}

}  // namespace wf::admin
