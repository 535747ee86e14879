#include "proxy/base/fields.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf {

const Field* find_field(FieldSpan fields, std::string_view name) noexcept {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& f) { return ascii::iequals(f.name, name); });
  return it == fields.end() ? nullptr : &*it;
}

std::string_view field_value(FieldSpan fields, std::string_view name) noexcept {
  const Field* field = find_field(fields, name);
  return field == nullptr ? std::string_view{} : field->value;
}

bool has_field(FieldSpan fields, std::string_view name) noexcept {
  return find_field(fields, name) != nullptr;
}

std::size_t count_fields(FieldSpan fields, std::string_view name) noexcept {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [&](const Field& f) { return ascii::iequals(f.name, name); }));
}

std::optional<std::string> joined_value(FieldSpan fields, std::string_view name) {
  std::optional<std::string> out;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, name)) continue;
    if (out) {
      out->append(", ").append(field.value);
    } else {
      out.emplace(field.value);
    }
  }
  return out;
}

std::vector<Field> views(const OwnedFields& fields) {
  std::vector<Field> out;
  out.reserve(fields.size());
  for (const OwnedField& f : fields) out.push_back({f.name, f.value});
  return out;
}

OwnedFields owned(FieldSpan fields) {
  OwnedFields out;
  out.reserve(fields.size());
  for (const Field& f : fields) out.push_back({std::string{f.name}, std::string{f.value}});
  return out;
}

}  // namespace wf
