// What POST /purge is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "proxy/invalidation/purge.hpp"

namespace wf::admin {

inline constexpr std::size_t kLargestOrder = 1U << 20U;  ///< bytes
inline constexpr std::size_t kMostTargets = 10'000;      ///< of one order

/// As written: nothing is looked up yet.
struct PurgeOrder {
  std::vector<std::string> urls;
  std::vector<std::string> tags;
  std::vector<std::string> prefixes;
  std::vector<std::string> patterns;
  std::vector<std::string> namespaces;
  std::string host;  ///< of urls, prefixes and patterns that are written without
  invalidation::PurgeMode mode = invalidation::PurgeMode::Hard;
  config::Wait wait = config::Wait::Fleet;
  bool dry_run = false;
};

/// A JSON object; strict: unknown members, other types and an order without targets are errors. The
/// error is a sentence for the one who wrote it.
[[nodiscard]] boost::system::result<PurgeOrder, std::string> parse_purge_order(
    std::string_view text);

/// The same as JSON, for those who send it.
[[nodiscard]] std::string to_json(const PurgeOrder& order);

}  // namespace wf::admin
