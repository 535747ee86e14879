// Answers of the admin listener: JSON, and what a purge's receipt looks like in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/dry_run.hpp"
#include "proxy/admin/snapshot.hpp"
#include "proxy/invalidation/purge.hpp"
#include "proxy/server/explain.hpp"

namespace wf::admin {

struct Answer {
  unsigned status = 200;
  std::string body{};
  std::string_view type = "application/json";
  std::string_view extra{};  ///< whole field lines
};

/// {"error": "…"}
[[nodiscard]] Answer refusal(unsigned status, std::string_view what);

/// 200 where no proxy can serve any more what was purged, 202 where that is not known.
[[nodiscard]] Answer receipt_answer(const invalidation::Receipt& receipt, std::size_t selectors,
                                    Millis took);
[[nodiscard]] Answer dry_run_answer(const DryRun& dry_run, std::size_t selectors);
[[nodiscard]] Answer health_answer(const Snapshot& snapshot);
[[nodiscard]] Answer explain_answer(const server::Explanation& explanation);

}  // namespace wf::admin
