#include "proxy/invalidation/purge_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

#include "proxy/redis/script.hpp"

namespace wf::invalidation {

namespace {

using redis::Reply;

/// How long a purge waits for its own echo; it is in force here long before.
constexpr Millis kEcho{1000};
constexpr std::size_t kEntriesPerRead = 1000;
/// Lua's stack, from which the script appends, takes some thousands.
constexpr std::size_t kSelectorsPerEntry = 1000;
/// Steady clocks drift apart by some parts in a million.
constexpr Millis kSynchroniseEvery{600'000};

// Log and birth are made together, and again together if one of them was lost: what is stored
// under another birth is invalid. The first entry makes the log exist, and is nobody's purge.
constexpr std::string_view kEnsure = R"lua(
local birth = redis.call('GET', KEYS[2])
if not birth or redis.call('EXISTS', KEYS[1]) == 0 then
  birth = ARGV[1]
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], birth)
  redis.call('XADD', KEYS[1], '*', 'b', birth)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
)lua";

const redis::Script& attach_script() {
  static const redis::Script script{std::string{kEnsure} + R"lua(
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
local time = redis.call('TIME')
return {birth, first, time[1], time[2]}
)lua"};
  return script;
}

const redis::Script& append_script() {
  static const redis::Script script{std::string{kEnsure} + R"lua(
local now = redis.call('TIME')
local oldest = now[1] * 1000 - ARGV[2]
if oldest > 0 then
  redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%d', oldest))
end
local entry = {}
for i = 3, #ARGV do
  entry[#entry + 1] = 's'
  entry[#entry + 1] = ARGV[i]
end
return redis.call('XADD', KEYS[1], '*', unpack(entry))
)lua"};
  return script;
}

Error malformed(std::string what) {
  return {ErrorCode::Malformed, Side::Store, Retry::No, "purge log: " + std::move(what)};
}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

/// "ms-n".
std::optional<Sequence> parse_sequence(std::string_view text) {
  const auto dash = text.find('-');
  Sequence sequence;
  if (dash == std::string_view::npos || !parse_number(text.substr(0, dash), sequence.ms) ||
      !parse_number(text.substr(dash + 1), sequence.n)) {
    return std::nullopt;
  }
  return sequence;
}

std::string to_string(const Sequence& sequence) {
  return std::to_string(sequence.ms) + "-" + std::to_string(sequence.n);
}

std::string new_birth() {
  std::random_device random;
  const std::uint64_t value = (std::uint64_t{random()} << 32U) | random();
  return std::to_string(value == 0 ? 1 : value);
}

/// The time of Redis' TIME reply, halfway between asking and hearing.
UnixTime redis_time(std::string_view seconds, std::string_view micros) {
  std::int64_t s = 0;
  std::int64_t us = 0;
  if (!parse_number(seconds, s) || !parse_number(micros, us)) return {};
  return UnixTime{Millis{s * 1000 + us / 1000}};
}

}  // namespace

PurgeLog::PurgeLog(PurgeTable& table, FleetClock& clock, PurgeLogSettings settings)
    : table_(table), clock_(clock), settings_(std::move(settings)), contact_(0) {
  touch();
}

void PurgeLog::touch() noexcept {
  contact_.store(timer_now().time_since_epoch().count(), std::memory_order_relaxed);
}

Millis PurgeLog::silence() const noexcept {
  if (!settings_.shared) return Millis{0};
  const std::chrono::steady_clock::duration since{contact_.load(std::memory_order_relaxed)};
  return std::chrono::floor<Millis>(timer_now().time_since_epoch() - since);
}

std::size_t PurgeLog::pending() const {
  const std::lock_guard lock{mutex_};
  return pending_.size();
}

net::Task<Receipt> PurgeLog::purge(redis::Commands* redis, Purge what, Millis timeout) {
  const std::vector<Selector>& selectors = what.selectors;
  Receipt receipt;
  if (!settings_.shared || redis == nullptr) {
    receipt.sequence = table_.apply_local(selectors);
    co_return receipt;
  }
  const Result<Sequence> sequence = co_await append(*redis, selectors);
  if (!sequence) {
    // In force here at once and until the fleet knows; the follower appends it when Redis is back.
    const std::lock_guard lock{mutex_};
    table_.apply_pending(selectors);
    pending_.insert(selectors.begin(), selectors.end());
    receipt.state = Receipt::State::Pending;
    co_return receipt;
  }
  receipt.sequence = *sequence;
  receipt.state = Receipt::State::Accepted;
  table_.apply_early(*sequence, selectors);
  // A fill that begins before the echo would store a record that is dead on arrival.
  const auto give_up = net::after(std::min(kEcho, timeout));
  while (timer_now() < give_up) {
    const auto seen = table_.moved().epoch();
    if (table_.position().sequence >= *sequence) break;
    co_await table_.moved().wait(seen, give_up);
  }
  co_return receipt;
}

net::Task<Result<Sequence>> PurgeLog::append(redis::Commands& redis,
                                             std::span<const Selector> selectors) {
  for (;;) {
    const auto entry = selectors.first(std::min(selectors.size(), kSelectorsPerEntry));
    const Result<Sequence> sequence = co_await append_entry(redis, entry);
    selectors = selectors.subspan(entry.size());
    if (!sequence || selectors.empty()) co_return sequence;
  }
}

net::Task<Result<Sequence>> PurgeLog::append_entry(redis::Commands& redis,
                                                   std::span<const Selector> selectors) {
  const std::string birth = new_birth();
  const std::string retention = std::to_string(settings_.retention.count());
  const std::array<std::string_view, 2> keys{settings_.log_key, settings_.birth_key};
  std::vector<std::string_view> args{birth, retention};
  args.insert(args.end(), selectors.begin(), selectors.end());
  auto reply = co_await redis::eval(redis, append_script(), keys, args);
  if (!reply) co_return reply.error();
  const auto sequence = parse_sequence(reply->text());
  if (!sequence) co_return malformed("no sequence for an entry");
  co_return *sequence;
}

std::vector<Selector> PurgeLog::take_pending() {
  const std::lock_guard lock{mutex_};
  std::vector<Selector> taken;
  while (!pending_.empty() && taken.size() < kSelectorsPerEntry) {
    taken.push_back(std::move(pending_.extract(pending_.begin()).value()));
  }
  return taken;
}

net::Task<Result<void>> PurgeLog::append_pending(redis::Commands& redis) {
  for (;;) {
    std::vector<Selector> selectors = take_pending();
    if (selectors.empty()) co_return Result<void>{};
    const Result<Sequence> sequence = co_await append(redis, selectors);
    if (!sequence) {
      const std::lock_guard lock{mutex_};
      pending_.insert(selectors.begin(), selectors.end());
      co_return sequence.error();
    }
    settle(*sequence, std::move(selectors));
  }
}

void PurgeLog::settle(Sequence sequence, std::vector<Selector> selectors) {
  const std::lock_guard lock{mutex_};
  // Purged once more while this one was on its way: that one is still to come.
  const auto again = std::stable_partition(
      selectors.begin(), selectors.end(),
      [this](const Selector& selector) { return !pending_.contains(selector); });
  table_.settle(sequence, {selectors.begin(), again});
  table_.apply_early(sequence, {again, selectors.end()});
}

net::Task<Result<void>> PurgeLog::attach(redis::Commands& redis) {
  const std::string birth = new_birth();
  const std::string retention = std::to_string(settings_.retention.count());
  const std::array<std::string_view, 2> keys{settings_.log_key, settings_.birth_key};
  const std::array<std::string_view, 2> args{birth, retention};
  const SteadyTime asked = clock_.local().steady();
  auto reply = co_await redis::eval(redis, attach_script(), keys, args);
  if (!reply) co_return reply.error();
  const auto parts = reply->elements();
  Birth found;
  if (parts.size() != 4 || !parse_number(parts[0].text(), found.value)) {
    co_return malformed("an answer of another shape");
  }
  const auto first = parse_sequence(parts[1].text());
  if (!first) co_return malformed("no first sequence");
  synchronise(parts[2], parts[3], asked);

  const Stamp here = table_.position();
  // A new birth, or a log trimmed past our position: what we cannot check is invalid from now on.
  if (here.birth != found || here.sequence < *first) table_.reset(found, *first);
  co_return Result<void>{};
}

void PurgeLog::synchronise(const Reply& seconds, const Reply& micros, SteadyTime asked) {
  if (timer_now() < next_synchronisation_) return;
  next_synchronisation_ = net::after(kSynchroniseEvery);
  const SteadyTime heard = clock_.local().steady();
  clock_.synchronise(redis_time(seconds.text(), micros.text()), asked + (heard - asked) / 2);
}

Result<void> PurgeLog::apply_entries(std::span<const Reply> entries) {
  for (const Reply& entry : entries) {
    const auto parts = entry.elements();
    const auto sequence = parts.size() == 2 ? parse_sequence(parts[0].text()) : std::nullopt;
    if (!sequence) return malformed("an entry of another shape");
    std::vector<Selector> selectors;
    const auto fields = parts[1].elements();
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (fields[i].text() == "s") selectors.emplace_back(fields[i + 1].text());
    }
    table_.apply(*sequence, selectors);
  }
  return {};
}

net::Task<Result<void>> PurgeLog::follow_once(redis::Commands& redis, Millis block) {
  const Result<void> attached = co_await attach(redis);
  if (!attached) {
    // It may be another Redis, with another clock, that answers next.
    next_synchronisation_ = {};
    co_return attached;
  }
  const Result<void> appended = co_await append_pending(redis);
  if (!appended) co_return appended;
  bool news = false;
  for (std::size_t entries = kEntriesPerRead; entries >= kEntriesPerRead;) {
    const Result<std::size_t> read = co_await read_log(redis, Millis{0});
    if (!read) co_return read.error();
    entries = *read;
    news = news || entries != 0;
  }
  // Only now is it known that no purge is missing.
  touch();
  if (news) co_return Result<void>{};
  const Result<std::size_t> waited = co_await read_log(redis, block);
  if (!waited) co_return waited.error();
  if (*waited < kEntriesPerRead) touch();
  co_return Result<void>{};
}

net::Task<Result<std::size_t>> PurgeLog::read_log(redis::Commands& redis, Millis block) {
  const std::string position = to_string(table_.position().sequence);
  const std::string count = std::to_string(kEntriesPerRead);
  const std::string wait = std::to_string(block.count());
  std::vector<std::string_view> command{"XREAD", "COUNT", count};
  if (block > Millis{0}) command.insert(command.end(), {"BLOCK", wait});
  command.insert(command.end(), {"STREAMS", settings_.log_key, position});
  auto reply = co_await redis.call(command);
  if (!reply) co_return reply.error();
  if (reply->elements().empty()) co_return std::size_t{0};
  const auto stream = reply->elements()[0].elements();
  if (stream.size() != 2) co_return malformed("a stream of another shape");
  const auto entries = stream[1].elements();
  const Result<void> applied = apply_entries(entries);
  if (!applied) co_return applied.error();
  co_return entries.size();
}

}  // namespace wf::invalidation
