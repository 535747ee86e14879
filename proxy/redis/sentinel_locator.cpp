#include "proxy/redis/sentinel_locator.hpp"

#include <utility>

#include "proxy/net/connect.hpp"
#include "proxy/redis/ask_once.hpp"
#include "proxy/redis/sentinel_answers.hpp"

namespace wf::redis {
namespace {

constexpr const char* kSwitches = "+switch-master";

/// One address after the other: a Sentinel that does not answer is left for the next.
class InTurn final : public Locator {
 public:
  explicit InTurn(std::vector<config::Address> addresses) : addresses_(std::move(addresses)) {}
  void start(Moved /*moved*/) override {}
  [[nodiscard]] net::Task<void> stop() override { co_return; }
  [[nodiscard]] net::Task<Result<config::Address>> locate() override {
    co_return addresses_[next_++ % addresses_.size()];
  }

 private:
  std::vector<config::Address> addresses_;
  std::size_t next_ = 0;
};

}  // namespace

SentinelLocator::SentinelLocator(net::Executor executor, net::DeadlineList& deadlines,
                                 SentinelSettings settings)
    : deadlines_(deadlines),
      settings_(std::move(settings)),
      tasks_(executor, [](std::string_view) {}),
      watch_(executor, deadlines, settings_.connection, watching()) {}

Subscriber::Callbacks SentinelLocator::watching() {
  Subscriber::Callbacks callbacks;
  callbacks.locator = std::make_shared<InTurn>(settings_.addresses);
  callbacks.on_message = [this](std::string_view, std::string_view payload) { on_switch(payload); };
  callbacks.on_subscribed = [this](std::string_view) {
    if (!stopping_) tasks_.spawn(look_again());
  };
  return callbacks;
}

void SentinelLocator::start(Moved moved) {
  moved_ = std::move(moved);
  watch_.subscribe(kSwitches);
  watch_.start();
}

net::Task<void> SentinelLocator::stop() {
  stopping_ = true;
  co_await watch_.stop();
  co_await tasks_.join();
}

net::Task<Result<config::Address>> SentinelLocator::locate() {
  if (promoted_) {
    current_ = *std::exchange(promoted_, std::nullopt);
    co_return current_;
  }
  Result<config::Address> master = co_await ask_all();
  if (master) current_ = *master;
  co_return master;
}

net::Task<Result<config::Address>> SentinelLocator::ask_all() {
  const std::size_t count = settings_.addresses.size();
  const std::size_t first = first_;
  Error last{ErrorCode::Unavailable, Side::Store, Retry::Safe, "no Sentinel"};
  for (std::size_t i = 0; i < count && !stopping_; ++i) {
    const std::size_t index = (first + i) % count;
    const config::Address sentinel = settings_.addresses[index];
    std::vector<std::string> question{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", settings_.master};
    const Result<Reply> reply =
        co_await ask_once(deadlines_, settings_.connection, sentinel, std::move(question));
    Result<config::Address> master =
        reply ? parse_master_address(*reply, settings_.master) : reply.error();
    if (master) {
      first_ = index;
      co_return master;
    }
    last = master.error();
    last.detail.insert(0, "Sentinel " + net::to_string(sentinel) + ": ");
  }
  co_return last;
}

net::Task<void> SentinelLocator::look_again() {
  const Result<config::Address> master = co_await ask_all();
  if (master && !stopping_) lead_to(*master);
}

void SentinelLocator::on_switch(std::string_view payload) {
  const auto change = parse_master_switch(payload);
  if (change && change->master == settings_.master) lead_to(change->address);
}

void SentinelLocator::lead_to(config::Address address) {
  // Before the first connect there is nothing to be moved.
  if (current_ == address || current_ == config::Address{}) return;
  std::string detail = "Sentinel names another master: " + net::to_string(address);
  promoted_ = std::move(address);
  moved_({ErrorCode::Unavailable, Side::Store, Retry::Safe, std::move(detail)});
}

}  // namespace wf::redis
