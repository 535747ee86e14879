#include "proxy/redis/greeting.hpp"

#include <array>
#include <string>
#include <vector>

#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

struct Step {
  std::vector<std::string> command;
  bool may_be_forbidden;  // an ACL may forbid it without harm
};

std::vector<Step> steps(const Settings& settings) {
  std::vector<Step> list;
  if (!settings.password.empty() && settings.user.empty()) {
    list.push_back({{"AUTH", settings.password}, false});
  } else if (!settings.password.empty()) {
    list.push_back({{"AUTH", settings.user, settings.password}, false});
  }
  if (settings.database != 0) {
    list.push_back({{"SELECT", std::to_string(settings.database)}, false});
  }
  if (!settings.name.empty()) list.push_back({{"CLIENT", "SETNAME", settings.name}, true});
  list.push_back({{"PING"}, true});
  return list;
}

bool forgiven(const Step& step, const Error& error) noexcept {
  return step.may_be_forbidden && error.code == ErrorCode::Rejected &&
         verdict_of(error.detail) == Verdict::CommandOnly;
}

}  // namespace

net::Task<Result<void>> greet(Commands& commands, const Settings& settings) {
  for (const Step& step : steps(settings)) {
    const std::vector<std::string_view> args{step.command.begin(), step.command.end()};
    const Result<Reply> reply = co_await commands.call(args);
    if (reply || forgiven(step, reply.error())) continue;
    Error error = reply.error();
    error.detail = step.command.front() + ": " + error.detail;
    co_return error;
  }
  co_return Result<void>{};
}

}  // namespace wf::redis
