#include "proxy/server/ranges.hpp"

#include "proxy/base/ascii.hpp"
#include "proxy/message/write.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

struct Held {
  const cache::Record& record;
  const policy::Extent extent;
};

/// A range of the representation, as bytes of what is stored of it.
RangePart part_of(const Held& held, policy::ByteRange range) {
  return {{}, {range.first - held.extent.first, range.last + 1 - held.extent.first}};
}

RangePart text_part(std::string_view text) { return {Chunk::copy_of(text), {}}; }

std::string content_range(const Held& held, policy::ByteRange range) {
  std::string text;
  policy::append_content_range(range, held.extent.length, text);
  return text;
}

/// All stored fields but those that the range replaces.
void append_kept_fields(std::string& head, FieldSpan stored, bool multipart) {
  for (const Field& field : stored) {
    if (ascii::iequals(field.name, "Content-Length")) continue;
    if (ascii::iequals(field.name, "Content-Range")) continue;
    if (multipart && ascii::iequals(field.name, "Content-Type")) continue;
    static_cast<void>(message::append_field(head, field.name, field.value));
  }
}

RangeAnswer unsatisfiable(const cache::Record& record, FieldSpan stored) {
  RangeAnswer answer;
  message::append_status_line(answer.head, 416);
  std::string range;
  policy::append_unsatisfied_range(record.body_size, range);
  static_cast<void>(message::append_field(answer.head, "Content-Range", range));
  for (const char* name : {"Date", "ETag", "Via"}) {
    if (const Field* field = find_field(stored, name)) {
      static_cast<void>(message::append_field(answer.head, field->name, field->value));
    }
  }
  message::append_number_field(answer.head, "Content-Length", std::uint64_t{0});
  return answer;
}

RangeAnswer single(const Held& held, FieldSpan stored, policy::ByteRange range) {
  RangeAnswer answer;
  message::append_status_line(answer.head, 206);
  append_kept_fields(answer.head, stored, false);
  static_cast<void>(
      message::append_field(answer.head, "Content-Range", content_range(held, range)));
  message::append_number_field(answer.head, "Content-Length", range.last - range.first + 1);
  answer.body.push_back(part_of(held, range));
  return answer;
}

/// RFC 9110 §14.6. The boundary is the entity's random id, which no body can foresee.
RangeAnswer multipart(const Held& held, FieldSpan stored,
                      const std::vector<policy::ByteRange>& ranges) {
  const auto& entity = held.record.id;
  const std::string_view id{reinterpret_cast<const char*>(entity.data()), entity.size()};
  const std::string boundary = ascii::hex(id);
  const std::string_view type = field_value(stored, "Content-Type");
  RangeAnswer answer;
  std::uint64_t length = 0;
  for (const policy::ByteRange& range : ranges) {
    std::string part = "\r\n--" + boundary + "\r\n";
    if (!type.empty()) static_cast<void>(message::append_field(part, "Content-Type", type));
    static_cast<void>(message::append_field(part, "Content-Range", content_range(held, range)));
    part += "\r\n";
    length += part.size() + range.last - range.first + 1;
    answer.body.push_back(text_part(part));
    answer.body.push_back(part_of(held, range));
  }
  answer.body.push_back(text_part("\r\n--" + boundary + "--\r\n"));
  length += answer.body.back().text.size();
  message::append_status_line(answer.head, 206);
  append_kept_fields(answer.head, stored, true);
  static_cast<void>(message::append_field(answer.head, "Content-Type",
                                          "multipart/byteranges; boundary=" + boundary));
  message::append_number_field(answer.head, "Content-Length", length);
  return answer;
}

}  // namespace

std::vector<Chunk> slices(const cache::Record& record, const RangeAnswer& answer) {
  std::vector<Chunk> out;
  for (const RangePart& part : answer.body) {
    if (!part.text.empty()) out.push_back(part.text);
    for (Chunk& slice : cache::slices(record, part.span)) out.push_back(std::move(slice));
  }
  return out;
}

RangeAnswer make_range_answer(const cache::Record& record, FieldSpan stored,
                              const policy::RangeDecision& ranges) {
  if (ranges.outcome == policy::RangeOutcome::Unsatisfiable) return unsatisfiable(record, stored);
  const Held held{record, extent_of(record)};
  if (ranges.ranges.size() == 1) return single(held, stored, ranges.ranges.front());
  return multipart(held, stored, ranges.ranges);
}

}  // namespace wf::server
