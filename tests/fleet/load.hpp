// Clients that go on asking while something breaks, and count what they notice.
//
// A client notices a *failure*: a connection that is refused or reset, an answer that takes more
// than five seconds, a 5xx that the origin did not send, a wrong body. Everything else is latency.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wf::test {

using std::chrono::microseconds;

/// Of an environment variable, for runs that are longer or larger than CI's.
[[nodiscard]] std::size_t setting(const char* name, std::size_t otherwise);

/// Of one phase of a load.
struct Noticed {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  std::uint64_t from_memory = 0;                  ///< hits
  std::uint64_t from_redis = 0;                   ///< hits
  std::map<std::string, std::uint64_t> failures;  ///< what they were
  std::vector<microseconds> latencies;            ///< sorted

  /// 0.5 is the median; zero where nothing was asked.
  [[nodiscard]] microseconds quantile(double share) const;
};

struct LoadPlan {
  std::vector<std::uint16_t> ports;  ///< of the proxies, in turn
  std::size_t connections = 64;
  /// Of all connections together; WARMFRONT_FAULT_RATE.
  double per_second = static_cast<double>(setting("WARMFRONT_FAULT_RATE", 1500));
  std::size_t hot_keys = 64;    ///< asked most often: they stay in memory
  std::size_t warm_keys = 600;  ///< more than a small memory holds: from Redis
  bool only_hot = false;        ///< no warm keys
  double cold_share = 0.1;      ///< of requests whose key is new
  std::size_t body = 2048;      ///< bytes of each
};

/// Runs from its construction to `finish`. Targets are /hot/N, /warm/N and /cold/N.
class Load {
 public:
  explicit Load(LoadPlan plan);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// From here on what is noticed belongs to a new phase; the phase that ends.
  Noticed next_phase();
  /// Ends the load; the last phase.
  Noticed finish();
  /// So far in this phase.
  [[nodiscard]] std::uint64_t from_redis() const noexcept { return redis_hits_.load(); }

  /// What the origin answers to that target, whoever asks.
  [[nodiscard]] static std::string body_of(const std::string& target, std::size_t size);

 private:
  class Caller;
  [[nodiscard]] Noticed collect();
  void run(Caller& caller);

  const LoadPlan plan_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> cold_{0};
  std::atomic<std::uint64_t> redis_hits_{0};
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::thread> threads_;
};

}  // namespace wf::test
