#include "proxy/policy/tags.hpp"

#include <algorithm>
#include <utility>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/structured_fields.hpp"

namespace wf::policy {
namespace {

void add(std::string tag, std::vector<std::string>& tags) {
  if (tag.empty() || std::find(tags.begin(), tags.end(), tag) != tags.end()) return;
  tags.push_back(std::move(tag));
}

void append_split(std::string_view text, char separator, std::vector<std::string>& tags) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    add(normal_tag(ascii::trim(text.substr(0, end))), tags);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::string> groups(FieldSpan response, std::string_view name) {
  const auto value = joined_value(response, name);
  if (!value) return {};
  return parse_string_list(*value).value_or(std::vector<std::string>{});
}

}  // namespace

std::string normal_tag(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

std::string group_tag(std::string_view origin, std::string_view group) {
  return std::string{"group "}.append(origin).append(" ").append(normal_tag(group));
}

void append_response_tags(FieldSpan response, std::string_view origin,
                          std::vector<std::string>& tags) {
  for (const Field& field : response) {
    if (ascii::iequals(field.name, "cache-tag")) append_split(field.value, ',', tags);
    if (ascii::iequals(field.name, "surrogate-key")) append_split(field.value, ' ', tags);
  }
  for (const std::string& group : groups(response, "cache-groups")) {
    add(group_tag(origin, group), tags);
  }
}

bool within_bounds(const std::vector<std::string>& tags) noexcept {
  return tags.size() <= kMostTags &&
         std::all_of(tags.begin(), tags.end(),
                     [](const std::string& tag) { return tag.size() <= kLongestTag; });
}

std::vector<std::string> invalidated_groups(FieldSpan response, std::string_view origin) {
  std::vector<std::string> tags;
  for (const std::string& group : groups(response, "cache-group-invalidation")) {
    add(group_tag(origin, group), tags);
  }
  return tags;
}

}  // namespace wf::policy
