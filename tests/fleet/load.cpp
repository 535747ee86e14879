#include "tests/fleet/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "proxy/base/ascii.hpp"
#include "tests/walk/http_client.hpp"

namespace wf::test {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kTooLate{5};
/// A client whose connection broke does not hammer on the door.
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

std::size_t setting(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : ascii::parse_uint(text).value_or(otherwise);
}

microseconds Noticed::quantile(double share) const {
  if (latencies.empty()) return microseconds{0};
  const auto last = static_cast<double>(latencies.size() - 1);
  return latencies[static_cast<std::size_t>(last * share)];
}

/// One connection; used by its thread, but for `take`.
class Load::Caller {
 public:
  Caller(const LoadPlan& plan, std::size_t number)
      : plan_(plan),
        port_(plan.ports[number % plan.ports.size()]),
        random_(static_cast<unsigned>(20'011 + number)) {}

  [[nodiscard]] std::string choose(std::atomic<std::uint64_t>& cold) {
    const double chance = std::uniform_real_distribution<>{}(random_);
    if (chance < plan_.cold_share) return "/cold/" + std::to_string(++cold);
    const bool hot = plan_.only_hot || random_() % 2 == 0;
    const std::size_t keys = hot ? plan_.hot_keys : plan_.warm_keys;
    return (hot ? "/hot/" : "/warm/") + std::to_string(random_() % keys);
  }

  /// Whether it was a hit from Redis.
  bool ask(const std::string& target) {
    const auto asked = steady_clock::now();
    Response response;
    std::string failure = "connection refused";
    try {
      if (!client_) client_.emplace(port_);
      response = client_->get(target);
      failure = judge(target, response, steady_clock::now() - asked);
    } catch (const std::system_error&) {
    }
    if (!failure.empty()) {
      client_.reset();
      std::this_thread::sleep_for(kPause);
    }
    const bool redis = response.says("detail=redis");
    note(std::move(failure), response, steady_clock::now() - asked);
    return redis;
  }

  [[nodiscard]] Noticed take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(noticed_, {});
  }

 private:
  [[nodiscard]] std::string judge(const std::string& target, const Response& response,
                                  steady_clock::duration took) const {
    if (response.end == End::Late || took > kTooLate) return "no answer within 5 s";
    if (!response.whole()) return response.status == 0 ? "connection broken" : "cut answer";
    if (response.status != 200) return "status " + std::to_string(response.status);
    if (response.body != body_of(target, plan_.body)) return "wrong body";
    return {};
  }

  void note(std::string failure, const Response& response, steady_clock::duration took) {
    const std::lock_guard lock{mutex_};
    ++noticed_.requests;
    noticed_.from_memory += response.says("detail=memory") ? 1U : 0U;
    noticed_.from_redis += response.says("detail=redis") ? 1U : 0U;
    noticed_.latencies.push_back(std::chrono::duration_cast<microseconds>(took));
    if (failure.empty()) return;
    ++noticed_.failed;
    ++noticed_.failures[std::move(failure)];
  }

  const LoadPlan& plan_;
  const std::uint16_t port_;
  std::minstd_rand random_;
  std::optional<HttpClient> client_;
  std::mutex mutex_;  // guards noticed_
  Noticed noticed_;
};

Load::Load(LoadPlan plan) : plan_(std::move(plan)) {
  for (std::size_t i = 0; i < plan_.connections; ++i) {
    callers_.push_back(std::make_unique<Caller>(plan_, i));
  }
  for (const auto& caller : callers_) {
    threads_.emplace_back([this, &caller = *caller] { run(caller); });
  }
}

Load::~Load() { static_cast<void>(finish()); }

void Load::run(Caller& caller) {
  const auto turn = std::chrono::duration_cast<steady_clock::duration>(
      std::chrono::duration<double>{static_cast<double>(plan_.connections) / plan_.per_second});
  auto next = steady_clock::now();
  while (!stopping_) {
    if (caller.ask(caller.choose(cold_))) ++redis_hits_;
    // An even pace; who fell behind does not make up for it by a burst.
    next = std::max(next + turn, steady_clock::now());
    std::this_thread::sleep_until(next);
  }
}

Noticed Load::collect() {
  Noticed all;
  for (const auto& caller : callers_) {
    Noticed one = caller->take();
    all.requests += one.requests;
    all.failed += one.failed;
    all.from_memory += one.from_memory;
    all.from_redis += one.from_redis;
    for (const auto& [what, count] : one.failures) all.failures[what] += count;
    all.latencies.insert(all.latencies.end(), one.latencies.begin(), one.latencies.end());
  }
  std::sort(all.latencies.begin(), all.latencies.end());
  return all;
}

Noticed Load::next_phase() {
  redis_hits_ = 0;
  return collect();
}

Noticed Load::finish() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return collect();
}

std::string Load::body_of(const std::string& target, std::size_t size) {
  std::string body;
  body.reserve(size + target.size() + 1);
  while (body.size() < size) body.append(target).append(" ");
  return body;
}

}  // namespace wf::test
