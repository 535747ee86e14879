// The cache key: a tuple, encoded so that two different tuples never give the same bytes (SEC-17).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// Views; the strings are the canonical ones that are forwarded as well.
struct KeyParts {
  std::string_view name_space{};
  std::string_view method_class = "GET";  ///< GET for GET and HEAD; QUERY and what it asks with
  std::string_view scheme{};
  std::string_view host{};  ///< with port, unless the scheme implies it
  std::string_view path{};
  std::string_view query{};
  bool has_query = false;
};

/// Request headers and cookies that the route keys on, in the order of the configuration.
struct KeyedValues {
  FieldSpan headers{};
  FieldSpan cookies{};
};

/// Version byte, then every part with its length before it.
void append_key(const KeyParts& parts, const KeyedValues& keyed, std::string& out);

/// What makes two QUERYs of one URI the same: their content and what says how to read it
/// (RFC 10008 §2.7). Not normalised: other bytes are another query.
[[nodiscard]] std::string content_identity(FieldSpan request, std::string_view content);

/// What append_key was given; views into the encoded key.
struct DecodedKey {
  KeyParts parts;
  std::vector<Field> headers;
  std::vector<Field> cookies;
};
/// Nothing unless `encoded` is exactly what append_key writes.
[[nodiscard]] std::optional<DecodedKey> decode_key(std::string_view encoded);

/// The name space of an encoded key, or of a text that begins with one; empty where it is none.
[[nodiscard]] std::string_view name_space_of(std::string_view encoded) noexcept;

/// Appends every field of the given names, under the configured spelling; an absent one adds
/// nothing, so that it differs from an empty one.
void append_keyed_headers(FieldSpan request, std::span<const std::string> names,
                          std::vector<Field>& out);

/// Appends the first cookie of each name (RFC 6265 §5.4; read tolerantly, quotes kept). Names are
/// case-sensitive; an absent cookie adds nothing.
void append_cookie_values(FieldSpan request, std::span<const std::string> names,
                          std::vector<Field>& out);

}  // namespace wf::policy
