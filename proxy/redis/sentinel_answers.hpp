// What Sentinel says, understood. No sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/types.hpp"
#include "proxy/base/error.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::redis {

/// The answer to SENTINEL GET-MASTER-ADDR-BY-NAME. Unavailable: that Sentinel knows no master of
/// this name. Malformed: it is no such answer.
[[nodiscard]] Result<config::Address> parse_master_address(const Reply& reply,
                                                           std::string_view master);

/// The payload of +switch-master: "name old-host old-port new-host new-port".
struct MasterSwitch {
  std::string master;
  config::Address address;  ///< the new one
};
[[nodiscard]] std::optional<MasterSwitch> parse_master_switch(std::string_view payload);

}  // namespace wf::redis
