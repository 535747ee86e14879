#include "proxy/server/content.hpp"

#include "proxy/cache/key_hash.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/server/pass.hpp"
#include "proxy/server/respond.hpp"

namespace wf::server {

net::Task<bool> read_content(Worker& worker, Request& request, Client& client) {
  if (request.head.expect_continue) {
    const std::vector<Field> none;
    static_cast<void>(co_await client.out.interim(100, none));
  }
  const Result<std::string_view> content = co_await client.input.read_ahead(kMaxQueryContent);
  if (!content) {
    StatusLine status;
    status.parts.cache = worker.config().via;
    status.detail = worker.config().cache_status;
    client.log.set_error(content.error());
    static_cast<void>(co_await respond_error(client, own_answer_for(content.error()), status));
    co_return false;
  }
  if (!client.input.body_done()) {
    const PassReason reason{policy::Outcome::Bypass, policy::ForwardReason::Bypass, "body"};
    co_await pass_through(worker, request, client, reason);
    co_return false;
  }
  request.content = *content;
  request.method_class =
      "QUERY " + cache::digest(policy::content_identity(request.facts.fields, *content));
  co_return true;
}

}  // namespace wf::server
