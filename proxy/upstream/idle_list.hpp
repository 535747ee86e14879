// The kept-alive connections of a pool that nobody uses now.
#pragma once

#include <cstddef>
#include <deque>
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
  std::string name{};  ///< of the address, for the log
};

/// Last in, first out per address, so that under light load the rest can time out; but one that
/// the loop has seen quiet (net::Stream::seen_quiet) goes before one that only just came back and
/// would have to be asked. Time is an argument.
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
    drop_if([&](const Entry& entry) {
      const bool readable = entry.connection.stream->readable();
      if (readable) look(*entry.connection.stream);
      return readable;
    });
  }
  /// Drops the longest idle one, whatever its address; false if there is none.
  bool drop_oldest();
  void clear() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct Entry {
    Connection connection;
    TimePoint since;
  };
  using Entries = std::vector<Entry>;  // in the order in which they became idle
  /// Those of one address.
  struct Shelf {
    Endpoint address;
    Entries entries;
  };
  /// Null: there is none yet.
  [[nodiscard]] Shelf* find(const Endpoint& address);
  /// With room for one more; null: out of memory.
  [[nodiscard]] Shelf* make_place(const Endpoint& address) noexcept;
  [[nodiscard]] Connection take(Shelf& shelf, Entries::iterator entry);
  template <class Unwanted>
  void drop_if(const Unwanted& unwanted) {
    for (Shelf& shelf : shelves_) size_ -= std::erase_if(shelf.entries, unwanted);
  }

  Limits limits_;
  std::deque<Shelf> shelves_;  // few, and kept when they are empty
  std::size_t size_ = 0;       // of all shelves
};

}  // namespace wf::upstream
