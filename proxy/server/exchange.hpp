// The two sides of an exchange.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/policy/facts.hpp"
#include "proxy/policy/outcome.hpp"
#include "proxy/server/request.hpp"
#include "proxy/server/request_input.hpp"
#include "proxy/server/responder.hpp"

namespace wf::server {

/// On whose behalf an origin is asked, and under which names its answer is kept. Views.
struct Asker {
  const Keys& keys;
  std::string_view address;  ///< without port; empty: a unix socket, or nobody but ourselves
  std::string_view peer;     ///< as the client's
  std::string_view scheme;
  bool forwarded = false;  ///< as the client's
};

/// The client's side of the exchange: its connection and what will be logged.
struct Client {
  RequestInput& input;
  Responder& out;
  observe::AccessEntry& log;
  Keys& keys;
  std::string_view address;  ///< the client's, without port; empty: unknown (a unix socket)
  std::string_view peer;     ///< of whom the connection is: the client, or a trusted forwarder
  std::string_view scheme;   ///< "http"
  bool forwarded = false;    ///< by a peer whose X-Forwarded-* fields are believed

  [[nodiscard]] Asker asker() const noexcept { return {keys, address, peer, scheme, forwarded}; }
};

}  // namespace wf::server
