// The kept-alive connections of a pool that nobody uses now.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/net/stream.hpp"
#include "proxy/upstream/balancer.hpp"

namespace wf::upstream {

/// A connection to an origin between two exchanges. It has no buffer: bytes that come unasked make
/// it unfit (rule R5), so there is nothing to keep.
struct Connection {
  Endpoint address;
  std::unique_ptr<net::Stream> stream;
};

/// Last in, first out per address, so that under light load the rest can time out. Time is an
/// argument. Looks through all entries; a pool keeps some dozens.
class IdleList {
 public:
  struct Limits {
    unsigned per_address = 0;
    milliseconds timeout{0};
  };
  explicit IdleList(Limits limits) : limits_(limits) {}

  /// Keeps the connection; above the limit the longest idle one of its address is dropped. Closed
  /// if there is no memory for its place.
  void put(Connection connection, TimePoint now) noexcept;
  /// The one of that address that was used last, unless its time is over.
  [[nodiscard]] std::optional<Connection> take(const Endpoint& address, TimePoint now);

  /// The one that was used last, whatever its address.
  [[nodiscard]] std::optional<Connection> take_any(TimePoint now);

  /// Drops those that have been idle for the timeout.
  void drop_expired(TimePoint now);
  /// Drops those of addresses that the balancer no longer knows.
  void drop_unknown(const Balancer& balancer);
  /// Drops those at which something arrived or that the peer has ended, after `look` had a look.
  template <class Look>
  void drop_readable(const Look& look) {
    std::erase_if(entries_, [&](const Entry& entry) {
      const bool readable = entry.connection.stream->readable();
      if (readable) look(*entry.connection.stream);
      return readable;
    });
  }
  /// Drops the longest idle one, whatever its address; false if there is none.
  bool drop_oldest();
  void clear() noexcept { entries_.clear(); }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  struct Entry {
    Connection connection;
    TimePoint since;
  };
  [[nodiscard]] bool make_place() noexcept;

  Limits limits_;
  std::vector<Entry> entries_;  // in the order in which they became idle
};

}  // namespace wf::upstream
