#include "proxy/invalidation/server_identity.hpp"

#include <utility>

#include "proxy/invalidation/log_calls.hpp"

namespace wf::invalidation {

void ServerIdentity::set(std::string identity) {
  {
    const std::lock_guard lock{mutex_};
    identity_ = std::move(identity);
  }
  changed_.notify_all();
}

std::string ServerIdentity::get() const {
  const std::lock_guard lock{mutex_};
  return identity_;
}

std::uint64_t ServerIdentity::refused() const {
  const std::lock_guard lock{mutex_};
  return refused_;
}

net::Task<Result<void>> ServerIdentity::admit(redis::Commands& connection, Millis patience) {
  const Result<std::string> theirs = co_await server_identity(connection);
  if (!theirs) co_return theirs.error();
  const auto give_up = net::after(patience);
  for (;;) {
    const auto seen = changed_.epoch();
    const std::string ours = get();
    if (ours == *theirs) co_return Result<void>{};
    if (timer_now() >= give_up) break;
    co_await changed_.wait(seen, give_up);
  }
  const bool none_yet = get().empty();
  if (!none_yet) {
    lease_.give_up();
    const std::lock_guard lock{mutex_};
    ++refused_;
  }
  co_return Error{
      ErrorCode::Unavailable, Side::Store, Retry::Safe,
      none_yet ? "the purge log is not followed yet" : "another Redis server than the purge log's"};
}

}  // namespace wf::invalidation
