// A real Redis, a client and the store on it: what the conversations below play on.
#pragma once

#include <functional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "proxy/cache/redis_store.hpp"
#include "proxy/redis/client.hpp"
#include "proxy/redis/rejection.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/show_result.hpp"
#include "tests/unit/cache/sample_records.hpp"

namespace wf::cache::testing {

/// Passes commands on, and does something of its own before one of them.
class Meddler final : public redis::Commands {
 public:
  explicit Meddler(redis::Commands& to) : to_(to) {}
  /// Once, before the next command of that name.
  void before(std::string command, std::function<void()> action) {
    command_ = std::move(command);
    action_ = std::move(action);
  }
  /// So many of the next commands of that name are answered with that error instead.
  void refuse(std::string command, std::string error, unsigned times) {
    refused_ = std::move(command);
    error_ = std::move(error);
    refusals_ = times;
  }
  [[nodiscard]] net::Task<Result<redis::Reply>> call(redis::Args args) override {
    if (action_ && args[0] == command_) std::exchange(action_, nullptr)();
    if (refusals_ > 0 && args[0] == refused_) {
      --refusals_;
      return refusal(error_);
    }
    return to_.call(args);
  }

 private:
  redis::Commands& to_;
  std::string command_;
  std::function<void()> action_;
  std::string refused_;
  std::string error_;
  unsigned refusals_ = 0;

  [[nodiscard]] static net::Task<Result<redis::Reply>> refusal(std::string error) {
    co_return redis::rejection(error);
  }
};

constexpr Bytes kMaxValue = 128_KiB;

struct Stage {
  using Story = net::Task<void> (*)(Stage&);

  Stage()
      : client(loop.executor(), loop.deadlines(), settings()),
        meddler(client),
        keys(RedisKeys::with_prefix("wf").value()),
        store(meddler, keys, {Millis{2000}, Millis{5000}, kMaxValue}) {}

  [[nodiscard]] redis::Settings settings() const {
    redis::Settings settings;
    settings.address = server.address();
    settings.timeout = redis::milliseconds{5000};
    settings.connect_timeout = redis::milliseconds{5000};
    return settings;
  }
  redis::Reply ask(const std::vector<std::string>& words) const { return server.ask(words); }
  [[nodiscard]] bool exists(const std::string& name) const {
    return ask({"EXISTS", name}).integer() == 1;
  }
  /// −1: no time to live; −2: no such key.
  [[nodiscard]] std::int64_t ms_to_live(const std::string& name) const {
    return ask({"PTTL", name}).integer();
  }

  test::RedisServer server;
  test::Loop loop;
  redis::Client client;
  Meddler meddler;
  RedisKeys keys;
  RedisStore store;
};

/// Runs one conversation from connecting to joining.
void play(Stage::Story story);

inline const Slot kSlot = slot_of("key", "");  ///< where the conversations take place
inline const LockToken kMine{std::string(32, 'a'), {{7}, {1'700'000'000'000, 3}}};
inline constexpr EntityId kNothing{};

/// Locks the slot, stores, and expects both to work.
[[nodiscard]] net::Task<void> fill(Stage& stage, Slot slot, StoreRequest what);
/// What is in the slot for the text "key" and this variant.
[[nodiscard]] net::Task<RecordPtr> found(Stage& stage, Slot slot, std::string_view variant = {});
using Where = std::source_location;
[[nodiscard]] net::Task<void> expect_hit(Stage& stage, Where where = Where::current());
[[nodiscard]] net::Task<void> expect_miss(Stage& stage, Where where = Where::current());

/// A lock's token that only differs from others by its letter.
[[nodiscard]] LockToken token(char letter);
/// A response with an entity id of its own.
[[nodiscard]] Draft entity_draft(std::string key, std::uint8_t id);
[[nodiscard]] RecordPtr entity(std::string key, std::uint8_t id);
[[nodiscard]] RecordPtr variant_of(std::string variant, std::uint8_t id);
[[nodiscard]] StoreRequest keep(RecordPtr record, Millis how_long = Millis{60'000});

}  // namespace wf::cache::testing
