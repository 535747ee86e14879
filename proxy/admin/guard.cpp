#include "proxy/admin/guard.hpp"

#include "proxy/base/ascii.hpp"
#include "proxy/message/ip_address.hpp"

namespace wf::admin {

namespace {

constexpr std::chrono::seconds kWindow{1};
constexpr std::string_view kScheme = "bearer ";

/// RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1).
std::string_view bearer_token(std::string_view authorization) {
  if (!ascii::iequals(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return ascii::trim(authorization.substr(kScheme.size()));
}

}  // namespace

bool equal_in_constant_time(std::string_view secret, std::string_view given) noexcept {
  volatile unsigned differs = secret.size() == given.size() && !secret.empty() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    differs =
        differs | (static_cast<unsigned char>(expected) ^ static_cast<unsigned char>(given[i]));
  }
  return differs == 0;
}

bool Guard::allows(std::string_view address) const {
  if (address.empty()) return true;
  const auto parsed = message::parse_ip(address);
  return parsed && message::contains(settings_.allow, *parsed);
}

Guard::Failures& Guard::failures_of(std::string_view address, SteadyTime now) {
  // Those of another second say nothing any more; what is still too many are forgotten, which
  // costs an attacker with thousands of addresses nothing that he did not have.
  if (failures_.size() >= kMostAddresses) {
    std::erase_if(failures_,
                  [&](const auto& entry) { return now - entry.second.since >= kWindow; });
    if (failures_.size() >= kMostAddresses) failures_.clear();
  }
  Failures& failures = failures_[std::string{address}];
  if (now - failures.since >= kWindow) failures = {now, 0};
  return failures;
}

Guard::Verdict Guard::authorize(std::string_view address, std::string_view authorization,
                                SteadyTime now) {
  if (settings_.token.empty()) return Verdict::NoToken;
  Failures& failures = failures_of(address, now);
  if (failures.count >= kFailuresPerSecond) return Verdict::TooMany;
  if (equal_in_constant_time(settings_.token, bearer_token(authorization))) {
    return Verdict::Welcome;
  }
  ++failures.count;
  return Verdict::Unauthorized;
}

}  // namespace wf::admin
