// What the Redis store does for large bodies: their chunks, and what is said of those that arrive.
#include <algorithm>
#include <array>
#include <utility>

#include "proxy/cache/record_codec.hpp"
#include "proxy/cache/redis_scripts.hpp"
#include "proxy/cache/redis_store.hpp"
#include "proxy/redis/rejection.hpp"
#include "proxy/redis/script.hpp"

namespace wf::cache {
namespace {

using net::Task;

std::string_view view(const EntityId& id) noexcept {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

}  // namespace

Task<Result<RecordPtr>> RedisStore::find_arriving(const Slot& slot, std::string_view key_text,
                                                  std::string_view variant_text) {
  return read(RecordName{keys_.progress(slot)}, key_text, variant_text);
}

Task<Result<bool>> RedisStore::is_arriving(Slot slot, EntityId body) {
  static const std::string first = std::to_string(kEntityIdOffset);
  static const std::string last = std::to_string(kEntityIdOffset + body.size() - 1);
  const std::string name = keys_.progress(slot);
  const std::array<std::string_view, 4> args{"GETRANGE", name, first, last};
  const auto reply = co_await commands_.call(args);
  if (!reply) {
    if (redis::is_rejection(reply.error(), "WRONGTYPE")) co_return false;
    co_return reply.error();
  }
  co_return reply->text() == view(body);
}

Task<Result<LockState>> RedisStore::announce(Slot slot, LockToken mine, RecordPtr record) {
  const std::string lock = keys_.lock(slot);
  const std::string waiting = keys_.waiting(slot);
  const std::string progress = keys_.progress(slot);
  const std::string value = lock_value(mine);
  const std::string channel = keys_.wake_channel();
  const std::string who = to_string(slot);
  const std::string bytes = encode(*record);
  const std::string lease = std::to_string(options_.lock_lease.count());
  const std::array<std::string_view, 3> keys{lock, waiting, progress};
  const std::array<std::string_view, 5> args{value, channel, who, bytes, lease};
  const auto reply = co_await redis::eval(commands_, scripts::announce(), keys, args);
  if (!reply) co_return reply.error();
  co_return reply->integer() == 1 ? LockState::Mine : LockState::Lost;
}

Task<Result<EntityId>> RedisStore::put_body(const Slot& slot, const StoreRequest& what) {
  const Record& record = *what.record;
  if (record.body_id() != EntityId{} || record.body_size <= kInlineBody) co_return record.body_id();
  // The record's own id is as new as the record; nobody knows these chunks before it is stored.
  const BodyName body{slot.resource, record.id};
  for (std::uint64_t n = 1; n < chunk_count(record.body_size); ++n) {
    const ChunkName name{record.id, static_cast<std::uint32_t>(n)};
    const auto pieces = slices(record, chunk_span(n, record.body_size));
    std::string bytes = encode_chunk(name, pieces, what.coding);
    const auto put =
        co_await chunks_.put(body, name.index, std::move(bytes), what.keep_for + kChunksOutlive);
    if (!put) co_return put.error();
  }
  co_return record.id;
}

Task<void> RedisStore::drop_entity(Slot slot, EntityId id) {
  const std::string record = keys_.record(slot);
  const std::array<std::string_view, 1> keys{record};
  const std::array<std::string_view, 1> args{view(id)};
  [[maybe_unused]] const auto dropped =
      co_await redis::eval(commands_, scripts::drop_entity(), keys, args);
}

}  // namespace wf::cache
