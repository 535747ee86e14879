// Who may do what on the admin listener (front SEC-12). No clock: time is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"

namespace wf::admin {

/// Used on one thread.
class Guard {
 public:
  /// So many failures a second and address; then even the right token is not looked at.
  static constexpr unsigned kFailuresPerSecond = 10;
  /// Addresses whose failures are remembered.
  static constexpr std::size_t kMostAddresses = 4096;

  explicit Guard(const config::Admin& settings) : settings_(settings) {}

  /// `address` without port; empty (a unix socket): its file's permissions have decided.
  [[nodiscard]] bool allows(std::string_view address) const;

  enum class Verdict : std::uint8_t {
    Welcome,
    NoToken,       ///< none is configured: nobody may
    Unauthorized,  ///< no token, or another
    TooMany,       ///< failures from this address
  };
  /// `authorization` is the value of the field of that name.
  [[nodiscard]] Verdict authorize(std::string_view address, std::string_view authorization,
                                  SteadyTime now);

 private:
  struct Failures {
    SteadyTime since;
    unsigned count = 0;
  };
  [[nodiscard]] Failures& failures_of(std::string_view address, SteadyTime now);

  const config::Admin& settings_;
  std::map<std::string, Failures, std::less<>> failures_;
};

/// Takes as long for any two texts of these lengths.
[[nodiscard]] bool equal_in_constant_time(std::string_view secret, std::string_view given) noexcept;

}  // namespace wf::admin
