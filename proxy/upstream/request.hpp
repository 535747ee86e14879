// What is sent to an origin.
#pragma once

#include <cstdint>
#include <string>

#include "proxy/message/head.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::upstream {

/// How the body of a request is framed, as its head says: None, Length or Chunked.
struct BodyFraming {
  message::Framing framing = message::Framing::None;
  std::uint64_t length = 0;  ///< bytes; for Framing::Length
};

/// Owned by the exchange, which may have to send the head twice.
struct OutgoingRequest {
  std::string head;  ///< the whole serialised head, the empty line included
  policy::Method method = policy::Method::Get;  ///< of `head`; the answer to HEAD has no body
  bool replayable = false;  ///< idempotent and without a body: may be sent again (RFC 9110 §9.2.2)
  bool upgrade = false;     ///< `head` asks for an upgrade: 101 is welcome
  BodyFraming body;
};

}  // namespace wf::upstream
