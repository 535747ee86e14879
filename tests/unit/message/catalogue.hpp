// The catalogues of hostile messages (tests/data), and the ways in which bytes arrive.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wf::test {

struct Entry {
  std::string id;
  std::string bytes;
  std::vector<std::string> allowed;  ///< `expect` and `also_ok`
  std::string beast;                 ///< what Beast alone is believed to do
  bool pipelined = false;            ///< the bytes are two requests
  std::string request;               ///< method that a response answers
  std::string origin_end;            ///< hold, close or rst

  [[nodiscard]] bool allows(std::string_view outcome) const;
};

[[nodiscard]] std::vector<Entry> bad_requests();
[[nodiscard]] std::vector<Entry> bad_responses();

/// Whole; one byte at a time; cut behind every CR, LF and first byte of a line.
enum class Delivery { Whole, Bytes, Cuts };
[[nodiscard]] std::vector<std::string_view> deliver(std::string_view bytes, Delivery delivery);

}  // namespace wf::test
