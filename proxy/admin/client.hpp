// One question to the admin listener of a running proxy, for the command line. Blocking.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/types.hpp"
#include "proxy/base/error.hpp"

namespace wf::admin {

struct AdminReply {
  unsigned status = 0;
  std::string body;
};

struct AdminCall {
  std::string_view method;
  std::string_view target;
  std::string_view token{};                                      ///< empty: none is sent
  std::string_view body{};                                       ///< JSON
  std::chrono::milliseconds timeout = std::chrono::seconds{30};  ///< of each read and write
};

/// Errors say which address did not answer.
[[nodiscard]] Result<AdminReply> ask_admin(const config::Address& address, const AdminCall& call);

}  // namespace wf::admin
