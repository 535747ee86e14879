#include "proxy/redis/subscriber.hpp"

#include <array>
#include <utility>
#include <vector>

namespace wf::redis {
namespace {

Settings for_pushes(Settings settings) {
  settings.use = Use::Push;
  settings.liveness = liveness_for(Use::Push);
  return settings;
}

}  // namespace

Subscriber::Subscriber(net::Executor executor, net::DeadlineList& deadlines, Settings settings,
                       Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      connection_(executor, deadlines, for_pushes(std::move(settings)), hooks()) {}

Hooks Subscriber::hooks() {
  Hooks hooks;
  hooks.on_push = [this](const Reply& reply) { on_push(reply); };
  hooks.on_link = [this](Link link, const Error* why) { on_link(link, why); };
  hooks.locator = callbacks_.locator;
  return hooks;
}

void Subscriber::subscribe(std::string channel) {
  const auto [place, added] = channels_.insert(std::move(channel));
  if (!added) return;
  const std::array<std::string_view, 2> args{"SUBSCRIBE", *place};
  connection_.send(args);
}

void Subscriber::unsubscribe(const std::string& channel) {
  if (channels_.erase(channel) == 0) return;
  const std::array<std::string_view, 2> args{"UNSUBSCRIBE", channel};
  connection_.send(args);
}

void Subscriber::on_link(Link link, const Error* why) {
  if (link == Link::Up && !channels_.empty()) {
    std::vector<std::string_view> args{"SUBSCRIBE"};
    args.insert(args.end(), channels_.begin(), channels_.end());
    connection_.send(args);
  }
  if (callbacks_.on_link) callbacks_.on_link(link, why);
}

// ["message", channel, payload], ["subscribe", channel, count], ["unsubscribe", …], ["pong", ""];
// without any subscription PING is answered by a plain status.
void Subscriber::on_push(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 3) return;
  const std::string_view kind = parts[0].text();
  if (kind == "message" && callbacks_.on_message) {
    callbacks_.on_message(parts[1].text(), parts[2].text());
  } else if (kind == "subscribe" && callbacks_.on_subscribed) {
    callbacks_.on_subscribed(parts[1].text());
  }
}

}  // namespace wf::redis
