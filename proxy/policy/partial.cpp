#include "proxy/policy/partial.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/http_date.hpp"
#include "proxy/policy/validation.hpp"

namespace wf::policy {
namespace {

std::string_view trimmed(FieldSpan fields, std::string_view name) noexcept {
  return ascii::trim(field_value(fields, name));
}

bool has_any_validator(FieldSpan fields) noexcept {
  return has_field(fields, "etag") || has_field(fields, "last-modified");
}

bool is_multipart(FieldSpan fields) noexcept {
  constexpr std::string_view kType = "multipart/byteranges";
  return ascii::iequals(trimmed(fields, "content-type").substr(0, kType.size()), kType);
}

std::optional<UnixTime> strong_last_modified(FieldSpan fields) noexcept {
  if (!has_strong_last_modified(fields)) return std::nullopt;
  return parse_http_date(trimmed(fields, "last-modified"));
}

// RFC 9110 §13.1.5: never a weak entity tag, and a date only where there is no tag at all.
std::string_view if_range_value(FieldSpan stored) noexcept {
  const auto etag = trimmed(stored, "etag");
  if (!etag.empty()) return strong_match(etag, etag) ? etag : std::string_view{};
  return strong_last_modified(stored) ? trimmed(stored, "last-modified") : std::string_view{};
}

// The one range without which a part is not the whole; nothing if there are two, or none.
std::optional<ByteRange> missing_range(const Extent& held) noexcept {
  if (held.size == 0 || !held.length || held.is_whole()) return std::nullopt;
  if (held.first == 0) return ByteRange{held.end(), *held.length - 1};
  if (held.reaches_end()) return ByteRange{0, held.first - 1};
  return std::nullopt;
}

}  // namespace

std::optional<Extent> extent_of_part(FieldSpan response, std::uint64_t size) noexcept {
  if (count_fields(response, "content-range") != 1 || is_multipart(response)) return std::nullopt;
  const auto said = parse_content_range(field_value(response, "content-range"));
  if (!said || !said->length || size == 0) return std::nullopt;
  const Extent claimed{said->range.first, said->range.last - said->range.first + 1, said->length};
  if (claimed.size == size) return claimed;
  const bool borne = size < claimed.size && claimed.reaches_end() && !has_any_validator(response);
  return borne ? std::optional{Extent{claimed.first, size, std::nullopt}} : std::nullopt;
}

Extent stored_extent(unsigned status, FieldSpan stored, std::uint64_t size) noexcept {
  if (status != 206) return whole_extent(size);
  const auto said = parse_content_range(field_value(stored, "content-range"));
  if (!said) return {0, 0, std::nullopt};  // holds nothing that could be asked for
  return {said->range.first, size, said->length};
}

void append_content_range(const Extent& extent, std::string& out) {
  append_content_range(ByteRange{extent.first, extent.end() - 1}, extent.length, out);
}

RangeDecision ranges_within(const Extent& held, FieldSpan request, FieldSpan stored) {
  if (!if_range_holds(request, stored)) return {};
  RangeDecision out = resolve_range(request, held.length.value_or(held.end()));
  if (held.is_whole()) return out;
  const auto missing = [&](const ByteRange& range) {
    return range.first < held.first || range.last >= held.end();
  };
  const bool enough = out.outcome == RangeOutcome::Satisfiable &&
                      std::none_of(out.ranges.begin(), out.ranges.end(), missing);
  return enough ? out : RangeDecision{};
}

OwnedFields completion_fields(const Extent& held, FieldSpan stored) {
  const auto missing = missing_range(held);
  if (!missing) return {};
  std::string range = "bytes=" + std::to_string(missing->first) + '-';
  if (held.first != 0) range += std::to_string(missing->last);
  OwnedFields out{{"Range", std::move(range)}};
  const auto validator = if_range_value(stored);
  if (!validator.empty()) out.push_back({"If-Range", std::string{validator}});
  return out;
}

RestAnswer judge_rest(const Extent& held, FieldSpan stored, unsigned status,
                      FieldSpan response) noexcept {
  if (status == 416) return RestAnswer::Useless;
  if (status != 206) return RestAnswer::Instead;
  const auto said = parse_content_range(field_value(response, "content-range"));
  const bool one_part = count_fields(response, "content-range") == 1 && !is_multipart(response);
  if (!said || !one_part || !may_combine(stored, response)) return RestAnswer::Useless;
  const bool rest = said->length == held.length && said->range == missing_range(held);
  return rest ? RestAnswer::Completes : RestAnswer::Useless;
}

bool may_combine(FieldSpan stored, FieldSpan response) noexcept {
  const auto old_tag = trimmed(stored, "etag");
  const auto new_tag = trimmed(response, "etag");
  if (!old_tag.empty() || !new_tag.empty()) return strong_match(old_tag, new_tag);
  const auto modified = strong_last_modified(stored);
  return modified && modified == strong_last_modified(response);
}

std::optional<Extent> combined_extent(const Extent& a, const Extent& b) noexcept {
  if (!a.length || a.length != b.length) return std::nullopt;
  if (a.end() < b.first || b.end() < a.first) return std::nullopt;
  const std::uint64_t first = std::min(a.first, b.first);
  return Extent{first, std::max(a.end(), b.end()) - first, a.length};
}

OwnedFields combined_fields(FieldSpan stored, FieldSpan response) {
  OwnedFields out = merge_not_modified(stored, response);
  std::erase_if(
      out, [](const OwnedField& field) { return ascii::iequals(field.name, "content-range"); });
  return out;
}

std::vector<Field> without_content_range(FieldSpan fields) {
  std::vector<Field> out{fields.begin(), fields.end()};
  std::erase_if(out,
                [](const Field& field) { return ascii::iequals(field.name, "content-range"); });
  return out;
}

}  // namespace wf::policy
