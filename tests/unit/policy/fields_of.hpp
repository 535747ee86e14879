// Heads for the rule tables, written as one reads them: "Age: 5\nVary: a".
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "proxy/base/ascii.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/base/fields.hpp"

namespace wf::policy {

/// Views into `text`, which the tables write as literals.
inline std::vector<Field> fields_of(std::string_view text) {
  std::vector<Field> out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(':');
    out.push_back({line.substr(0, colon), ascii::trim(line.substr(colon + 1))});
  }
  return out;
}

/// Mon, 01 Jan 2024 00:00:00 GMT: the moment at which the tables receive their responses.
inline constexpr UnixTime kReceived{Millis{1'704'067'200'000}};

}  // namespace wf::policy
