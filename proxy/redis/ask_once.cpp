#include "proxy/redis/ask_once.hpp"

#include <memory>
#include <new>
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
  const std::vector<std::string_view> args{command.begin(), command.end()};
  Result<Reply> reply = Error{ErrorCode::Internal, Side::Self, Retry::No, "out of memory"};
  try {
    session.start(until);
    reply = co_await converse(session, settings, args);
  } catch (const std::bad_alloc&) {
    // Its loops must end all the same.
  }
  session.fail({ErrorCode::Cancelled, Side::Self, Retry::No, "answered"});
  while (session.running()) co_await session.ended();
  co_return reply;
}

}  // namespace wf::redis
