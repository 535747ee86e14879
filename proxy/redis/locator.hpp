// Where a connection should lead, for a Redis whose address changes.
#pragma once

#include <functional>

#include "config/types.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/task.hpp"

namespace wf::redis {

/// Belongs to one connection and lives on its thread.
class Locator {
 public:
  using Moved = std::function<void(Error why)>;

  virtual ~Locator() = default;
  /// `moved` is called when the address is another one than it was: the connection asks again.
  virtual void start(Moved moved) = 0;
  [[nodiscard]] virtual net::Task<void> stop() = 0;
  /// The address to connect to now; asked before every connect.
  [[nodiscard]] virtual net::Task<Result<config::Address>> locate() = 0;

 protected:
  Locator() = default;
  Locator(const Locator&) = default;
  Locator& operator=(const Locator&) = default;
};

}  // namespace wf::redis
