// A header section as plain data: views of names and values in the order in which they came.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wf {

struct Field {
  std::string_view name;
  std::string_view value;
};

/// Non-owning; the bytes live in the read buffer or in a record's head.
using FieldSpan = std::span<const Field>;

/// The first field of that name (compared without case), or null.
[[nodiscard]] const Field* find_field(FieldSpan fields, std::string_view name) noexcept;
/// The value of the first field of that name, or an empty view.
[[nodiscard]] std::string_view field_value(FieldSpan fields, std::string_view name) noexcept;
[[nodiscard]] bool has_field(FieldSpan fields, std::string_view name) noexcept;
[[nodiscard]] std::size_t count_fields(FieldSpan fields, std::string_view name) noexcept;
/// All values of that name joined with ", " (RFC 9110 §5.3); nothing if the field is absent.
[[nodiscard]] std::optional<std::string> joined_value(FieldSpan fields, std::string_view name);

/// Owned fields, for heads that outlive the buffer they were read from.
struct OwnedField {
  std::string name;
  std::string value;
  bool operator==(const OwnedField&) const = default;
};
using OwnedFields = std::vector<OwnedField>;

[[nodiscard]] std::vector<Field> views(const OwnedFields& fields);
[[nodiscard]] OwnedFields owned(FieldSpan fields);

}  // namespace wf
