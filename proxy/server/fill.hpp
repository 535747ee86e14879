// One origin fetch that may store (design §6). It belongs to the cache, not to the client that
// asked first: it runs as a task of its own, and a client that leaves, or reads slowly, disturbs
// nobody.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/cache/fill_table.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/lookup.hpp"
#include "proxy/server/tags.hpp"
#include "proxy/server/worker.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Everything that a fill needs of the request that began it, owned.
struct FillOrder {
  upstream::OutgoingRequest outgoing;  ///< without conditions
  /// With the stale record's validators, or for the rest of the part. Without a head: neither.
  upstream::OutgoingRequest conditional;
  std::string content;         ///< of a QUERY
  OwnedFields request_fields;  ///< as received: for Vary and for what may be stored
  std::string key;
  std::string variant;       ///< of the slot that is asked for; what comes may be another
  policy::RouteMatch route;  ///< without params, which were views
  std::shared_ptr<const Footing> footing;  ///< keeps the route alive
  TagOrder tags;
  cache::RecordPtr stale;                ///< what is revalidated; null: nothing
  cache::RecordPtr part;                 ///< what is completed; null: nothing. Never both.
  cache::EntityId seen{};                ///< what was found in the slot and cannot be used
  bool alone = false;                    ///< hit-for-miss: waits for nobody, and nobody follows
  std::shared_ptr<cache::Fill> after{};  ///< ends before the origin is asked; null: nobody
};

/// A fill and a place in its body. The reader goes before the fill that it reads.
struct Joined {
  std::shared_ptr<cache::Fill> fill;
  std::optional<cache::BodyFeed::Reader> reader;
  bool leader = false;
};

/// How a request comes to a fill.
enum class Collapse : std::uint8_t {
  Join,   ///< the one under way for its slot, or else a new one that others may join
  Fresh,  ///< a new one that others may join: the client wants nothing that began before
  Alone,  ///< one of its own (hit-for-miss)
};

/// What a record needs of its request: an order without anything to send.
[[nodiscard]] FillOrder record_order(const Request& request, const Asker& asker);

/// Starts a fill for the request's slot, or joins one. `found` is what must not be served as it is.
[[nodiscard]] Joined join_fill(Worker& worker, const Request& request, const Asker& asker,
                               const Found& found, Collapse collapse);

/// An answer that came outside of a fill, and that may be stored after all. Its head was read.
struct Arrived {
  std::unique_ptr<upstream::Exchange> exchange;
  const message::ResponseHead* head;  ///< the exchange's
  cache::Stamp as_of;                 ///< before the origin was asked
  policy::ExchangeTimes times;        ///< of its head
};

/// A fill that goes on with it, which the request leads and nobody else joins. `seen`: as in
/// FillOrder.
[[nodiscard]] Joined become_fill(Worker& worker, const Request& request, const Asker& asker,
                                 cache::EntityId seen, Arrived arrived);

/// Refreshes in the background, unless somebody does so already (RFC 5861 §3).
void refresh(Worker& worker, const Request& request, const Asker& asker, const Found& found);

}  // namespace wf::server
