#include "proxy/server/rest.hpp"

#include "proxy/policy/range.hpp"
#include "proxy/policy/validation.hpp"

namespace wf::server {

namespace {

Error unlike(std::string_view what) {
  return {ErrorCode::Unsupported, Side::Upstream, Retry::No,
          "the rest of a body: " + std::string{what}};
}

/// The request with two more fields before its empty line.
upstream::OutgoingRequest ranged(upstream::OutgoingRequest request, std::string_view etag,
                                 cache::ByteSpan span) {
  std::string fields = "Range: bytes=" + std::to_string(span.begin) + '-' +
                       std::to_string(span.end - 1) + "\r\nIf-Range: ";
  fields.append(etag).append("\r\n");
  request.head.insert(request.head.size() - 2, fields);
  return request;
}

bool is_that_part(const message::ResponseHead& head, std::string_view etag,
                  const cache::Record& record, cache::ByteSpan span) {
  if (head.status != 206) return false;
  const auto content = policy::parse_content_range(field_value(head.fields, "Content-Range"));
  if (!content || content->range != policy::ByteRange{span.begin, span.end - 1}) return false;
  if (content->length && *content->length != record.body_size) return false;
  return policy::strong_match(field_value(head.fields, "ETag"), etag);
}

}  // namespace

net::Task<Result<std::unique_ptr<upstream::Exchange>>> open_rest(upstream::Pool& pool,
                                                                 upstream::OutgoingRequest whole,
                                                                 cache::RecordPtr record,
                                                                 cache::ByteSpan span) {
  // Its offsets are those of the part, not of the representation.
  if (record->facts.status == 206) co_return unlike("of a part");
  // A request with content is not repeated for a part of its answer.
  if (whole.body.framing != message::Framing::None) co_return unlike("of a request with content");
  const std::vector<Field> stored = cache::head_fields(*record);
  const std::string_view etag = field_value(stored, "ETag");
  if (!policy::strong_match(etag, etag)) co_return unlike("no strong entity tag");
  auto opened = co_await upstream::open(pool, ranged(std::move(whole), etag, span));
  if (!opened) co_return opened;
  for (;;) {
    const auto head = co_await (*opened)->read_head();
    if (!head) co_return head.error();
    if ((*head)->interim()) continue;
    if (is_that_part(**head, etag, *record, span)) co_return opened;
    (*opened)->abandon();
    co_return unlike("the origin has another");
  }
}

}  // namespace wf::server
