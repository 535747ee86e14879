#include "proxy/redis/settings.hpp"

#include <utility>

namespace wf::redis {

LivenessSettings liveness_for(Use use) noexcept {
  switch (use) {
    case Use::Commands:
      return {};
    case Use::Blocking:
      // What follows a command that timed out would only queue behind it.
      return {milliseconds{0}, milliseconds{0}, 1};
    case Use::Push:
      return {milliseconds{1000}, milliseconds{1000}, 0};
  }
  return {};
}

Settings settings_for(const config::RedisStore& store, Use use, std::string name) {
  Settings settings;
  settings.address = store.address;
  settings.user = store.user;
  settings.password = store.password;
  settings.database = store.database;
  settings.name = std::move(name);
  settings.use = use;
  settings.timeout = store.timeout;
  settings.connect_timeout = store.connect_timeout;
  settings.liveness = liveness_for(use);
  return settings;
}

}  // namespace wf::redis
