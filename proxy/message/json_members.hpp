// Single values out of a JSON body, for templates.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proxy/base/fields.hpp"

namespace wf::message {

/// The scalars under dotted names such as "user.id" or "items.0.id": strings as they are, numbers
/// and booleans as JSON writes them. Left out: what is missing, null, an object or an array; of a
/// text that is not JSON (RFC 8259), everything.
[[nodiscard]] OwnedFields json_scalars(std::string_view text, std::span<const std::string> names);

}  // namespace wf::message
