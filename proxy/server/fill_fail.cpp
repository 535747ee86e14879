// What a fill does when the origin gives no answer.
#include "proxy/policy/reuse.hpp"
#include "proxy/server/fill_run.hpp"
#include "proxy/server/lookup.hpp"

namespace wf::server {

namespace {

using cache::FillAnswer;
using cache::FillKind;

/// How long clients are told of the origin's failure without asking it again.
constexpr Millis kFailedFor{500};

}  // namespace

bool FillRun::serve_stale(unsigned origin_status) {
  // It may have been purged since the fill began; and without a lease nobody knows.
  if (!order_.stale || trust(worker_) == invalidation::Trust::None) return false;
  const auto& purges = worker_.shared().purges;
  const auto verdict = purges.verdict(*order_.stale);
  if (verdict == invalidation::Verdict::Invalid) return false;
  Found found{order_.stale};
  if (verdict == invalidation::Verdict::Stale) found.purged = purges.soft_since(*order_.stale);
  if (!policy::may_serve_on_error(facts_of(worker_, found), request_, worker_.now())) return false;
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
