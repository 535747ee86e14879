// A client's stream and the other end of it.
#pragma once

#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>

#include "proxy/net/stream.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/raw_socket.hpp"

namespace wf::server::testing {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    net::Socket socket{loop.executor(), boost::asio::local::stream_protocol{}, ends[0]};
    stream.emplace(std::move(socket), loop.deadlines(), Side::Client);
    peer = test::RawSocket{ends[1]};
  }
  /// Everything that was written, once our end is closed.
  [[nodiscard]] std::string heard() {
    stream->shutdown_send();
    std::string all;
    while (peer.read_some(all)) {
    }
    return all;
  }

  test::Loop loop;
  std::optional<net::Stream> stream;
  test::RawSocket peer;
};

}  // namespace wf::server::testing
