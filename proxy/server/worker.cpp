#include "proxy/server/worker.hpp"

#include <algorithm>
#include <new>
#include <random>

#include "proxy/net/notifier.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/server/descriptors.hpp"

namespace wf::server {

namespace {

constexpr net::milliseconds kDrainPoll{10};

redis::Site::Purpose commands() {
  redis::Site::Purpose purpose;
  purpose.name = "warmfront";
  return purpose;
}

/// Records are read from the server whose purge log is followed, and from no other (design §7). In
/// a Cluster the log lies on one node and records on all: there the log's own identity must do,
/// which a record's `as_of` is judged by wherever it comes from.
redis::Hooks only_the_fleets(Shared& shared) {
  redis::Hooks hooks;
  if (shared.config->store.redis->kind == config::RedisKind::Cluster) return hooks;
  const Millis patience = shared.config->store.redis->connect_timeout / 2;
  hooks.on_connect = [&shared, patience](redis::Commands& commands) {
    return shared.redis_server.admit(commands, patience);
  };
  return hooks;
}

}  // namespace

RedisLink::RedisLink(net::Executor executor, net::DeadlineList& deadlines, Shared& shared)
    : service(shared.redis->service(executor, deadlines, commands(), only_the_fleets(shared))),
      store(*service, cache::RedisKeys::with_prefix(shared.config->store.redis->prefix).value(),
            cache::options_for(shared.config->store)) {}

Worker::Worker(Shared& shared, unsigned number, unsigned count)
    : shared_(shared),
      number_(number),
      connection_limit_((most_connections(config(), count, descriptor_limit()) + count - 1) /
                        count),
      tally_(shared.route_names.room()),
      work_(context_.get_executor()),
      deadlines_(context_.get_executor()),
      ticking_(context_.get_executor(), [this](std::string_view what) { report_escape(what); }),
      tasks_(context_.get_executor(), [this](std::string_view what) { report_escape(what); }),
      connections_(context_.get_executor(), [this](std::string_view what) { report_escape(what); }),
      random_(std::random_device{}()) {
  footing_ = std::make_shared<const Footing>(
      shared.setup(), nullptr, upstream::Pool::Environment{deadlines_, tasks_, clock(), &tally_});
  if (config().store.redis) {
    redis_ = std::make_unique<RedisLink>(executor(), deadlines_, shared);
  }
}

void Worker::adopt(std::shared_ptr<const Setup> setup) {
  const std::shared_ptr<const Footing> before = std::move(footing_);
  footing_ = std::make_shared<const Footing>(
      std::move(setup), before.get(),
      upstream::Pool::Environment{deadlines_, tasks_, clock(), &tally_});
  // Those of earlier reloads that nobody uses any more.
  std::erase_if(old_pools_,
                [](const auto& pool) { return pool.use_count() == 1 && pool->at_rest(); });
  const auto& kept = footing_->pools();
  for (const auto& pool : before->pools()) {
    if (std::find(kept.begin(), kept.end(), pool) != kept.end()) continue;
    pool->close_idle();
    old_pools_.push_back(pool);
  }
}

double Worker::chance() { return std::uniform_real_distribution<double>{0.0, 1.0}(random_); }

void Worker::run() {
  ticking_.spawn(deadlines_.run());
  if (redis_) redis_->service->start();
  // Where Asio itself finds no memory what it was about to do is lost, and that alone.
  for (bool done = false; !done;) {
    try {
      context_.run();
      done = true;
    } catch (const std::bad_alloc& e) {
      report_escape(e.what());
    }
  }
}

void Worker::report_escape(std::string_view what) noexcept {
  tally_.tasks_given_up.add();
  spdlog::error("a task failed: {}", what);
}

net::Task<void> Worker::drain(net::milliseconds patience) {
  draining_ = true;
  for (auto it = open_.begin(); it != open_.end();) (it++)->wind_up();
  const auto give_up = net::after(patience);
  net::Notifier pause;
  while (connections_.running() + tasks_.running() != 0) {
    // Whatever waits for a socket ends with an error; whatever waits for that then ends too.
    if (timer_now() >= give_up) deadlines_.expire_all();
    co_await pause.wait(pause.epoch(), net::after(kDrainPoll));
  }
  co_await finish();
}

net::Task<void> Worker::finish() {
  for (const auto& pool : footing_->pools()) pool->close_idle();
  if (redis_) co_await redis_->service->stop();
  co_await tasks_.join();
  deadlines_.stop();
  co_await ticking_.join();
  work_.reset();
}

}  // namespace wf::server
