// A resource whose state the test changes, so that an old answer can be told from a new one.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "tests/fleet/stage.hpp"

namespace wf::test {

/// /v/NAME of a stage's origin: GET brings the version, PUT makes the next one. Everything else is
/// answered as before.
class Versions {
 public:
  /// Lives as long as the stage.
  explicit Versions(Stage& stage) {
    stage.origin().handle([this, &stage](const OriginRequest& request) {
      return request.target.starts_with("/v/") ? answer(request) : stage.answer(request);
    });
  }
  [[nodiscard]] Script answer(const OriginRequest& request) {
    const std::uint64_t version = request.method == "PUT" ? ++version_ : version_.load();
    return reply(request, {200, {}, std::to_string(version)});
  }
  [[nodiscard]] std::string now() const { return std::to_string(version_.load()); }

 private:
  std::atomic<std::uint64_t> version_{1};
};

/// Asks until the proxy answers from memory.
[[nodiscard]] inline bool in_memory(std::uint16_t port, const std::string& target) {
  return eventually([&] { return get(port, target).says("detail=memory"); });
}

}  // namespace wf::test
