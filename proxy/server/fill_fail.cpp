// What a fill does when the origin gives no answer.
#include "proxy/policy/reuse.hpp"
#include "proxy/server/fill_run.hpp"

namespace wf::server {

namespace {

using cache::FillAnswer;
using cache::FillKind;

/// How long clients are told of the origin's failure without asking it again.
constexpr Millis kFailedFor{500};

}  // namespace

bool FillRun::serve_stale(unsigned origin_status) {
  if (!order_.stale || !policy::may_serve_on_error(order_.stale->facts, request_, worker_.now())) {
    return false;
  }
  // It may have been purged since the fill began; and without a lease nobody knows.
  if (trust(worker_) == invalidation::Trust::None) return false;
  const auto verdict = worker_.shared().purges.verdict(*order_.stale);
  if (verdict == invalidation::Verdict::Invalid) return false;
  // A soft purge makes stale what may be fresh by its age.
  const auto& facts = order_.stale->facts;
  if (verdict == invalidation::Verdict::Stale &&
      (facts.must_revalidate || facts.stale_if_error <= Millis{0})) {
    return false;
  }
  FillAnswer answer;
  answer.kind = FillKind::Ready;
  answer.ready_by = cache::ReadyBy::StaleOnError;
  answer.record = order_.stale;
  answer.origin_status = origin_status;
  publish(std::move(answer));
  return true;
}

net::Task<void> FillRun::failed(Error error) {
  const bool stale = serve_stale(0);
  // Only what the origin did: our own limits are told at once anyway.
  const bool its_fault =
      error.side == Side::Upstream && error.code != ErrorCode::Unavailable && !order_.alone;
  if (its_fault && !stale) {
    worker_.shared().failures.remember(fill_->key(), error, worker_.clock().steady() + kFailedFor);
  }
  // Before those who waited here try again: the fleet counts together.
  if (its_fault && lock_) co_await lock_->fail(error.code, kFailedFor);
  if (!stale) publish_failure(error);
}

void FillRun::publish_failure(const Error& error) {
  FillAnswer answer;
  answer.kind = FillKind::Failed;
  answer.error = error;
  publish(std::move(answer));
  fill_->feed().fail(error);
}

}  // namespace wf::server
