#include "proxy/policy/invalidation.hpp"

#include <algorithm>
#include <optional>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::policy {
namespace {

/// A URI reference by RFC 3986 §4.1, without its fragment.
struct Reference {
  std::string_view scheme;
  std::string_view authority;
  bool has_authority = false;
  std::string_view path;
  std::string_view query;
  bool has_query = false;
};

bool is_scheme(std::string_view text) noexcept {
  return !text.empty() && ascii::is_alpha(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::is_alpha(c) || ascii::is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

Reference split_reference(std::string_view text) noexcept {
  Reference out;
  text = text.substr(0, text.find('#'));
  const auto colon = text.find_first_of(":/?");
  if (colon != std::string_view::npos && text[colon] == ':' && is_scheme(text.substr(0, colon))) {
    out.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto end = std::min(text.find_first_of("/?"), text.size());
    out.authority = text.substr(0, end);
    out.has_authority = true;
    text.remove_prefix(end);
  }
  const auto mark = text.find('?');
  out.path = text.substr(0, mark);
  out.has_query = mark != std::string_view::npos;
  if (out.has_query) out.query = text.substr(mark + 1);
  return out;
}

/// RFC 6454 §4: scheme, host and port. A scheme without authority ("http:x") is no reference of
/// ours.
bool same_origin(const RequestUri& request, const Reference& reference) {
  if (!reference.scheme.empty() && !ascii::iequals(reference.scheme, request.scheme)) return false;
  if (!reference.has_authority) return reference.scheme.empty();
  std::string scratch;
  const auto host = parse_host(reference.authority, scratch);
  return host && without_default_port(*host, request.scheme) == request.host;
}

/// RFC 3986 §5.2.2 and §5.2.3; dot segments are removed afterwards.
std::string merge(const RequestUri& request, const Reference& reference) {
  std::string text;
  if (reference.path.empty() && !reference.has_authority) {
    text = request.path;
  } else if (reference.path.empty() || reference.path.front() == '/') {
    text = reference.path.empty() ? "/" : reference.path;
  } else {
    text = request.path.substr(0, request.path.rfind('/') + 1);
    text += reference.path;
  }
  const bool inherits = reference.path.empty() && !reference.has_authority && !reference.has_query;
  if (inherits ? request.has_query : reference.has_query) {
    text += '?';
    text += inherits ? request.query : reference.query;
  }
  return text;
}

std::optional<InvalidUri> resolve(const RequestUri& request, std::string_view text) {
  const Reference reference = split_reference(ascii::trim(text));
  if (!same_origin(request, reference)) return std::nullopt;
  const std::string merged = merge(request, reference);
  std::string scratch;
  const auto target = parse_target(merged, Method::Get, scratch);
  if (!target) return std::nullopt;
  return InvalidUri{std::string{target->path}, std::string{target->query}, target->has_query};
}

void add(std::vector<InvalidUri>& uris, InvalidUri uri) {
  if (std::find(uris.begin(), uris.end(), uri) == uris.end()) uris.push_back(std::move(uri));
}

}  // namespace

bool invalidates(Method method, unsigned status) noexcept {
  return !is_safe(method) && status >= 200 && status < 400;
}

bool names_target(const RequestUri& request, std::string_view reference) {
  if (ascii::trim(reference).empty()) return false;
  const auto uri = resolve(request, reference);
  return uri && uri->path == request.path && uri->query == request.query &&
         uri->has_query == request.has_query;
}

bool redirects_to_itself(const RequestUri& request, const config::QueryRule& rule, unsigned status,
                         FieldSpan response) {
  const Field* location = find_field(response, "location");
  if (status < 300 || status > 399 || location == nullptr) return false;
  const auto uri = resolve(request, location->value);
  if (!uri || uri->path != request.path) return false;
  Target target;
  target.query = uri->query;
  target.has_query = uri->has_query;
  std::string scratch;
  apply_query_rule(target, rule, scratch);
  return target.query == request.query && target.has_query == request.has_query;
}

std::vector<InvalidUri> invalidated_uris(const RequestUri& request, FieldSpan response) {
  std::vector<InvalidUri> uris{
      {std::string{request.path}, std::string{request.query}, request.has_query}};
  for (const std::string_view name : {"location", "content-location"}) {
    const Field* field = find_field(response, name);
    if (field == nullptr) continue;
    if (auto uri = resolve(request, field->value)) add(uris, std::move(*uri));
  }
  return uris;
}

}  // namespace wf::policy
