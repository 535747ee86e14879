// Building heads as text. Whatever the values come from, no line is split (RFC 9112 §2.2; SEC-24).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/base/fields.hpp"

namespace wf::message {

/// "OK"; empty for a status without a registered phrase.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// "HTTP/1.1 200 OK\r\n" with the registered phrase. `status` is 100..599.
void append_status_line(std::string& out, unsigned status);

/// "GET /x?y HTTP/1.1\r\n". False, and nothing written, if method or target hold a byte that could
/// end the line or a word of it.
[[nodiscard]] bool append_request_line(std::string& out, std::string_view method,
                                       std::string_view target);

/// "name: value\r\n". False, and nothing written, if the name is no token or the value holds a
/// control byte other than HTAB.
[[nodiscard]] bool append_field(std::string& out, std::string_view name, std::string_view value);
/// The same for a number: Content-Length, Age. Another name than append_field, so that a literal 0
/// never stands for a string.
void append_number_field(std::string& out, std::string_view name, std::uint64_t value);

/// All of them; unsound ones are left out and counted in the result.
std::size_t append_fields(std::string& out, FieldSpan fields);

/// One chunk: size line before, CRLF after the data (RFC 9112 §7.1). Nothing for an empty one,
/// since that would end the body.
void append_chunk(std::string& out, std::string_view data);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace wf::message
