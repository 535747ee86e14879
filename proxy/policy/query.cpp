// Which query parameters are keyed and sent (front SEC-03).
#include <algorithm>
#include <vector>

#include "proxy/policy/uri.hpp"

namespace wf::policy {
namespace {

std::string_view name_of(std::string_view pair) noexcept { return pair.substr(0, pair.find('=')); }

bool contains(const std::vector<std::string>& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool keeps(const config::QueryRule& rule, std::string_view pair) noexcept {
  const auto name = name_of(pair);
  if (rule.include) return contains(*rule.include, name);
  return !contains(rule.exclude, name);
}

/// Calls `each` with every pair, empty ones among them ("a&&b" has three). Returns false as soon as
/// `each` does.
template <class Each>
bool for_pairs(std::string_view query, Each each) {
  for (;;) {
    const auto end = query.find('&');
    if (!each(query.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    query.remove_prefix(end + 1);
  }
}

bool is_canonical(std::string_view query, const config::QueryRule& rule) {
  std::string_view previous;
  return for_pairs(query, [&](std::string_view pair) {
    const auto name = name_of(pair);
    if (!keeps(rule, pair) || (rule.sort && name < previous)) return false;
    previous = name;
    return true;
  });
}

}  // namespace

std::string_view canonical_query(std::string_view query, const config::QueryRule& rule,
                                 std::string& scratch) {
  if (query.empty() || is_canonical(query, rule)) return query;
  std::vector<std::string_view> pairs;
  for_pairs(query, [&](std::string_view pair) {
    if (keeps(rule, pair)) pairs.push_back(pair);
    return true;
  });
  if (rule.sort) {
    std::stable_sort(pairs.begin(), pairs.end(), [](std::string_view a, std::string_view b) {
      return name_of(a) < name_of(b);
    });
  }
  scratch.clear();
  for (const auto& pair : pairs) {
    if (&pair != pairs.data()) scratch += '&';
    scratch += pair;
  }
  return scratch;
}

void apply_query_rule(Target& target, const config::QueryRule& rule, std::string& scratch) {
  if (target.query.empty()) return;
  target.query = canonical_query(target.query, rule, scratch);
  if (target.query.empty()) target.has_query = false;
}

}  // namespace wf::policy
