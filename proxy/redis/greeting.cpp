#include "proxy/redis/greeting.hpp"

#include <array>
#include <string>
#include <vector>

#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

using Check = Result<void> (*)(const Reply&);

struct Step {
  std::vector<std::string> command;
  bool may_be_forbidden;  // an ACL may forbid it without harm
  Check check = nullptr;  // of the reply
};

/// ["master", offset, [replicas]], ["slave", …], ["sentinel", …]
Result<void> must_be_master(const Reply& reply) {
  const auto parts = reply.elements();
  const std::string_view role = parts.empty() ? std::string_view{} : parts[0].text();
  if (role == "master") return {};
  return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe,
               "it is no master but \"" + std::string{role} + '"'};
}

/// What most often lies behind a connection that ends at the first word. A TLS port answers plain
/// bytes with an alert, which is no RESP; by TLS 1.3 a server tells only after the handshake, or by
/// a reset, that it wants our certificate.
std::string_view hint_for(const Error& error, const Settings& settings) {
  const bool ended = error.code == ErrorCode::Closed || error.code == ErrorCode::Reset;
  if (!settings.tls && (ended || error.code == ErrorCode::Malformed)) {
    return " (does it want TLS? then the URL begins with rediss)";
  }
  const bool alerted = error.detail.find("alert") != std::string::npos;
  if (settings.tls && (ended || alerted) && settings.tls->settings().certificate.empty()) {
    return " (does it want our certificate? set tls.certificate and tls.key)";
  }
  return "";
}

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
  switch (settings.role) {
    case Role::Any:
      break;
    case Role::Master:
      list.push_back({{"ROLE"}, true, must_be_master});
      break;
    case Role::Replica:
      list.push_back({{"READONLY"}, false});
      break;
  }
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
    if (!reply && forgiven(step, reply.error())) continue;
    Result<void> passed = reply ? Result<void>{} : reply.error();
    if (reply && step.check != nullptr) passed = step.check(*reply);
    if (passed) continue;
    Error error = passed.error();
    error.detail = step.command.front() + ": " + error.detail;
    error.detail += hint_for(error, settings);
    co_return error;
  }
  co_return Result<void>{};
}

}  // namespace wf::redis
