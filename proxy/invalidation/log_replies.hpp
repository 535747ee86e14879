// What Redis answers to the scripts of the purge protocol, as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/invalidation/purge.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::invalidation {

/// "ms-n", as a Stream ID is written.
[[nodiscard]] std::string to_text(const Sequence& sequence);
[[nodiscard]] std::optional<Sequence> parse_sequence(std::string_view text) noexcept;

/// A proxy in the nodes table.
struct Node {
  std::string name;
  Stamp applied;
  Millis left{0};   ///< of its lease, by Redis' clock; 0: lapsed
  Millis lease{0};  ///< how long its lease is when it is renewed
};

/// append and nodes.
struct FleetReply {
  Birth birth;
  Sequence sequence;  ///< of the purge; of the log's tail
  Millis quiet{0};    ///< for so long a proxy that is not among `nodes` may be serving
  std::vector<Node> nodes;
};

struct LogEntry {
  Sequence sequence;
  Birth birth;
  bool awaited = false;  ///< somebody waits until it is applied
  bool refetch = false;  ///< what it has made stale is to be fetched again
  std::vector<std::string> selectors;
};

struct CatchUpReply {
  Birth birth;
  bool reload = false;  ///< the position is of no use any more
  UnixTime time;        ///< of Redis
  Millis lease{0};      ///< 0: none, too much is missing
  std::vector<LogEntry> entries;
};

struct Purged {
  std::string selector;
  Sequence newest;
};

struct ReloadReply {
  Birth birth;
  Sequence tail;
  std::string identity;  ///< of the server: run and replication id
  std::vector<Purged> page;
};

[[nodiscard]] Result<FleetReply> read_fleet(const redis::Reply& reply);
[[nodiscard]] Result<CatchUpReply> read_catch_up(const redis::Reply& reply);
[[nodiscard]] Result<ReloadReply> read_reload(const redis::Reply& reply);

}  // namespace wf::invalidation
