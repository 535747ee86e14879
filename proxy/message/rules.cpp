#include "proxy/message/rules.hpp"

#include <algorithm>
#include <iterator>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/hop_by_hop.hpp"
#include "proxy/policy/route.hpp"

namespace wf::message::rules {
namespace {

using policy::Method;

constexpr unsigned kBadRequest = 400;
constexpr unsigned kMisdirected = 421;
constexpr unsigned kExpectationFailed = 417;
constexpr unsigned kNotImplemented = 501;

constexpr std::size_t kMaxLengthDigits = 18;  // fits in 63 bits
/// Every option costs a look at every field, on the way in and on the way out.
constexpr unsigned kMaxConnectionOptions = 32;

/// Every member a token, and chunked the last: well-formed, but with codings that we do not undo.
bool is_coding_list(std::string_view value) noexcept {
  std::string_view last;
  while (!value.empty()) {
    const auto comma = value.find(',');
    last = ascii::trim(value.substr(0, comma));
    if (!ascii::is_token(last)) return false;
    value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
  }
  return ascii::iequals(last, "chunked");
}

Verdict transfer_encoding(FieldSpan fields, unsigned version, FramingFields& out) noexcept {
  const Field* field = find_field(fields, "transfer-encoding");
  if (field == nullptr) return std::nullopt;
  if (count_fields(fields, "transfer-encoding") > 1) {
    return Refusal{Rule::F1, kBadRequest, "several Transfer-Encoding fields"};
  }
  if (version < 11) return Refusal{Rule::F1, kBadRequest, "Transfer-Encoding in HTTP/1.0"};
  if (has_field(fields, "content-length")) {
    return Refusal{Rule::F1, kBadRequest, "Transfer-Encoding with Content-Length"};
  }
  if (!ascii::iequals(field->value, "chunked")) {
    return Refusal{Rule::F1, is_coding_list(field->value) ? kNotImplemented : kBadRequest,
                   "transfer coding other than chunked"};
  }
  out.chunked = true;
  return std::nullopt;
}

Verdict content_length(FieldSpan fields, FramingFields& out) noexcept {
  const Field* field = find_field(fields, "content-length");
  if (field == nullptr) return std::nullopt;
  if (count_fields(fields, "content-length") > 1) {
    return Refusal{Rule::F2, kBadRequest, "several Content-Length fields"};
  }
  const auto value = ascii::parse_uint(field->value);
  if (!value || field->value.size() > kMaxLengthDigits) {
    return Refusal{Rule::F2, kBadRequest, "malformed Content-Length"};
  }
  out.has_length = true;
  out.length = *value;
  return std::nullopt;
}

/// '_' read as '-', as CGI-like gateways do.
bool equals_as_variable(std::string_view name, std::string_view field) noexcept {
  return name.size() == field.size() &&
         std::equal(name.begin(), name.end(), field.begin(),
                    [](char a, char b) { return (a == '_' ? '-' : ascii::lower(a)) == b; });
}

bool is_dangerous_alias(std::string_view name) noexcept {
  constexpr std::string_view kForwarded = "x-forwarded-";
  return equals_as_variable(name, "content-length") ||
         equals_as_variable(name, "transfer-encoding") || equals_as_variable(name, "host") ||
         equals_as_variable(name.substr(0, kForwarded.size()), kForwarded);
}

bool connection_has(FieldSpan fields, std::string_view option) noexcept {
  return policy::is_nominated(fields, option);
}

}  // namespace

Verdict method(Method method, std::string_view text,
               std::span<const std::string_view> named) noexcept {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Post:
    case Method::Put:
    case Method::Delete:
    case Method::Patch:
    case Method::Options:
      return std::nullopt;
    case Method::Query:
    case Method::Other:
      if (std::find(named.begin(), named.end(), text) != named.end()) return std::nullopt;
      break;
    case Method::Connect:
    case Method::Trace:
    case Method::Purge:
      break;
  }
  return Refusal{Rule::F8, kNotImplemented, "method not implemented"};
}

Verdict framing(FieldSpan fields, unsigned version, FramingFields& out) noexcept {
  if (auto verdict = transfer_encoding(fields, version, out)) return verdict;
  return content_length(fields, out);
}

Verdict host(RequestHead& head, std::string& scratch) {
  const Field* field = find_field(head.fields, "host");
  head.host = {};
  if (field == nullptr) {
    if (head.version == 10) return std::nullopt;
    return Refusal{Rule::F3, kBadRequest, "no Host"};
  }
  if (count_fields(head.fields, "host") > 1) {
    return Refusal{Rule::F3, kBadRequest, "several Host fields"};
  }
  const auto parsed = policy::parse_host(field->value, scratch);
  if (!parsed) return Refusal{Rule::F3, kBadRequest, "malformed Host"};
  head.host = *parsed;
  return std::nullopt;
}

Verdict authority(RequestHead& head, std::string& scratch) {
  if (head.target.authority.empty()) return std::nullopt;
  const auto parsed = policy::parse_host(head.target.authority, scratch);
  if (!parsed) return Refusal{Rule::F3, kBadRequest, "malformed authority in target"};
  if (head.host.host.empty()) {
    head.host = *parsed;  // HTTP/1.0 without Host
    return std::nullopt;
  }
  if (policy::without_default_port(*parsed, head.target.scheme) !=
      policy::without_default_port(head.host, head.target.scheme)) {
    return Refusal{Rule::F3, kBadRequest, "target and Host differ"};
  }
  return std::nullopt;
}

Verdict known_host(const RequestHead& head, std::span<const std::string> hosts) noexcept {
  const bool known = hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](const auto& h) {
                       return policy::host_matches(h, head.host.host);
                     });
  if (known) return std::nullopt;
  return Refusal{Rule::F3, kMisdirected, "Host is not served here"};
}

Verdict target(RequestHead& head, policy::TargetOptions options, std::string& scratch) {
  const auto parsed = policy::parse_target(head.raw_target, head.method, scratch, options);
  if (!parsed) {
    const auto error = parsed.error();
    const bool path =
        error == policy::TargetError::EncodedDot || error == policy::TargetError::EncodedSeparator;
    return Refusal{path ? Rule::F5 : Rule::F4, kBadRequest, policy::to_string(error)};
  }
  head.target = *parsed;
  return std::nullopt;
}

Verdict underscores(std::vector<Field>& fields) {
  const auto has_underscore = [](const Field& field) {
    return field.name.find('_') != std::string_view::npos;
  };
  for (const Field& field : fields) {
    if (has_underscore(field) && is_dangerous_alias(field.name)) {
      return Refusal{Rule::F7, kBadRequest, "field name with '_' that aliases another"};
    }
  }
  std::erase_if(fields, has_underscore);
  return std::nullopt;
}

Verdict unexpected_body(const RequestHead& head, bool allow_get_body) noexcept {
  const bool none_expected =
      head.method == Method::Get || head.method == Method::Head || head.method == Method::Delete;
  if (allow_get_body || !none_expected || !head.has_body()) return std::nullopt;
  return Refusal{Rule::F9, kBadRequest, "body in GET, HEAD or DELETE"};
}

Verdict connection(FieldSpan fields) noexcept {
  unsigned options = 0;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, "connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto option = ascii::next_element(rest);
      if (option.empty()) break;
      if (++options > kMaxConnectionOptions) {
        return Refusal{Rule::F10, kBadRequest, "too many Connection options"};
      }
      if (!ascii::is_token(option)) return Refusal{Rule::F10, kBadRequest, "malformed Connection"};
      if (policy::is_end_to_end_critical(option)) {
        return Refusal{Rule::F10, kBadRequest, "Connection nominates an end-to-end field"};
      }
    }
  }
  return std::nullopt;
}

void drop_nominated(std::vector<Field>& fields) {
  // What nearly every client says nominates nothing, and costs nothing.
  const auto nominates = [](const Field& field) {
    return ascii::iequals(field.name, "connection") && !ascii::iequals(field.value, "keep-alive") &&
           !ascii::iequals(field.value, "close");
  };
  std::vector<Field> nominating;
  std::copy_if(fields.begin(), fields.end(), std::back_inserter(nominating), nominates);
  if (nominating.empty()) return;
  std::erase_if(fields, [&](const Field& field) {
    return !policy::is_hop_by_hop(field.name) && policy::is_nominated(nominating, field.name);
  });
}

std::string_view upgrade(FieldSpan fields, unsigned version) noexcept {
  if (version < 11 || !connection_has(fields, "upgrade")) return {};
  const auto value = field_value(fields, "upgrade");
  if (count_fields(fields, "upgrade") != 1 || ascii::list_contains(value, "h2c")) return {};
  return value;
}

Verdict expect(RequestHead& head) noexcept {
  head.expect_continue = false;
  const Field* field = find_field(head.fields, "expect");
  if (field == nullptr || head.version == 10) return std::nullopt;
  if (count_fields(head.fields, "expect") > 1 || !ascii::iequals(field->value, "100-continue")) {
    return Refusal{Rule::F12, kExpectationFailed, "expectation other than 100-continue"};
  }
  // Without content there is nothing to wait for (RFC 9110 §10.1.1).
  head.expect_continue = head.has_body();
  return std::nullopt;
}

bool keep_alive(FieldSpan fields, unsigned version) noexcept {
  if (connection_has(fields, "close")) return false;
  return version >= 11 || connection_has(fields, "keep-alive");
}

}  // namespace wf::message::rules
