// From a fill to the client who waits for it.
#pragma once

#include "proxy/server/fill.hpp"

namespace wf::server {

/// How the request came to its fill.
struct FillContext {
  const Found& found;
  Collapse collapse = Collapse::Join;
  int round = 0;  ///< of the walk: how often it has tried before
};

/// Waits for the fill's answer and passes it on. False: nothing was sent, the request has to look
/// again (the fill was abandoned, failed for the first time, or brought another variant).
[[nodiscard]] net::Task<bool> answer_from_fill(Worker& worker, const Request& request,
                                               Client& client, Joined& joined, FillContext context);

}  // namespace wf::server
