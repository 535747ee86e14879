// Message heads as they were read: views into the caller's buffer, checked by the front's rules.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::message {

/// Where a body ends (RFC 9112 §6.3).
enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose };
[[nodiscard]] std::string_view to_string(Framing framing) noexcept;

/// Views point into the buffer given to read_head, or into the reader. Fields whose names hold '_'
/// are left out (F7).
struct RequestHead {
  policy::Method method = policy::Method::Other;
  std::string_view method_text;
  std::string_view raw_target;       ///< as received, for the log
  policy::Target target;             ///< canonical (F4, F5)
  policy::HostPort host;             ///< canonical (F3); empty only in HTTP/1.0
  unsigned version = 11;             ///< 10 or 11
  std::vector<Field> fields;         ///< in order, values without surrounding blanks
  Framing framing = Framing::None;   ///< never UntilClose
  std::uint64_t content_length = 0;  ///< bytes; for Framing::Length
  bool keep_alive = true;            ///< the client wishes it (RFC 9112 §9.3)
  bool expect_continue = false;      ///< F12; never in HTTP/1.0
  std::string_view upgrade;  ///< protocols asked for; empty: none, or not to be honoured (F11)

  [[nodiscard]] bool has_body() const noexcept {
    return framing == Framing::Chunked || (framing == Framing::Length && content_length > 0);
  }
};

struct ResponseHead {
  unsigned status = 0;  ///< 100..599
  unsigned version = 11;
  std::string_view reason;
  std::vector<Field> fields;
  Framing framing = Framing::None;
  std::uint64_t content_length = 0;  ///< for Framing::Length
  bool keep_alive = true;            ///< the connection can serve another request after the body

  [[nodiscard]] bool interim() const noexcept { return status < 200 && status != 101; }
};

}  // namespace wf::message
