#include "proxy/server/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace wf::server {

namespace {

// Of a process, and of each worker: event loop, listeners, Redis, log files.
constexpr std::uint64_t kOfProcess = 32;
constexpr std::uint64_t kOfWorker = 16;

}  // namespace

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    // Where it cannot be raised, it stays as it was.
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  }
  return descriptor_limit();
}

std::uint64_t descriptor_limit() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : kUsualConnections;
}

unsigned most_connections(const config::Config& config, unsigned workers,
                          std::uint64_t descriptors) noexcept {
  if (config.limits.connections) return *config.limits.connections;
  std::uint64_t others = kOfProcess + kOfWorker * workers;
  for (const auto& [name, upstream] : config.upstreams) {
    others += std::uint64_t{upstream.max_connections} * workers;
  }
  const std::uint64_t left = descriptors - std::min(others, descriptors / 2);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(left, 1, kUsualConnections));
}

}  // namespace wf::server
