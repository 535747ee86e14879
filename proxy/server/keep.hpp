// What an exchange that is passed through leaves in the cache: the answer to a POST, for later GETs
// (RFC 9110 §9.3.3), what a HEAD says of the stored answer to GET (RFC 9111 §4.3.5), and the part
// that a GET with Range has brought (§3.3).
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/cache/record.hpp"
#include "proxy/message/head.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Lives in the frame of the exchange. `request` and `client` outlive it.
class Keeper {
 public:
  /// Before the origin is asked. `stored`: what is stored for a HEAD, or the part that does not
  /// hold enough; null: nothing.
  Keeper(Worker& worker, const Request& request, Client& client, cache::RecordPtr stored);

  /// The final head is there, and what the request makes invalid is invalid.
  void begin(const message::ResponseHead& head);
  /// A piece of the body.
  void take(std::string_view piece);
  /// Something may be kept: `finish` comes when the body is complete.
  [[nodiscard]] bool keeps() const noexcept { return begun_.has_value() || part_.has_value(); }
  [[nodiscard]] net::Task<void> finish();

 private:
  void begin_post(const message::ResponseHead& head);
  void begin_head(const message::ResponseHead& head);
  void begin_ranged(const message::ResponseHead& head);
  [[nodiscard]] cache::RecordPtr finish_part();
  [[nodiscard]] bool only_purge_was_ours() const;

  Worker& worker_;
  const Request& request_;
  Client& client_;
  const cache::RecordPtr stored_;
  cache::Stamp as_of_{};      ///< where the route caches
  bool for_gets_ = false;     ///< a POST whose answer GETs of the same URI may find
  std::uint64_t purges_ = 0;  ///< of the key, known before the origin was asked
  policy::ExchangeTimes times_;
  std::optional<cache::Draft> begun_;  ///< nothing is kept, or a part is, without it
  std::optional<OwnedFields> part_;    ///< the fields of a 206 that may be stored
  std::vector<Chunk> body_;
  std::uint64_t size_ = 0;
};

/// The chunks of a freshened body live as long as its record. False: they are lost. What is all in
/// memory is stored anew then, under another name.
[[nodiscard]] net::Task<bool> prolong_body(Worker& worker, cache::Draft& record);

/// Stores a record that no fill of its slot fetched. In Redis only if nobody fills the slot and
/// what is there is `replaces`, where that is given.
[[nodiscard]] net::Task<void> store_aside(Worker& worker, const config::Cache& cache,
                                          cache::RecordPtr record, cache::EntityId replaces);

}  // namespace wf::server
