// What a fill keeps of its body: where, and under which names.
#include <algorithm>

#include "proxy/policy/reuse.hpp"
#include "proxy/policy/tags.hpp"
#include "proxy/server/fill_record.hpp"
#include "proxy/server/fill_run.hpp"
#include "proxy/server/keep.hpp"

namespace wf::server {

std::unique_ptr<FillBody> FillRun::begin_body(cache::Draft& begun) {
  const std::uint64_t memory = memory_limit(worker_.config(), cache());
  const Millis keep_for = keep_time(worker_, begun.facts);
  const bool redis = lock_ && lock_->held() && keep_for > Millis{0};
  // Tags that stand in the body are read out of all of it.
  const bool in_memory = !redis || tags_in_body(*order_.route.templates);
  const std::uint64_t object = in_memory ? std::min(max_object(), memory) : max_object();
  auto body = std::make_unique<FillBody>(worker_, *fill_, redis ? &*lock_ : nullptr,
                                         FillLimits{object, memory});
  if (!redis || begun.body_size <= cache::kInlineBody) return body;
  begun.body_id = begun.id;
  const cache::BodyName name{cache::key_hash(begun.key), begun.body_id};
  // Who asks for another variant had better not begin to read this one.
  const bool for_all = begun.variant == order_.variant && !in_memory;
  body->store_chunks({name, keep_for + cache::kChunksOutlive, coding_for(cache(), begun.head)},
                     for_all ? cache::Record::make(begun) : nullptr);
  return body;
}

net::Task<void> FillRun::keep_record(cache::Draft begun, FillBody& body, FillBody::Kept kept) {
  cache::BodyFeed& feed = fill_->feed();
  if (worker_.now() - times_.requested > kLongestFill) {
    // Purges of the time when it began are forgotten before it would be.
    feed.finish();
    co_return;
  }
  const bool whole = kept == FillBody::Kept::Whole;
  const bool chunks = body.in_chunks();
  // What lies in Redis alone is a record once all of it is there.
  if (!whole && !co_await body.finish_chunks()) {
    feed.finish();
    co_return;
  }
  cache::Draft draft = whole ? complete_record(begun, feed.chunks())
                             : complete_in_chunks(begun, body.first(), feed.size());
  if (chunks) draft.body_id = begun.body_id;
  add_tags_of_body(worker_, order_.tags, request_views_, draft.body, draft.tags);
  if (!policy::within_bounds(draft.tags)) {
    feed.finish();
    if (chunks) static_cast<void>(co_await body.finish_chunks());
    co_return;
  }
  cache::RecordPtr record = cache::Record::make(std::move(draft));
  // In memory before the feed ends: who has read the last byte finds it there.
  remember(worker_, cache(), record);
  if (!record->vary().empty()) remember(worker_, cache(), make_vary_index(*record));
  const auto alias = make_language_alias(*record, request_views_);
  if (alias) remember(worker_, cache(), alias);
  feed.finish();
  // In Redis only once all that they lead to is there.
  if (whole && chunks && !co_await body.finish_chunks()) co_return;
  const cache::EntityId revives{};
  co_await store(std::move(record), revives);
  if (alias) co_await store_aside(worker_, cache(), alias, revives);
}

}  // namespace wf::server
