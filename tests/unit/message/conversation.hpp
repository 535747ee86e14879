// A connection without a socket: bytes in, what was understood out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/message/reader.hpp"
#include "tests/unit/message/catalogue.hpp"

namespace wf::test {

struct ReadRequest {
  std::string method;
  std::string path;
  std::string body;
};

/// What a server that does nothing but read would have seen.
struct RequestLog {
  std::vector<ReadRequest> requests;        ///< complete ones
  std::optional<message::Refusal> refusal;  ///< nothing is read behind it (F14)
  message::AtEnd at_end = message::AtEnd::BeforeMessage;
};
[[nodiscard]] RequestLog read_requests(const message::RequestRules& rules, std::string_view bytes,
                                       Delivery delivery);

struct ResponseLog {
  std::vector<unsigned> interim;
  unsigned status = 0;  ///< 0: no final head came
  std::string body;
  std::optional<message::Refusal> refusal;
  bool complete = false;  ///< ended by its framing
  message::AtEnd at_end = message::AtEnd::BeforeMessage;
  std::string left_over;  ///< bytes behind the end (R5)
};
[[nodiscard]] ResponseLog read_response(message::ResponseContext context, std::string_view bytes,
                                        Delivery delivery);

}  // namespace wf::test
