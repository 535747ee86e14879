#include "proxy/server/server.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "config/validate.hpp"

#include "proxy/net/connect.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/server/descriptors.hpp"

namespace wf::server {

namespace {

unsigned worker_count(const config::Config& config) {
  return config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Server::Server(std::shared_ptr<const config::Config> config, const Clock& clock)
    : shared_(std::move(config), clock) {
  const unsigned count = worker_count(*shared_.config);
  for (unsigned number = 0; number < count; ++number) {
    workers_.push_back({std::make_unique<Worker>(shared_, number, count), {}, {}});
  }
  if (shared_.config->store.redis) {
    fleet_link_ = std::make_unique<FleetLink>(*workers_.front().worker);
  }
  refetcher_ = std::make_unique<Refetcher>(*workers_.front().worker);
}

Server::~Server() { stop(net::milliseconds{0}); }

void Server::bind() {
  if (!ports().empty()) return;
  for (Running& running : workers_) {
    for (std::size_t i = 0; i < shared_.config->listen.size(); ++i) {
      const Acceptor* sibling =
          &running == &workers_.front() ? nullptr : workers_.front().acceptors[i].get();
      running.acceptors.push_back(std::make_unique<Acceptor>(*running.worker, i, sibling));
    }
  }
}

net::Task<void> Server::begin(Running& running) {
  Worker& worker = *running.worker;
  if (worker.redis() != nullptr) {
    const auto patience = worker.config().store.redis->connect_timeout;
    if (worker.number() == 0) {
      // The log first: no other connection is used before it is known whose log it is.
      fleet_link_->start();
      const bool ready = co_await fleet_link_->wait_attached(patience);
      if (!ready) spdlog::warn("redis: not reached yet; starting with memory alone");
    }
    static_cast<void>(co_await worker.redis()->service->wait_up(patience));
  }
  if (worker.number() == 0) refetcher_->start();
  for (auto& acceptor : running.acceptors) {
    worker.tasks().keep_up([&acceptor = *acceptor] { return acceptor.run(); });
  }
}

void Server::start() {
  const auto workers = static_cast<unsigned>(workers_.size());
  const unsigned most = most_connections(*shared_.config, workers, descriptor_limit());
  if (!shared_.config->limits.connections && most < kUsualConnections) {
    spdlog::warn(
        "{} open files are allowed: at most {} clients at a time; raise the limit "
        "(ulimit -n, LimitNOFILE=)",
        descriptor_limit(), most);
  }
  bind();
  std::vector<std::future<void>> begun;
  for (Running& running : workers_) {
    begun.push_back(
        boost::asio::co_spawn(running.worker->context(), begin(running), boost::asio::use_future));
    running.thread = std::thread{[&worker = *running.worker] { worker.run(); }};
  }
  for (auto& ready : begun) ready.get();
  for (std::size_t i = 0; i < shared_.config->listen.size(); ++i) {
    config::Address address = shared_.config->listen[i].address;
    if (address.unix_path.empty()) address.port = workers_.front().acceptors[i]->port();
    spdlog::info("listening on {} with {} worker{}", net::to_string(address), workers_.size(),
                 workers_.size() == 1 ? "" : "s");
  }
}

net::Task<void> Server::adopt(Running& running, std::shared_ptr<const Setup> setup) {
  for (auto& acceptor : running.acceptors) acceptor->adopt(setup->config);
  running.worker->adopt(std::move(setup));
  co_return;
}

std::vector<std::string> Server::reload(config::Config wanted) {
  Reloaded reloaded = reloadable(*shared_.config, std::move(wanted));
  // Its parts were written to go together; with others kept they may not.
  const auto findings = config::validate(reloaded.config);
  if (!findings.empty()) {
    throw std::invalid_argument(findings.front().path + ": " + findings.front().what +
                                ", as long as the proxy is not restarted");
  }
  const auto setup = std::make_shared<const Setup>(
      std::make_shared<const config::Config>(std::move(reloaded.config)), shared_.route_names);
  std::vector<std::future<void>> adopted;
  for (Running& running : workers_) {
    adopted.push_back(boost::asio::co_spawn(running.worker->context(), adopt(running, setup),
                                            boost::asio::use_future));
  }
  for (auto& done : adopted) done.get();
  shared_.replace(setup);
  return std::move(reloaded.waiting);
}

net::Task<void> Server::end(Running& running, net::milliseconds patience) {
  for (auto& acceptor : running.acceptors) acceptor->close();
  if (running.worker->number() == 0) {
    co_await refetcher_->stop();
    if (fleet_link_) co_await fleet_link_->stop();
  }
  co_await running.worker->drain(patience);
}

void Server::stop() { stop(shared_.config->drain_timeout); }

void Server::stop(net::milliseconds patience) {
  std::vector<std::future<void>> ended;
  for (Running& running : workers_) {
    if (!running.thread.joinable()) continue;
    ended.push_back(boost::asio::co_spawn(running.worker->context(), end(running, patience),
                                          boost::asio::use_future));
  }
  for (auto& done : ended) done.get();
  for (Running& running : workers_) {
    if (running.thread.joinable()) running.thread.join();
  }
}

std::vector<Worker*> Server::workers() const {
  std::vector<Worker*> workers;
  for (const Running& running : workers_) workers.push_back(running.worker.get());
  return workers;
}

std::vector<std::uint16_t> Server::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& acceptor : workers_.front().acceptors) ports.push_back(acceptor->port());
  return ports;
}

}  // namespace wf::server
