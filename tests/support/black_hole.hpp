// An address at which connecting neither succeeds nor fails.
#pragma once

#include <vector>

#include "config/types.hpp"
#include "tests/support/raw_socket.hpp"

namespace wf::test {

/// A loopback listener that accepts nobody and whose backlog is full: the kernel drops further
/// attempts in silence (fault row FM-20).
class BlackHole {
 public:
  BlackHole();
  [[nodiscard]] config::Address address() const;

 private:
  RawSocket listener_;
  std::vector<RawSocket> fillers_;
};

}  // namespace wf::test
