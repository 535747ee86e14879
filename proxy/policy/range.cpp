#include "proxy/policy/range.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/http_date.hpp"
#include "proxy/policy/validation.hpp"

namespace wf::policy {
namespace {

// One range-spec. Without `first` it is a suffix of `last` bytes.
struct RangeSpec {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
};

// Absent is fine, digits are fine, anything else is not.
bool read_position(std::string_view text, std::optional<std::uint64_t>& out) noexcept {
  if (text.empty()) return true;
  out = ascii::parse_uint(text);
  return out.has_value();
}

std::optional<RangeSpec> parse_spec(std::string_view text) noexcept {
  const auto dash = text.find('-');
  RangeSpec out;
  if (dash == std::string_view::npos || !read_position(text.substr(0, dash), out.first) ||
      !read_position(text.substr(dash + 1), out.last)) {
    return std::nullopt;
  }
  if (!out.first && !out.last) return std::nullopt;
  if (out.first && out.last && *out.last < *out.first) return std::nullopt;
  return out;
}

// §14.1.2: the range within `length` bytes (> 0), or nothing if the spec lies outside.
std::optional<ByteRange> resolve(const RangeSpec& spec, std::uint64_t length) noexcept {
  if (!spec.first) {
    const auto size = std::min(*spec.last, length);
    if (size == 0) return std::nullopt;
    return ByteRange{length - size, length - 1};
  }
  if (*spec.first >= length) return std::nullopt;
  return ByteRange{*spec.first, std::min(spec.last.value_or(length - 1), length - 1)};
}

bool overlap(std::vector<ByteRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
  const auto touches = [](const ByteRange& a, const ByteRange& b) { return b.first <= a.last; };
  return std::adjacent_find(ranges.begin(), ranges.end(), touches) != ranges.end();
}

void append_number(std::uint64_t value, std::string& out) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// The set after "bytes=", or nothing for another unit.
std::optional<std::string_view> byte_range_set(FieldSpan request) noexcept {
  if (count_fields(request, "range") != 1) return std::nullopt;
  const auto value = ascii::trim(field_value(request, "range"));
  constexpr std::string_view kUnit = "bytes=";
  if (!ascii::iequals(value.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  return value.substr(kUnit.size());
}

}  // namespace

RangeDecision resolve_range(FieldSpan request, std::uint64_t length) {
  const auto set = byte_range_set(request);
  // No 206 can describe a part of nothing (§14.4), so an empty representation is sent whole.
  if (!set || length == 0) return {};
  RangeDecision out;
  std::size_t count = 0;
  auto rest = *set;
  for (auto text = ascii::next_element(rest); !text.empty(); text = ascii::next_element(rest)) {
    const auto spec = parse_spec(text);
    if (!spec || ++count > kMaxRanges) return {};
    if (const auto range = resolve(*spec, length)) out.ranges.push_back(*range);
  }
  if (count == 0 || overlap(out.ranges)) return {};
  out.outcome = out.ranges.empty() ? RangeOutcome::Unsatisfiable : RangeOutcome::Satisfiable;
  return out;
}

bool if_range_holds(FieldSpan request, FieldSpan stored) noexcept {
  const auto lines = count_fields(request, "if-range");
  if (lines != 1) return lines == 0;
  const auto value = ascii::trim(field_value(request, "if-range"));
  if (const auto date = parse_http_date(value)) {
    const auto modified = parse_http_date(ascii::trim(field_value(stored, "last-modified")));
    return modified == date && has_strong_last_modified(stored);
  }
  return strong_match(value, ascii::trim(field_value(stored, "etag")));
}

void append_content_range(ByteRange range, std::optional<std::uint64_t> length, std::string& out) {
  out += "bytes ";
  append_number(range.first, out);
  out += '-';
  append_number(range.last, out);
  out += '/';
  if (length) {
    append_number(*length, out);
  } else {
    out += '*';
  }
}

void append_unsatisfied_range(std::uint64_t length, std::string& out) {
  out += "bytes */";
  append_number(length, out);
}

std::optional<ContentRange> parse_content_range(std::string_view text) noexcept {
  text = ascii::trim(text);
  constexpr std::string_view kUnit = "bytes ";
  if (!ascii::iequals(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const auto slash = text.find('/');
  const auto dash = text.find('-');
  if (slash == std::string_view::npos || dash >= slash) return std::nullopt;
  const auto first = ascii::parse_uint(text.substr(0, dash));
  const auto last = ascii::parse_uint(text.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return std::nullopt;
  ContentRange out{{*first, *last}, std::nullopt};
  const auto complete = text.substr(slash + 1);
  if (complete == "*") return out;
  out.length = ascii::parse_uint(complete);
  if (!out.length || *out.length <= *last) return std::nullopt;
  return out;
}

}  // namespace wf::policy
