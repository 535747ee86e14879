#include "proxy/cache/redis_store.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "proxy/cache/record_codec.hpp"
#include "proxy/cache/redis_scripts.hpp"
#include "proxy/redis/rejection.hpp"
#include "proxy/redis/script.hpp"

namespace wf::cache {
namespace {

using net::Task;

void count(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed);
}

std::string_view view(const EntityId& id) noexcept {
  // An id is bytes; reading them as char is what the language allows.
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

std::string_view view_unless_zero(const EntityId& id) noexcept {
  return id == EntityId{} ? std::string_view{} : view(id);
}

std::string ms(Millis duration) {
  return std::to_string(std::max<Millis::rep>(1, duration.count()));
}

/// "2 timeout": how often, and how the last time.
Error failure_of(std::string_view mark) {
  const std::string_view how = mark.substr(std::min(mark.size(), mark.find(' ') + 1));
  Error error{ErrorCode::Closed, Side::Upstream, Retry::No, "another proxy was told a moment ago"};
  for (auto code = ErrorCode::Timeout; code < ErrorCode::Internal;
       code = static_cast<ErrorCode>(static_cast<int>(code) + 1)) {
    if (to_string(code) == how) error.code = code;
  }
  return error;
}

Result<AcquireReply> acquire_reply(const redis::Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 2) return redis::unexpected("acquire", reply);
  switch (parts[0].integer()) {
    case 0:
      return AcquireReply{AcquireReply::State::Found, {}, {}};
    case 1:
      return AcquireReply{AcquireReply::State::Acquired, {}, {}};
    case 2:
      return AcquireReply{AcquireReply::State::Held, std::string{parts[1].text()}, {}};
    case 3:
      return AcquireReply{AcquireReply::State::Arriving, std::string{parts[1].text()}, {}};
    case 4:
      return AcquireReply{AcquireReply::State::Failed, {}, failure_of(parts[1].text())};
    default:
      return redis::unexpected("acquire", reply);
  }
}

Result<LockState> lock_state(const Result<redis::Reply>& reply) {
  if (!reply) return reply.error();
  return reply->integer() == 1 ? LockState::Mine : LockState::Lost;
}

Result<StoreReply> store_reply(const Result<redis::Reply>& reply) {
  if (!reply) return reply.error();
  switch (reply->integer()) {
    case 0:
      return StoreReply::TokenLost;
    case 1:
      return StoreReply::Stored;
    case 2:
      return StoreReply::Replaced;
    default:
      return redis::unexpected("store", *reply);
  }
}

Slot slot_of_record(const Slot& lock, const Record& record) {
  Slot slot{lock.resource, {}};
  if (!record.variant().empty()) slot.variant = key_hash(record.variant()).hex;
  return slot;
}

Error too_large() {
  return {ErrorCode::TooLarge, Side::Self, Retry::No, "record longer than Redis is given"};
}

/// Chunk 0 is in the record; who has begun to read its copy may finish.
constexpr Millis kFirstChunkFor{10'000};

}  // namespace

RedisStoreOptions options_for(const config::Store& store) noexcept {
  RedisStoreOptions options;
  options.lock_lease = store.lock_lease;
  options.wait_mark = store.lock_wait;
  return options;
}

RedisStore::Fingerprint::Fingerprint(std::string_view value) : length(value.size()) {
  const std::size_t end = std::min(length, kEnd);
  std::copy_n(value.begin(), end, front.begin());
  std::copy_n(value.end() - static_cast<std::ptrdiff_t>(end), end, back.begin());
}

std::string_view RedisStore::Fingerprint::first() const noexcept {
  return {front.data(), std::min(length, kEnd)};
}

std::string_view RedisStore::Fingerprint::last() const noexcept {
  return {back.data(), std::min(length, kEnd)};
}

RedisStore::RedisStore(redis::Commands& commands, RedisKeys keys, RedisStoreOptions options)
    : commands_(commands), keys_(std::move(keys)), options_(options), chunks_(commands, keys_) {}

Task<Result<RecordPtr>> RedisStore::find(std::string_view key_text, std::string_view variant_text) {
  return read(names_.of(key_text, variant_text), key_text, variant_text);
}

Task<Result<RecordPtr>> RedisStore::find(const Slot& slot, std::string_view key_text,
                                         std::string_view variant_text) {
  return read(RecordName{keys_.record(slot)}, key_text, variant_text);
}

// GETRANGE instead of GET bounds what a foreign value can cost: one byte more than the longest
// record tells it from a sound one, and the connection survives (FM-10).
Task<Result<RecordPtr>> RedisStore::read(RecordName name, std::string_view key_text,
                                         std::string_view variant_text) {
  const std::array<std::string_view, 4> args{"GETRANGE", name.view(), "0", longest_};
  auto reply = co_await commands_.call(args);
  auto read = judge(std::move(reply), key_text, variant_text);
  if (!read) co_return read.error();
  if (read->unsound) co_await remove(name, *read->unsound);
  co_return std::move(read->record);
}

Result<RedisStore::Read> RedisStore::judge(Result<redis::Reply> reply, std::string_view key_text,
                                           std::string_view variant_text) {
  if (!reply) {
    if (!redis::is_rejection(reply.error(), "WRONGTYPE")) return reply.error();
    return refuse({}, counters_.corrupt);
  }
  if (reply->type() != redis::Reply::Type::Bulk) return redis::unexpected("GETRANGE", *reply);
  std::string value = std::move(*reply).take_text();
  if (value.empty()) {
    count(counters_.misses);
    return Read{};
  }
  if (value.size() > options_.max_value.count) return refuse(value, counters_.oversized);
  const auto record = decode_from(value);
  const bool asked_for =
      record && (*record)->key() == key_text && (*record)->variant() == variant_text;
  if (!asked_for) {
    count(counters_.misses);
    count(record ? counters_.mismatched : counters_.corrupt);
    // A record has one encoding.
    return Read{nullptr, Fingerprint{record && value.empty() ? encode(**record) : value}};
  }
  count(counters_.hits);
  return Read{*record, std::nullopt};
}

RedisStore::Read RedisStore::refuse(std::string_view value, std::atomic<std::uint64_t>& reason) {
  count(counters_.misses);
  count(reason);
  return {nullptr, Fingerprint{value}};
}

// A value that cannot be removed costs another miss and nothing else: the error is nobody's.
Task<void> RedisStore::remove(RecordName name, Fingerprint unsound) {
  const std::string length = std::to_string(unsound.length);
  const std::array<std::string_view, 1> keys{name.view()};
  const std::array<std::string_view, 4> args{length, unsound.first(), unsound.last(), longest_};
  const redis::Script& script = scripts::drop_unsound();
  [[maybe_unused]] const auto removed = co_await redis::eval(commands_, script, keys, args);
}

Task<Result<AcquireReply>> RedisStore::acquire(Slot slot, LockToken mine, EntityId seen,
                                               unsigned enough) {
  const std::string record = keys_.record(slot);
  const std::string lock = keys_.lock(slot);
  const std::string waiting = keys_.waiting(slot);
  const std::string progress = keys_.progress(slot);
  const std::string value = lock_value(mine);
  const std::string lease = ms(options_.lock_lease);
  const std::string wait = ms(options_.wait_mark);
  const std::string failure = keys_.failure(slot);
  const std::string failures = std::to_string(enough);
  const std::array<std::string_view, 5> keys{record, lock, waiting, progress, failure};
  const std::array<std::string_view, 7> args{view_unless_zero(seen), value,    lease,   wait,
                                             kRecordPrefix,          longest_, failures};
  const auto reply = co_await redis::eval(commands_, scripts::acquire(), keys, args);
  if (!reply) co_return reply.error();
  co_return acquire_reply(*reply);
}

Task<Result<LockState>> RedisStore::take_over(Slot slot, std::string held, LockToken mine) {
  const std::string lock = keys_.lock(slot);
  const std::string value = lock_value(mine);
  const std::string lease = ms(options_.lock_lease);
  const std::string progress = keys_.progress(slot);
  const std::array<std::string_view, 2> keys{lock, progress};
  const std::array<std::string_view, 3> args{held, value, lease};
  const auto reply = co_await redis::eval(commands_, scripts::take_over(), keys, args);
  co_return lock_state(reply);
}

Task<Result<LockState>> RedisStore::renew(Slot slot, LockToken mine) {
  const std::string lock = keys_.lock(slot);
  const std::string value = lock_value(mine);
  const std::string lease = ms(options_.lock_lease);
  const std::string progress = keys_.progress(slot);
  const std::array<std::string_view, 2> keys{lock, progress};
  const std::array<std::string_view, 2> args{value, lease};
  const auto reply = co_await redis::eval(commands_, scripts::renew(), keys, args);
  co_return lock_state(reply);
}

Task<Result<LockState>> RedisStore::release(Slot slot, LockToken mine) {
  const std::string lock = keys_.lock(slot);
  const std::string waiting = keys_.waiting(slot);
  const std::string value = lock_value(mine);
  const std::string channel = keys_.wake_channel();
  const std::string who = to_string(slot);
  const std::string progress = keys_.progress(slot);
  const std::array<std::string_view, 3> keys{lock, waiting, progress};
  const std::array<std::string_view, 3> args{value, channel, who};
  const auto reply = co_await redis::eval(commands_, scripts::release(), keys, args);
  co_return lock_state(reply);
}

Task<Result<LockState>> RedisStore::fail(Slot slot, LockToken mine, ErrorCode how,
                                         Millis keep_for) {
  const std::string lock = keys_.lock(slot);
  const std::string waiting = keys_.waiting(slot);
  const std::string progress = keys_.progress(slot);
  const std::string failure = keys_.failure(slot);
  const std::string value = lock_value(mine);
  const std::string channel = keys_.wake_channel();
  const std::string who = to_string(slot);
  const std::string keep = ms(keep_for);
  const std::array<std::string_view, 4> keys{lock, waiting, progress, failure};
  const std::array<std::string_view, 5> args{value, channel, who, wf::to_string(how), keep};
  const auto reply = co_await redis::eval(commands_, scripts::fail(), keys, args);
  co_return lock_state(reply);
}

Task<Result<StoreReply>> RedisStore::store(Slot slot, LockToken mine, StoreRequest what) {
  const auto body_id = co_await put_body(slot, what);
  if (!body_id) co_return body_id.error();
  const std::string bytes = encode(*what.record, *body_id);
  if (bytes.size() > options_.max_value.count) co_return too_large();
  const std::string lock = keys_.lock(slot);
  const std::string waiting = keys_.waiting(slot);
  const Slot place = slot_of_record(slot, *what.record);
  const std::string record = keys_.record(place);
  const std::string value = lock_value(mine);
  const std::string channel = keys_.wake_channel();
  const std::string who = to_string(slot);
  const std::string keep = ms(what.keep_for);
  const std::string progress = keys_.progress(slot);
  const std::string first = keys_.chunk(slot.resource, *body_id, 0);
  const std::string first_for = ms(kFirstChunkFor);
  const std::string variants = keys_.variants(slot.resource);
  const std::string most = std::to_string(what.max_variants);
  const std::string prefix = keys_.variant_prefix(slot.resource);
  std::vector<std::string_view> keys{lock, waiting, record, progress, first, variants};
  std::vector<std::string_view> args{value, channel, who,       view_unless_zero(what.revives),
                                     bytes, keep,    first_for, place.variant,
                                     most,  prefix};
  const std::string index_name = keys_.resource(slot.resource);
  const std::string index = what.vary_index ? encode(*what.vary_index) : std::string{};
  if (what.vary_index) {
    keys.push_back(index_name);
    args.push_back(index);
  }
  const auto reply = co_await redis::eval(commands_, scripts::store(), keys, args);
  co_return store_reply(reply);
}

Task<Result<StoreReply>> RedisStore::mark_uncacheable(Slot slot, LockToken mine, RecordPtr record,
                                                      Millis keep_for) {
  StoreRequest what;
  what.record = std::move(record);
  what.keep_for = keep_for;
  auto reply = co_await store(std::move(slot), std::move(mine), std::move(what));
  co_return reply;
}

Task<Result<void>> RedisStore::drop(std::span<const KeyHash> resources) {
  for (const KeyHash& resource : resources) {
    const std::string name = keys_.resource(resource);
    const std::array<std::string_view, 2> args{"UNLINK", name};
    const auto reply = co_await commands_.call(args);
    if (!reply) co_return reply.error();
  }
  co_return Result<void>{};
}

}  // namespace wf::cache
