// One request and the ways to answer it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/policy/facts.hpp"
#include "proxy/policy/outcome.hpp"
#include "proxy/policy/route.hpp"
#include "proxy/server/request_input.hpp"
#include "proxy/server/responder.hpp"

namespace wf::server {

/// What the request asks for, in canonical form. Views into the connection's buffers.
struct Request {
  const message::RequestHead& head;
  std::string_view authority;  ///< host, and port unless the scheme implies it
  policy::Target target;       ///< after the query rule of the route
  policy::RequestFacts facts;
  policy::RouteMatch route;
  std::string_view content{};        ///< of a QUERY that is keyed on it (see content.hpp)
  std::string method_class = "GET";  ///< of the key

  [[nodiscard]] policy::Method method() const noexcept { return head.method; }
  /// The target as it is sent on: path and query.
  [[nodiscard]] std::string target_text() const;
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
};

}  // namespace wf::server
