// Metrics in the Prometheus text format, version 0.0.4.
#pragma once

#include <string>

#include "proxy/admin/snapshot.hpp"

namespace wf::admin {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string metrics_text(const Snapshot& snapshot);

}  // namespace wf::admin
