#include "proxy/admin/answers.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace wf::admin {

namespace {

namespace json = boost::json;
using State = invalidation::Receipt::State;

json::string_view text(std::string_view from) { return {from.data(), from.size()}; }

Answer answer(unsigned status, const json::object& body) {
  Answer out;
  out.status = status;
  out.body = json::serialize(body) + "\n";
  return out;
}

/// Whether it is known that nobody serves what was purged.
bool complete(State state) {
  return state == State::Everywhere || state == State::ByLease || state == State::Local;
}

json::array texts(const std::vector<std::string>& from) {
  json::array out;
  for (const std::string& each : from) out.emplace_back(each);
  return out;
}

}  // namespace

Answer refusal(unsigned status, std::string_view what) {
  json::object body;
  body["error"] = text(what);
  Answer out = answer(status, body);
  if (status == 401) out.extra = "WWW-Authenticate: Bearer realm=\"warmfront\"\r\n";
  if (status == 429) out.extra = "Retry-After: 1\r\n";
  return out;
}

Answer receipt_answer(const invalidation::Receipt& receipt, std::size_t selectors, Millis took) {
  json::object body;
  body["state"] = text(to_string(receipt.state));
  body["sequence"] = fmt::format("{}-{}", receipt.sequence.ms, receipt.sequence.n);
  body["selectors"] = selectors;
  body["took_ms"] = took.count();
  json::array nodes;
  for (const invalidation::NodeLag& node : receipt.nodes) {
    json::object each;
    each["name"] = node.name;
    each["state"] = text(to_string(node.state));
    each["lag_ms"] = node.lag.count();
    nodes.emplace_back(std::move(each));
  }
  body["nodes"] = std::move(nodes);
  return answer(complete(receipt.state) ? 200 : 202, body);
}

Answer dry_run_answer(const DryRun& dry_run, std::size_t selectors) {
  json::object body;
  body["dry_run"] = true;
  body["selectors"] = selectors;
  body["looked_at"] = dry_run.looked_at;
  body["matched"] = dry_run.matched;
  body["bytes"] = dry_run.bytes;
  body["keys"] = texts(dry_run.keys);
  return answer(200, body);
}

Answer health_answer(const Snapshot& snapshot) {
  const std::vector<std::string> reasons = degraded_by(snapshot);
  json::object body;
  body["status"] = reasons.empty() ? "ok" : "degraded";
  body["reasons"] = texts(reasons);
  body["redis"] = !snapshot.redis.configured                        ? "off"
                  : snapshot.redis.links_up == snapshot.redis.links ? "up"
                                                                    : "down";
  body["purge_log_silence_ms"] = snapshot.log_silence.count();
  body["purges_pending"] = snapshot.purges_pending;
  return answer(200, body);
}

Answer explain_answer(const server::Explanation& explanation) {
  json::object body;
  for (const auto& [name, value] : explanation.lines) body[text(name)] = value;
  return answer(200, body);
}

}  // namespace wf::admin
