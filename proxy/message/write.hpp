// Building heads as text. Whatever the values come from, no line is split (RFC 9112 §2.2; SEC-24).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/base/field_text.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::message {

/// "OK"; empty for a status without a registered phrase.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// "HTTP/1.1 200 OK\r\n" with the registered phrase. `status` is 100..599.
void append_status_line(std::string& out, unsigned status);

/// "GET /x?y HTTP/1.1\r\n", of path and query. False, and nothing written, if method or target hold
/// a byte that could end the line or a word of it.
[[nodiscard]] bool append_request_line(std::string& out, std::string_view method,
                                       const policy::Target& target);

// At home in base, since policy writes fields too.
using wf::append_field;
using wf::append_fields;

/// append_field for a number: Content-Length, Age. Another name than append_field, so that a
/// literal 0 never stands for a string.
void append_number_field(std::string& out, std::string_view name, std::uint64_t value);

/// One chunk: size line before, CRLF after the data (RFC 9112 §7.1). Nothing for an empty one,
/// since that would end the body.
void append_chunk(std::string& out, std::string_view data);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace wf::message
