// The PROXY protocol, versions 1 and 2: what a load balancer says of the client before its bytes.
//
// https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt, cited as PP. A strict state machine
// over bytes that takes the header and not one byte more, so that TLS or HTTP can begin behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/message/ip_address.hpp"

namespace wf::message {

/// PP §2.1: the longest header of version 1, its end included.
inline constexpr std::size_t kMaxProxyLine = 107;
/// Of what version 2 announces behind its first 16 bytes, TLVs included; more is refused.
inline constexpr std::size_t kMaxProxyBlock = 4096;

class ProxyHeaderReader {
 public:
  enum class State : std::uint8_t {
    More,     ///< the header goes on
    Done,     ///< what was not taken belongs to the client
    Refused,  ///< this is no such header: close (PP §2: do not guess)
  };

  /// How many of these bytes belong to the header. Before that is known, all of them do.
  [[nodiscard]] std::size_t take(std::string_view unread);
  [[nodiscard]] State state() const noexcept { return state_; }

  /// Once Done: whose connection it is. Nothing for LOCAL, UNKNOWN, UNSPEC and unix sockets: then
  /// the peer speaks for itself, as in a health check.
  [[nodiscard]] const std::optional<IpAddress>& client() const noexcept { return client_; }

 private:
  void advance();
  void line_so_far();
  void finish_line();
  void block_so_far();
  void read_block_head();
  void finish_block();
  void refuse() noexcept { state_ = State::Refused; }

  State state_ = State::More;
  std::string bytes_;        // all of version 1; of version 2 as far as it is understood
  std::size_t wanted_ = 16;  // of version 2
  std::size_t skip_ = 0;     // of it, that is passed over
  std::optional<IpAddress> client_;
};

}  // namespace wf::message
