// Which bytes may stand in a configuration file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"

namespace wf::config {

struct BadByte {
  Position position;  ///< the column counts characters, as yaml-cpp does
  std::string what;
};

/// The first byte that is a control character or not UTF-8 (RFC 3629). yaml-cpp would take 0x04
/// for the end of the file, replace broken characters and read UTF-16, all in silence.
[[nodiscard]] std::optional<BadByte> first_bad_byte(std::string_view text);

}  // namespace wf::config
