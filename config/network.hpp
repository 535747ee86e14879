// Ranges of addresses as people write them.
#pragma once

#include <string_view>

#include "config/parsed.hpp"
#include "config/types.hpp"

namespace wf::config {

/// "10.0.0.0/8", "2001:db8::/32", or one address. Bits behind the prefix are a mistake.
[[nodiscard]] Parsed<Network> parse_network(std::string_view text);

}  // namespace wf::config
