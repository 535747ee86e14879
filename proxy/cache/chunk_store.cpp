#include "proxy/cache/chunk_store.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/cache/chunk_map.hpp"
#include "proxy/cache/redis_scripts.hpp"
#include "proxy/redis/rejection.hpp"
#include "proxy/redis/script.hpp"

namespace wf::cache {
namespace {

using net::Task;

void count(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed);
}

std::string ms(Millis duration) {
  return std::to_string(std::max<Millis::rep>(1, duration.count()));
}

/// Keys of one script: short enough that Redis is not held up.
constexpr std::size_t kProlongedAtOnce = 256;

// One byte more than the longest chunk tells a foreign value from a sound one (FM-10).
const std::string& longest() {
  static const std::string text = std::to_string(kChunkBytes + kChunkOverhead);
  return text;
}

}  // namespace

class ChunkStore::Place {
 public:
  explicit Place(ChunkStore& store) : store_(store) { ++store_.travelling_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    --store_.travelling_;
    store_.arrived_.notify_all();
  }

 private:
  ChunkStore& store_;
};

ChunkStore::ChunkStore(redis::Commands& commands, RedisKeys keys)
    : commands_(commands), keys_(std::move(keys)) {}

Task<void> ChunkStore::wait_for_place() {
  while (travelling_ >= kInFlight) {
    const auto seen = arrived_.epoch();
    co_await arrived_.wait(seen, net::Notifier::TimePoint::max());
  }
}

// Both commands may be repeated: what they name never changes.
Task<Result<redis::Reply>> ChunkStore::call(redis::Args args) {
  Result<redis::Reply> reply = co_await commands_.call(args);
  if (reply || reply.error().code != ErrorCode::Timeout) co_return reply;
  Result<redis::Reply> again = co_await commands_.call(args);
  co_return again;
}

Task<Result<void>> ChunkStore::put(BodyName body, std::uint32_t index, std::string bytes,
                                   Millis keep_for) {
  co_await wait_for_place();
  const Place place{*this};
  const std::string name = keys_.chunk(body.resource, body.id, index);
  const std::string life = ms(keep_for);
  const std::array<std::string_view, 5> args{"SET", name, bytes, "PX", life};
  const auto reply = co_await call(args);
  if (!reply) co_return reply.error();
  count(counters_.written);
  co_return Result<void>{};
}

Task<Result<Chunk>> ChunkStore::get(BodyName body, std::uint32_t index) {
  co_await wait_for_place();
  const Place place{*this};
  const std::string name = keys_.chunk(body.resource, body.id, index);
  const std::array<std::string_view, 4> args{"GETRANGE", name, "0", longest()};
  auto reply = co_await call(args);
  if (!reply) {
    if (!redis::is_rejection(reply.error(), "WRONGTYPE")) co_return reply.error();
    count(counters_.unsound);
    count(counters_.lost);
    co_return Chunk{};
  }
  std::string value = std::move(*reply).take_text();
  if (value.empty()) {
    count(counters_.lost);
    co_return Chunk{};
  }
  const ChunkName expected{body.id, index};
  auto chunk = decode_chunk(std::move(value), expected);
  if (chunk) {
    count(counters_.read);
    co_return std::move(*chunk);
  }
  count(counters_.unsound);
  count(counters_.lost);
  co_return Chunk{};
}

Task<Result<ChunkStore::Prolonged>> ChunkStore::prolong(BodyName body, std::uint32_t last,
                                                        Millis keep_for) {
  const std::string life = ms(keep_for);
  const std::array<std::string_view, 1> args{life};
  std::uint32_t index = 1;
  while (index <= last) {
    std::vector<std::string> names;
    for (; index <= last && names.size() < kProlongedAtOnce; ++index) {
      names.push_back(keys_.chunk(body.resource, body.id, index));
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto reply = co_await redis::eval(commands_, scripts::prolong(), views, args);
    if (!reply) co_return reply.error();
    if (reply->integer() != 1) co_return Prolonged::Lost;
  }
  co_return Prolonged::All;
}

}  // namespace wf::cache
