// One core's share of the proxy: an event loop, and what is used on its thread alone.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include "proxy/cache/redis_store.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/observe/tally.hpp"
#include "proxy/server/footing.hpp"
#include "proxy/server/shared.hpp"

namespace wf::server {

/// What this worker asks Redis with. Absent where there is no Redis.
struct RedisLink {
  RedisLink(net::Executor executor, net::DeadlineList& deadlines, Shared& shared);
  std::unique_ptr<redis::Service> service;
  cache::RedisStore store;
};

/// A connection of a client, as a draining worker sees it. Leaves the worker's list by itself.
class OpenConnection : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  OpenConnection() = default;
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;
  virtual ~OpenConnection() = default;
  /// The worker drains: ends now if nobody is owed an answer, else with the answer under way.
  virtual void wind_up() noexcept = 0;
};

/// Used on the worker's own thread, but for construction and `context`.
class Worker {
 public:
  /// `number`-th of `count`.
  Worker(Shared& shared, unsigned number, unsigned count);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] Shared& shared() noexcept { return shared_; }
  /// As it was at the start; what a reload may change is read by the footing.
  [[nodiscard]] const config::Config& config() const noexcept { return *shared_.config; }
  /// What requests that come now stand on.
  [[nodiscard]] const std::shared_ptr<const Footing>& footing() const noexcept { return footing_; }
  /// Requests that come from now on stand on this.
  void adopt(std::shared_ptr<const Setup> setup);
  [[nodiscard]] const Clock& clock() const noexcept { return shared_.clock; }
  [[nodiscard]] UnixTime now() const noexcept { return shared_.fleet_clock.now(); }
  [[nodiscard]] net::Executor executor() noexcept { return context_.get_executor(); }
  [[nodiscard]] net::DeadlineList& deadlines() noexcept { return deadlines_; }
  /// Connections of clients.
  [[nodiscard]] net::TaskGroup& connections() noexcept { return connections_; }
  /// This worker's share of the number for the process.
  [[nodiscard]] std::size_t connection_limit() const noexcept { return connection_limit_; }
  /// Fills, uploads, renewals: what a connection does not own.
  [[nodiscard]] net::TaskGroup& tasks() noexcept { return tasks_; }
  [[nodiscard]] observe::Tally& tally() noexcept { return tally_; }
  /// Null: no Redis is configured.
  [[nodiscard]] RedisLink* redis() noexcept { return redis_.get(); }
  [[nodiscard]] unsigned number() const noexcept { return number_; }
  void add(OpenConnection& connection) noexcept { open_.push_back(connection); }
  /// Every response from now on is its connection's last.
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  /// A number in [0, 1).
  [[nodiscard]] double chance();

  /// Runs the loop on the calling thread until `finish` has ended everything.
  void run();
  /// Lets what is under way end, for `patience` at most; then cuts it off, and `run` returns. The
  /// caller has closed the listeners.
  [[nodiscard]] net::Task<void> drain(net::milliseconds patience);
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

 private:
  using OpenList =
      boost::intrusive::list<OpenConnection, boost::intrusive::constant_time_size<false>>;
  [[nodiscard]] net::Task<void> finish();
  void report_escape(std::string_view what) noexcept;

  Shared& shared_;
  const unsigned number_;
  const std::size_t connection_limit_;
  observe::Tally tally_;
  // One thread runs it and alone touches its sockets, so those need no lock; posting to it does.
  boost::asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  boost::asio::executor_work_guard<net::Executor> work_;
  net::DeadlineList deadlines_;
  net::TaskGroup ticking_;
  net::TaskGroup tasks_;
  net::TaskGroup connections_;
  std::vector<std::shared_ptr<upstream::Pool>> old_pools_;  // replaced, and perhaps still at work
  std::shared_ptr<const Footing> footing_;
  std::unique_ptr<RedisLink> redis_;
  OpenList open_;
  std::minstd_rand random_;
  bool draining_ = false;
};

}  // namespace wf::server
