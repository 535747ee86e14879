#include "proxy/server/origin_request.hpp"

#include "proxy/base/ascii.hpp"
#include "proxy/message/write.hpp"
#include "proxy/policy/http_date.hpp"

namespace wf::server {

namespace {

/// Most heads fit, and what is too much costs less than growing.
constexpr std::size_t kUsualHead = 1024;

/// A body goes on framed as it came; a method that has one by nature says so even when it is empty
/// (RFC 9110 §8.6).
void append_framing(std::string& head, const message::RequestHead& request) {
  switch (request.framing) {
    case message::Framing::Chunked:
      head += "Transfer-Encoding: chunked\r\n";
      return;
    case message::Framing::Length:
      message::append_number_field(head, "Content-Length", request.content_length);
      return;
    case message::Framing::None:
    case message::Framing::UntilClose:
      break;
  }
  using policy::Method;
  if (request.method == Method::Post || request.method == Method::Put ||
      request.method == Method::Patch) {
    message::append_number_field(head, "Content-Length", std::uint64_t{0});
  }
}

/// What is looked into for members of its JSON must come as it is.
bool looked_into(const Request& request, policy::Purpose purpose) {
  const policy::RouteTemplates& templates = *request.route.templates;
  if (purpose == policy::Purpose::Fill) return !templates.tag_members.empty();
  return !policy::is_safe(request.method()) && !templates.response_members.empty();
}

bool replayable(const Request& request) {
  return policy::is_idempotent(request.method()) && !request.head.has_body();
}

}  // namespace

upstream::OutgoingRequest make_origin_request(const Shared& shared, const Request& request,
                                              const Asker& asker, policy::Purpose purpose,
                                              const OwnedFields& conditions) {
  const config::Config& config = *shared.config;
  const config::Route& route = *request.route.route;
  const auto& host = request.footing->config().upstreams.at(route.upstream).host;

  policy::ForwardContext context;
  context.purpose = purpose;
  context.cache = route.cache ? &*route.cache : nullptr;
  context.trust_forwarded = asker.forwarded;
  context.version = request.head.version;
  context.via = config.via;
  context.client = asker.address;
  context.peer = asker.peer;
  context.scheme = asker.scheme;
  context.authority = request.authority;
  context.host = host ? std::string_view{*host} : request.authority;
  context.identity = looked_into(request, purpose);

  upstream::OutgoingRequest outgoing;
  // A HEAD may find something stale to refresh; what is fetched for the cache is the whole.
  const bool whole = purpose == policy::Purpose::Fill && request.method() == policy::Method::Head;
  outgoing.method = whole ? policy::Method::Get : request.method();
  outgoing.replayable = replayable(request);
  // A request with content is answered in HTTP/1.1 (RFC 9110 §7.8 leaves it to us): its bytes and
  // those of the tunnel must not meet in one buffer.
  outgoing.upgrade = !request.head.upgrade.empty() && route.upgrade && !request.head.has_body();
  outgoing.body = {request.head.framing, request.head.content_length};
  // Target and method were checked by the front's rules; a byte that could split a line cannot be
  // in them.
  const std::string_view method = whole ? "GET" : request.head.method_text;
  outgoing.head.reserve(kUsualHead);
  static_cast<void>(message::append_request_line(outgoing.head, method, request.target));
  policy::append_forwarded_fields(context, request.head.fields, outgoing.head);
  for (const OwnedField& field : conditions) {
    static_cast<void>(message::append_field(outgoing.head, field.name, field.value));
  }
  append_framing(outgoing.head, request.head);
  if (outgoing.upgrade) {
    outgoing.head += "Connection: Upgrade\r\n";
    static_cast<void>(message::append_field(outgoing.head, "Upgrade", request.head.upgrade));
  }
  outgoing.head += "\r\n";
  return outgoing;
}

std::string make_answer_head(unsigned status, FieldSpan passing, std::string_view via,
                             UnixTime now) {
  std::string head;
  head.reserve(512);
  message::append_status_line(head, status);
  message::append_fields(head, passing);
  if (!has_field(passing, "Date")) {
    policy::HttpDateBuffer text{};
    static_cast<void>(message::append_field(head, "Date", policy::format_http_date(now, text)));
  }
  FieldLine{head, "Via"}.add("1.1 ").add(via).end();
  return head;
}

policy::ResponseForwarding forwarding_of(const config::Route& route) {
  policy::ResponseForwarding forwarding;
  if (route.cache) forwarding.hidden = route.cache->hide_tags;
  return forwarding;
}

std::optional<std::uint64_t> body_length(const message::ResponseHead& head) {
  if (head.framing == message::Framing::Length) return head.content_length;
  if (head.framing != message::Framing::None) return std::nullopt;
  return ascii::parse_uint(field_value(head.fields, "Content-Length"));
}

}  // namespace wf::server
