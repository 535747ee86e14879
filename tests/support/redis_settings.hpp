// Settings of connections under test.
#pragma once

#include <chrono>
#include <utility>

#include "proxy/redis/settings.hpp"

namespace wf::test {

/// For what must not time out, however slow the machine is.
constexpr std::chrono::milliseconds kPatient{20'000};

[[nodiscard]] inline redis::Settings patient_settings(config::Address address) {
  redis::Settings settings;
  settings.address = std::move(address);
  settings.name = "wf-test";
  settings.timeout = kPatient;
  settings.connect_timeout = std::chrono::seconds{5};
  return settings;
}

/// Nor pinged, nor given up for silence: for conversations in which every command is counted.
[[nodiscard]] inline redis::Settings unwatched_settings(config::Address address) {
  redis::Settings settings = patient_settings(std::move(address));
  settings.name.clear();
  settings.liveness = {std::chrono::milliseconds{0}, std::chrono::milliseconds{0}, 0};
  return settings;
}

}  // namespace wf::test
