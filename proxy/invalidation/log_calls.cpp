#include "proxy/invalidation/log_calls.hpp"

#include <array>
#include <random>
#include <vector>

#include "proxy/invalidation/log_scripts.hpp"

namespace wf::invalidation {

namespace {

/// A double holds it exactly: it is the score of the index's mark.
constexpr std::uint64_t kMostBirth = (std::uint64_t{1} << 53U) - 1;

std::string new_birth() {
  std::random_device random;
  const std::uint64_t value = ((std::uint64_t{random()} << 32U) | random()) & kMostBirth;
  return std::to_string(value == 0 ? 1 : value);
}

std::string text(Millis time) { return std::to_string(time.count()); }

/// Keys and the arguments that every script has, and room for its own.
class Call {
 public:
  explicit Call(const LogSettings& settings)
      : names_{settings.log(), settings.index(), settings.nodes()},
        common_{new_birth(), text(settings.window), text(kLogRetention), text(settings.lease)},
        keys_(names_.begin(), names_.end()),
        args_(common_.begin(), common_.end()) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void add(std::string_view arg) { args_.push_back(arg); }
  [[nodiscard]] net::Task<Result<redis::Reply>> eval(redis::Commands& redis,
                                                     const redis::Script& script) const {
    return redis::eval(redis, script, keys_, args_);
  }

 private:
  std::array<std::string, 3> names_;
  std::array<std::string, 4> common_;
  std::vector<std::string_view> keys_;
  std::vector<std::string_view> args_;
};

std::string score(const Sequence& sequence) {
  return std::to_string(sequence.ms * scripts::kPerMilli + sequence.n);
}

/// The hexadecimal text after `name` in an INFO section.
std::string_view info_field(std::string_view info, std::string_view name) noexcept {
  const std::size_t at = info.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = info.substr(at + name.size());
  return rest.substr(0, rest.find_first_not_of("0123456789abcdef"));
}

}  // namespace

net::Task<Result<FleetReply>> append(redis::Commands& redis, const LogSettings& settings,
                                     std::span<const Selector> selectors, std::string_view flags) {
  Call call{settings};
  call.add(flags);
  for (const Selector& selector : selectors) call.add(selector);
  const Result<redis::Reply> reply = co_await call.eval(redis, scripts::append());
  if (!reply) co_return reply.error();
  co_return read_fleet(*reply);
}

net::Task<Result<CatchUpReply>> catch_up(redis::Commands& redis, const LogSettings& settings,
                                         Stamp applied, Tell tell) {
  const std::string birth = std::to_string(applied.birth.value);
  const std::string position = to_text(applied.sequence);
  const std::string channel = tell == Tell::Yes ? settings.channel() : std::string{};
  Call call{settings};
  call.add(settings.name);
  call.add(birth);
  call.add(position);
  call.add(channel);
  const Result<redis::Reply> reply = co_await call.eval(redis, scripts::catch_up());
  if (!reply) co_return reply.error();
  co_return read_catch_up(*reply);
}

net::Task<Result<ReloadReply>> reload(redis::Commands& redis, const LogSettings& settings,
                                      Sequence from) {
  const std::string least = score(from);
  Call call{settings};
  call.add(least);
  const Result<redis::Reply> reply = co_await call.eval(redis, scripts::reload());
  if (!reply) co_return reply.error();
  co_return read_reload(*reply);
}

net::Task<Result<FleetReply>> list_nodes(redis::Commands& redis, const LogSettings& settings) {
  const Call call{settings};
  const Result<redis::Reply> reply = co_await call.eval(redis, scripts::nodes());
  if (!reply) co_return reply.error();
  co_return read_fleet(*reply);
}

net::Task<Result<void>> leave(redis::Commands& redis, const LogSettings& settings) {
  const std::string nodes = settings.nodes();
  const std::string field = "n:" + settings.name;
  const std::array<std::string_view, 3> args{"HDEL", nodes, field};
  const Result<redis::Reply> reply = co_await redis.call(args);
  if (!reply) co_return reply.error();
  co_return Result<void>{};
}

net::Task<Result<std::string>> server_identity(redis::Commands& redis) {
  const std::array<std::string_view, 2> server{"INFO", "server"};
  const std::array<std::string_view, 2> replication{"INFO", "replication"};
  const Result<redis::Reply> run = co_await redis.call(server);
  if (!run) co_return run.error();
  const Result<redis::Reply> lineage = co_await redis.call(replication);
  if (!lineage) co_return lineage.error();
  co_return std::string{info_field(run->text(), "run_id:")}.append(
      info_field(lineage->text(), "master_replid:"));
}

net::Task<Result<void>> await_entry(redis::Commands& redis, const LogSettings& settings,
                                    Sequence position, Millis block) {
  const std::string log = settings.log();
  const std::string after = to_text(position);
  const std::string wait = text(block);
  const std::array<std::string_view, 8> args{"XREAD", "COUNT",   "1", "BLOCK",
                                             wait,    "STREAMS", log, after};
  const Result<redis::Reply> reply = co_await redis.call(args);
  if (!reply) co_return reply.error();
  co_return Result<void>{};
}

}  // namespace wf::invalidation
