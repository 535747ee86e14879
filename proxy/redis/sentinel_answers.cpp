#include "proxy/redis/sentinel_answers.hpp"

#include <array>
#include <limits>

#include "proxy/base/ascii.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

std::optional<config::Address> address_of(std::string_view host, std::string_view port) {
  const auto number = ascii::parse_uint(port);
  if (host.empty() || !number || *number == 0 ||
      *number > std::numeric_limits<std::uint16_t>::max()) {
    return std::nullopt;
  }
  return config::Address{std::string{host}, static_cast<std::uint16_t>(*number), {}};
}

}  // namespace

Result<config::Address> parse_master_address(const Reply& reply, std::string_view master) {
  if (reply.is_nil()) {
    return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe,
                 "Sentinel knows no master named " + std::string{master}};
  }
  const auto parts = reply.elements();
  if (parts.size() == 2) {
    if (auto address = address_of(parts[0].text(), parts[1].text())) return *std::move(address);
  }
  return unexpected("SENTINEL GET-MASTER-ADDR-BY-NAME", reply);
}

std::optional<MasterSwitch> parse_master_switch(std::string_view payload) {
  std::array<std::string_view, 5> words;
  for (std::string_view& word : words) {
    const auto blank = payload.find(' ');
    word = payload.substr(0, blank);
    payload = blank == std::string_view::npos ? "" : payload.substr(blank + 1);
  }
  const auto address = address_of(words[3], words[4]);
  if (words[0].empty() || !address || !payload.empty()) return std::nullopt;
  return MasterSwitch{std::string{words[0]}, *address};
}

}  // namespace wf::redis
