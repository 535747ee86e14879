// A fill at work.
#pragma once

#include <optional>

#include "proxy/cache/fleet_lock.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/server/completion.hpp"
#include "proxy/server/fill.hpp"
#include "proxy/server/fill_body.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// The second page to read after the walk. Lives in the frame of its task, on one worker.
class FillRun {
 public:
  FillRun(Worker& worker, FillOrder order, std::shared_ptr<cache::Fill> fill);

  /// lock → origin → may it be stored? → feed the followers, store → release.
  [[nodiscard]] net::Task<void> run();
  /// The same from where the answer has come.
  [[nodiscard]] net::Task<void> go_on(Arrived arrived);

 private:
  using Head = const message::ResponseHead*;
  class OriginBody;
  /// An answer as it is to be stored and passed on: the origin's, or the whole that it completes.
  struct Arrival {
    policy::ResponseFacts response;
    std::optional<std::uint64_t> length;  ///< of the body, where it is known
    message::Framing framing;
    unsigned origin_status;
  };

  /// Asks for the lock, which is another one each time.
  [[nodiscard]] net::Task<cache::FleetLock::Got> take_lock(net::milliseconds wait,
                                                           cache::FleetLock::Follow follow);
  /// True: another proxy was first, and its answer was passed on.
  [[nodiscard]] net::Task<bool> another_was_first();
  [[nodiscard]] bool redis_trusted() const;
  /// Reads what another proxy is fetching as it arrives in Redis. False: nothing was published.
  [[nodiscard]] net::Task<bool> follow_other();
  [[nodiscard]] net::Task<void> follow_body(cache::RecordPtr record);
  void publish(cache::FillAnswer answer);
  /// True: the fill that was under way when the request looked has ended before it could be joined.
  [[nodiscard]] bool stored_meanwhile();
  [[nodiscard]] net::Task<bool> publish_from_redis();
  [[nodiscard]] bool publish_stored(const cache::RecordPtr& record);
  [[nodiscard]] net::Task<Result<Head>> ask_origin();
  [[nodiscard]] net::Task<Result<Head>> ask(upstream::OutgoingRequest outgoing);
  [[nodiscard]] net::Task<void> send_content();
  [[nodiscard]] bool is_of_use(const message::ResponseHead& head);
  void pass_interim(const message::ResponseHead& head);
  [[nodiscard]] net::Task<void> settle(const message::ResponseHead& head);

  [[nodiscard]] net::Task<void> revalidated(const message::ResponseHead& head);
  [[nodiscard]] net::Task<void> share(const Arrival& arrival);
  [[nodiscard]] net::Task<void> hand_over(const Arrival& arrival, policy::NoStoreReason reason);
  [[nodiscard]] net::Task<void> remember_uncacheable(policy::NoStoreReason reason);
  /// The origin gave no answer.
  [[nodiscard]] net::Task<void> failed(Error error);
  void publish_failure(const Error& error);
  [[nodiscard]] bool serve_stale(unsigned origin_status);

  /// Where the body is to be kept; `begun` learns under which name.
  [[nodiscard]] std::unique_ptr<FillBody> begin_body(cache::Draft& begun);
  /// Ends the feed of a body that came to its end, and stores the record.
  [[nodiscard]] net::Task<void> keep_record(cache::Draft begun, FillBody& body,
                                            FillBody::Kept kept);
  /// Without the stale record, which is of no use.
  [[nodiscard]] net::Task<void> ask_anew();
  [[nodiscard]] net::Task<Result<Chunk>> next_chunk();
  [[nodiscard]] net::Task<void> store(cache::RecordPtr record, cache::EntityId revives);
  [[nodiscard]] policy::NoStoreReason may_store(const Arrival& arrival) const;
  [[nodiscard]] std::uint64_t max_object() const;
  [[nodiscard]] const config::Cache& cache() const { return *order_.route.route->cache; }

  Worker& worker_;
  FillOrder order_;
  const OwnedFields request_fields_;
  const std::vector<Field> request_views_;
  const policy::RequestFacts request_;
  std::shared_ptr<cache::Fill> fill_;
  std::optional<cache::FleetLock> lock_;
  std::unique_ptr<upstream::Exchange> exchange_;
  std::optional<Completion> completion_;  // of a part, as long as the answer may be its rest
  policy::ExchangeTimes times_;
};

}  // namespace wf::server
