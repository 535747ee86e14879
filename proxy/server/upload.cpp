#include "proxy/server/upload.hpp"

namespace wf::server {

void Upload::start(net::TaskGroup& tasks) {
  running_ = true;
  tasks.spawn(run());
}

net::Task<void> Upload::run() {
  co_await pump();
  running_ = false;
  finished_.notify_all();
}

net::Task<void> Upload::pump() {
  for (;;) {
    const Result<std::string_view> piece = co_await input_.read_body();
    if (!piece) {
      client_error_ = piece.error();
      // Whoever waits for the origin's answer is woken: it will not come without the whole request.
      exchange_.abandon();
      co_return;
    }
    if (piece->empty()) {
      whole_ = kept_.size() <= keep_;
      // If this fails the origin's answer, or the lack of one, tells; so below.
      static_cast<void>(co_await exchange_.finish_body());
      co_return;
    }
    if (keep_ != 0 && kept_.size() <= keep_) kept_ += *piece;
    const Result<void> written = co_await exchange_.write_body(*piece);
    // An origin may answer and stop reading before it has seen everything (RFC 9112 §9.5).
    if (!written) co_return;
  }
}

void Upload::cancel() noexcept {
  if (running_) input_.stream().expire_in(net::milliseconds{0});
}

net::Task<void> Upload::join() {
  while (running_) {
    const auto seen = finished_.epoch();
    co_await finished_.wait(seen, net::Notifier::TimePoint::max());
  }
}

}  // namespace wf::server
