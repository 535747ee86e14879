#include "proxy/redis/ask_once.hpp"

#include <memory>
#include <string_view>

#include "proxy/base/clock.hpp"
#include "proxy/redis/greeting.hpp"
#include "proxy/redis/open.hpp"
#include "proxy/redis/session.hpp"

namespace wf::redis {
namespace {

net::Task<Result<Reply>> converse(Session& session, const Settings& settings, Args args) {
  const Result<void> greeted = co_await greet(session, settings);
  if (!greeted) co_return greeted.error();
  Result<Reply> reply = co_await session.call(args);
  co_return reply;
}

}  // namespace

net::Task<Result<Reply>> ask_once(net::DeadlineList& deadlines, Settings settings,
                                  config::Address address, std::vector<std::string> command) {
  const TimePoint until = timer_now() + settings.connect_timeout;
  auto stream = co_await open_stream(settings, std::move(address), deadlines, until);
  if (!stream) co_return stream.error();
  const PushHandler none;
  Session session{std::move(*stream), settings, none};
  session.start(until);
  const std::vector<std::string_view> args{command.begin(), command.end()};
  Result<Reply> reply = co_await converse(session, settings, args);
  session.fail({ErrorCode::Cancelled, Side::Self, Retry::No, "answered"});
  [[maybe_unused]] const Error ended = co_await session.join();
  co_return reply;
}

}  // namespace wf::redis
