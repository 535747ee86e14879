// The addresses of an upstream's servers, looked up again from time to time.
#pragma once

#include <optional>
#include <vector>

#include "config/types.hpp"
#include "proxy/net/connect.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/upstream/balancer.hpp"

namespace wf::upstream {

/// Looks up in the background and writes what it finds into a balancer. A look-up that fails
/// leaves the addresses of its server as they were. Used on one thread. `tasks` must be joined
/// before the book is destroyed; a look-up cannot be cut short.
class AddressBook {
 public:
  AddressBook(const config::Upstream& settings, Balancer& balancer, net::TaskGroup& tasks);

  /// Starts a look-up if one is due, and waits for addresses if there are none yet, at most
  /// connect_timeout. Unresolved or Timeout if there are none then; both are Retry::Safe.
  [[nodiscard]] net::Task<Result<void>> ready(TimePoint now);
  /// As `ready` where nothing has to be waited for; false: `ready` comes next.
  [[nodiscard]] bool ready_now(TimePoint now);
  [[nodiscard]] bool looking_up() const noexcept { return refreshing_; }

 private:
  struct Entry {
    config::Address address;
    std::vector<Endpoint> endpoints;
  };
  struct Refreshing;
  void refresh_if_due(TimePoint now);
  [[nodiscard]] net::Task<void> refresh();
  void publish();
  [[nodiscard]] Error no_address() const;

  const config::Upstream& settings_;
  Balancer& balancer_;
  net::TaskGroup& tasks_;
  std::vector<Entry> entries_;
  std::optional<Error> last_error_;
  std::optional<TimePoint> due_{TimePoint::min()};  // absent: literals only, nothing ever changes
  bool refreshing_ = false;
  net::Notifier changed_;
};

}  // namespace wf::upstream
