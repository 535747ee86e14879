#include "proxy/server/upload.hpp"

namespace wf::server {

/// Lives in the frame of the task: the owner waits as long as there is one.
class Upload::Running {
 public:
  explicit Running(Upload& upload) noexcept : upload_(upload) { upload_.running_ = true; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    // Whoever waits for the origin's answer is woken: it will not come without the whole request.
    if (!in_order_) upload_.exchange_.abandon();
    upload_.running_ = false;
    upload_.finished_.ring();
  }
  void end_in_order() noexcept { in_order_ = true; }

 private:
  Upload& upload_;
  bool in_order_ = false;
};

void Upload::start(net::TaskGroup& tasks) { tasks.spawn(run()); }

net::Task<void> Upload::run() {
  Running running{*this};
  co_await pump();
  running.end_in_order();
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

}  // namespace wf::server
