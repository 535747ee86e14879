// What `warmfront top` shows: two looks at the metrics of some proxies become a table.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wf::admin {

/// Samples by name and labels, as they are written: `name{label="value"}`.
using Samples = std::map<std::string, double, std::less<>>;

/// Of Prometheus' text format; lines that are no sample are passed over.
[[nodiscard]] Samples parse_metrics(std::string_view text);

/// One proxy at one moment.
struct Look {
  std::string proxy;    ///< the address that was asked
  std::string trouble;  ///< why there are no samples; empty: there are
  Samples samples;
};

/// A line for each proxy of `now`, a sum, and outcomes by rate. `before`: the same proxies
/// `seconds` earlier, in the same order; rates of who was not reached then count from its start.
/// Ends with a new line.
[[nodiscard]] std::string top_text(const std::vector<Look>& before, const std::vector<Look>& now,
                                   double seconds);

}  // namespace wf::admin
