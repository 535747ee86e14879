#include "proxy/redis/redirection.hpp"

#include <limits>
#include <string>

#include "proxy/base/ascii.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

/// "3999 127.0.0.1:6381"; an IPv6 host has no brackets, so the port follows the last colon.
std::optional<Redirection> parse(Redirection::Kind kind, std::string_view text,
                                 const config::Address& asked) {
  const auto blank = text.find(' ');
  const auto colon = text.rfind(':');
  if (blank == std::string_view::npos || colon == std::string_view::npos || colon < blank) {
    return std::nullopt;
  }
  const auto slot = ascii::parse_uint(text.substr(0, blank));
  const auto port = ascii::parse_uint(text.substr(colon + 1));
  if (!slot || *slot >= kHashSlots || !port || *port == 0 ||
      *port > std::numeric_limits<std::uint16_t>::max()) {
    return std::nullopt;
  }
  std::string host{text.substr(blank + 1, colon - blank - 1)};
  if (host.empty()) host = asked.host;
  return Redirection{kind, static_cast<HashSlot>(*slot),
                     config::Address{std::move(host), static_cast<std::uint16_t>(*port), {}}};
}

}  // namespace

std::optional<Redirection> redirection_of(const Error& error, const config::Address& asked) {
  const std::string_view text = error.detail;
  if (is_rejection(error, "TRYAGAIN")) return Redirection{Redirection::Kind::TryAgain, 0, {}};
  const bool moved = is_rejection(error, "MOVED");
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos || (!moved && !is_rejection(error, "ASK"))) {
    return std::nullopt;
  }
  const auto kind = moved ? Redirection::Kind::Moved : Redirection::Kind::Ask;
  return parse(kind, text.substr(blank + 1), asked);
}

}  // namespace wf::redis
