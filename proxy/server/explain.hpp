// What the proxy would do with a request, and why; nothing is sent.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proxy/base/fields.hpp"
#include "proxy/server/shared.hpp"

namespace wf::server {

struct ExplainQuestion {
  std::string method = "GET";
  std::string url;  ///< "http://host/path?query"
  OwnedFields fields;
};

/// Names and values in the order in which they are shown: route, key, decision, why…
struct Explanation {
  std::vector<std::pair<std::string, std::string>> lines;
  void add(std::string name, std::string value) {
    lines.emplace_back(std::move(name), std::move(value));
  }
};

/// Looks into the memory of `shared` as well; where that is empty, what the configuration says is
/// left. Rejected if the question is not one.
[[nodiscard]] Result<Explanation> explain(Shared& shared, const ExplainQuestion& question);

}  // namespace wf::server
