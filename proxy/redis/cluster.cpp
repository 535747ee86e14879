#include "proxy/redis/cluster.hpp"

#include <algorithm>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

constexpr unsigned kMostHops = 4;       // that follow at once
constexpr milliseconds kFirstPause{2};  // before trying again; doubles
constexpr milliseconds kLastPause{32};

milliseconds left_until(TimePoint until) {
  const auto left = std::chrono::ceil<milliseconds>(until - timer_now());
  return std::max(left, milliseconds{1});
}

Error nobody() {
  return {ErrorCode::Unavailable, Side::Store, Retry::Safe,
          "no node of the Cluster serves the slot"};
}

/// Whether an error says that the map may be out of date.
bool is_about_the_node(const Error& error) noexcept {
  return error.code != ErrorCode::Rejected || verdict_of(error.detail) != Verdict::CommandOnly;
}

/// A miss of a replica says nothing: it may not have heard of it yet.
bool says_something(const Result<Reply>& reply) noexcept {
  return reply && !reply->is_nil() && !reply->text().empty();
}

}  // namespace

Cluster::Cluster(net::Executor executor, net::DeadlineList& deadlines, ClusterSettings settings,
                 Hooks hooks)
    : deadlines_(deadlines),
      settings_(std::move(settings)),
      tasks_(executor, [](std::string_view) {}),
      nodes_({executor, deadlines, settings_.connection, watched(hooks)}),
      on_link_(std::move(hooks.on_link)) {}

Hooks Cluster::watched(Hooks hooks) {
  auto told = std::move(hooks.on_link);
  hooks.on_link = [this, told = std::move(told)](Link link, const Error* why) {
    if (link == Link::Down) wanted_.notify_all();
    publish();
    changed_.notify_all();
    // Nobody need know of a node that was let go of.
    const bool ours = why != nullptr && why->code == ErrorCode::Cancelled;
    if (told && !ours) told(link, why);
  };
  return hooks;
}

void Cluster::start() {
  tasks_.keep_up([this] { return keep_map(); });
}

net::Task<void> Cluster::stop() {
  stopping_ = true;
  wanted_.notify_all();
  ended_.notify_all();
  changed_.notify_all();
  co_await nodes_.stop();
  co_await tasks_.join();
}

bool Cluster::is_up() const noexcept {
  const auto up = [](const ClusterNodes::Node& node) {
    return node.place.role == Role::Replica || node.client->is_up();
  };
  return known_ && std::all_of(nodes_.all().begin(), nodes_.all().end(), up);
}

net::Task<bool> Cluster::wait_up(milliseconds timeout) {
  const TimePoint until = timer_now() + timeout;
  while (!is_up() && !stopping_ && timer_now() < until) {
    const net::Notifier::Epoch seen = changed_.epoch();
    co_await changed_.wait(seen, until);
  }
  co_return is_up();
}

net::Task<Result<Reply>> Cluster::call(Args args) {
  return call_within(args, settings_.connection.timeout);
}

net::Task<Result<Reply>> Cluster::call_within(Args args, milliseconds timeout) {
  const Result<std::optional<HashSlot>> slot = slot_of_command(args);
  if (!slot) co_return slot.error();
  const TimePoint until = timer_now() + timeout;
  if (settings_.read_replicas && *slot && is_plain_read(args)) {
    std::optional<Reply> found = co_await read_replica(args, **slot, until);
    if (found) co_return *std::move(found);
  }
  Result<Reply> reply = co_await route(args, *slot, until);
  record(reply);
  co_return reply;
}

net::Task<Result<Reply>> Cluster::route(Args args, std::optional<HashSlot> slot, TimePoint until) {
  std::optional<Hop> hop = first_hop(slot);
  milliseconds delay = kFirstPause;
  for (unsigned hops = 0; hop; ++hops) {
    Result<Reply> reply = co_await ask(*hop, args, until);
    if (reply) co_return reply;
    const auto redirection = redirection_of(reply.error(), hop->address);
    if (!redirection && is_about_the_node(reply.error())) wanted_.notify_all();
    if (!redirection) co_return reply;
    const bool try_again = redirection->kind == Redirection::Kind::TryAgain;
    // Nodes that send us to and fro, while the news of a move spreads, agree before long.
    if (try_again || hops >= kMostHops) {
      if (timer_now() + delay >= until) co_return reply;
      co_await pause(delay);
      delay = std::min(delay * 2, kLastPause);
    }
    if (try_again) {
      // By now the slot may be all here or all there.
      hop = first_hop(slot);
    } else {
      follow(*redirection, *hop);
    }
    if (stopping_ || timer_now() >= until) co_return reply;
  }
  wanted_.notify_all();
  co_return nobody();
}

std::optional<Cluster::Hop> Cluster::first_hop(std::optional<HashSlot> slot) const {
  if (slot) {
    const config::Address* owner = map_.owner(*slot);
    if (owner == nullptr) return std::nullopt;
    return Hop{*owner, Lead::None};
  }
  for (const ClusterNodes::Node& node : nodes_.all()) {
    const bool master = node.place.role != Role::Replica;
    if (master && node.client->is_up()) return Hop{node.place.address, Lead::None};
  }
  const auto masters = map_.masters();
  if (masters.empty()) return std::nullopt;
  return Hop{masters.front(), Lead::None};
}

void Cluster::follow(const Redirection& redirection, Hop& hop) {
  hop.address = redirection.address;
  if (redirection.kind == Redirection::Kind::Ask) {
    hop.lead = Lead::Asking;
    return;
  }
  hop.lead = Lead::None;
  map_.assign(redirection.slot, redirection.address);
  wanted_.notify_all();
}

net::Task<Result<Reply>> Cluster::ask(Hop hop, Args args, TimePoint until) {
  const std::shared_ptr<Client> node = nodes_.at({hop.address, Role::Any});
  if (!node) co_return nobody();
  const Counters& seen = node->counters();
  const bool is_new = seen.connects == 0 && seen.failed_connects == 0;
  if (is_new) co_await node->wait_up(left_until(until));
  Result<Reply> reply = co_await node->call_within(args, left_until(until), hop.lead);
  co_return reply;
}

net::Task<std::optional<Reply>> Cluster::read_replica(Args args, HashSlot slot, TimePoint until) {
  const std::vector<config::Address>& replicas = map_.replicas(slot);
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const config::Address& replica = replicas[(turn_ + i) % replicas.size()];
    const std::shared_ptr<Client> node = nodes_.find({replica, Role::Replica});
    if (!node || !node->is_up()) continue;
    ++turn_;
    Result<Reply> reply = co_await node->call_within(args, left_until(until), Lead::None);
    if (!says_something(reply)) co_return std::nullopt;
    record(reply);
    co_return *std::move(reply);
  }
  co_return std::nullopt;
}

net::Task<void> Cluster::pause(milliseconds delay) {
  co_await ended_.wait(ended_.epoch(), net::after(delay));
}

void Cluster::record(const Result<Reply>& reply) {
  if (reply) {
    count(counters_.sent);
    count(counters_.ok);
    return;
  }
  if (reply.error().code == ErrorCode::Unavailable) return count(counters_.unavailable);
  count(counters_.sent);
  if (reply.error().code == ErrorCode::Rejected) return count(counters_.rejected);
  count(reply.error().code == ErrorCode::Timeout ? counters_.timeouts : counters_.lost);
}

}  // namespace wf::redis
