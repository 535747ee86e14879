// HTTP/1.1 framing once more, slow and strict: the grammar that the readers are held against.
//
// Written from RFC 9112 and the rules of the front, with no code of the proxy: whole texts, copied
// freely, one pass per question.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wf::fuzz {

struct StrictHead {
  std::size_t size = 0;              ///< bytes, empty lines before it among them
  std::string first, second, third;  ///< words of the start line
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  [[nodiscard]] std::vector<std::string> values(const std::string& name) const;
};

/// The head at the beginning of `bytes`, if it is complete and sound in its form.
[[nodiscard]] std::optional<StrictHead> strict_request_head(const std::string& bytes);
[[nodiscard]] std::optional<StrictHead> strict_response_head(const std::string& bytes);

struct StrictFraming {
  bool sound = false;
  bool chunked = false;
  std::optional<std::uint64_t> length;
};
/// F1 and F2.
[[nodiscard]] StrictFraming strict_framing(const StrictHead& head, const std::string& version);

struct StrictBody {
  std::string data;
  std::size_t size = 0;  ///< bytes, framing among them
};
/// A whole body in the chunked coding; nothing if it is not whole or not sound.
[[nodiscard]] std::optional<StrictBody> strict_chunked(const std::string& bytes);

[[nodiscard]] bool strict_token(const std::string& text);
[[nodiscard]] bool strict_host(const std::string& text);

}  // namespace wf::fuzz
