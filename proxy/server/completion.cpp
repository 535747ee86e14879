#include "proxy/server/completion.hpp"

#include "proxy/server/fill_record.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

Completion::Completion(cache::RecordPtr part)
    : part_(std::move(part)),
      held_(extent_of(*part_)),
      pieces_(cache::chunks_of(*part_)),
      missing_(held_.length.value_or(held_.size) - held_.size) {}

policy::RestAnswer Completion::judge(const message::ResponseHead& head) const {
  const std::vector<Field> stored = cache::head_fields(*part_);
  return policy::judge_rest(held_, stored, head.status, head.fields);
}

OwnedFields Completion::fields(FieldSpan received) const {
  return policy::combined_fields(stored_fields(*part_), received);
}

net::Task<Result<Chunk>> Completion::next(upstream::Exchange& exchange) {
  const bool prefix = held_.first == 0;
  if (prefix && sent_ < pieces_.size()) co_return next_held();
  Result<Chunk> arriving = co_await next_arriving(exchange);
  if (!arriving || !arriving->empty()) co_return arriving;
  co_return next_held();
}

net::Task<Result<Chunk>> Completion::next_arriving(upstream::Exchange& exchange) {
  Result<Chunk> chunk = co_await exchange.read_body();
  if (!chunk) co_return chunk;
  const bool ended = chunk->empty();
  if (chunk->size() > missing_ || (ended && missing_ > 0)) {
    co_return Error{ErrorCode::Malformed, Side::Upstream, Retry::No,
                    "a part that is not as long as its Content-Range"};
  }
  missing_ -= chunk->size();
  co_return chunk;
}

Chunk Completion::next_held() { return sent_ < pieces_.size() ? pieces_[sent_++] : Chunk{}; }

}  // namespace wf::server
