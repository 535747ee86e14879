// One request, as it is understood.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proxy/message/head.hpp"
#include "proxy/policy/facts.hpp"
#include "proxy/policy/route.hpp"
#include "proxy/policy/uri.hpp"
#include "proxy/server/footing.hpp"

namespace wf::server {

/// What the request asks for, in canonical form. Views into the connection's buffers.
struct Request {
  const message::RequestHead& head;
  std::string_view authority;  ///< host, and port unless the scheme implies it
  policy::Target target;       ///< after the query rule of the route
  policy::RequestFacts facts;
  policy::RouteMatch route;
  std::string_view content{};                ///< of a QUERY that is keyed on it (see content.hpp)
  std::string method_class = "GET";          ///< of the key
  std::shared_ptr<const Footing> footing{};  ///< keeps the route alive

  [[nodiscard]] policy::Method method() const noexcept { return head.method; }
};

}  // namespace wf::server
