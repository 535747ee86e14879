// Many clients that ask for the same thing in the same moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/raw_socket.hpp"

namespace wf::test {

using std::chrono::microseconds;

/// Connects first, so that only the requests are the stampede. One thread, no HTTP library.
class Stampede {
 public:
  /// `each` clients of every port.
  Stampede(const std::vector<std::uint16_t>& ports, std::size_t each);

  struct Result {
    std::size_t whole = 0;                ///< answered 200, to the last byte
    std::vector<microseconds> latencies;  ///< sorted; of those
    std::size_t bodies = 0;               ///< how many different ones
    [[nodiscard]] microseconds quantile(double share) const;
  };
  /// All ask, and are waited for as long as `patience`.
  [[nodiscard]] Result ask(const std::string& target, std::chrono::seconds patience);

 private:
  struct Client {
    test::RawSocket socket;
    std::string answer{};
    bool done = false;
  };
  /// Whether there is a whole answer in what came.
  [[nodiscard]] static bool complete(const std::string& answer);
  std::vector<Client> clients_;
};

}  // namespace wf::test
