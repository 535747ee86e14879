#include "proxy/net/poller.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace wf::net {

namespace {

constexpr std::uint32_t kBroken = EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnded = EPOLLRDHUP | kBroken;
constexpr std::uint32_t kReads = EPOLLIN | kEnded;
constexpr std::uint32_t kWrites = EPOLLOUT | kBroken;

int new_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

}  // namespace

Readiness::Readiness(Executor executor, int socket)
    : poller_(&Poller::of(executor)), socket_(socket) {
  if (socket_ != -1 && !poller_->watch(*this, socket)) stop_watching();
}

Readiness::~Readiness() { forget(); }

void Readiness::forget() noexcept {
  if (socket_ == -1) return;
  poller_->forget(*this);
  stop_watching();
}

// Nothing will tell of it again: who tries finds out by trying.
void Readiness::stop_watching() noexcept {
  socket_ = -1;
  read_.ready = read_.for_good = write_.ready = write_.for_good = true;
}

void Readiness::wait(Side side, Resumption waiter) noexcept {
  at(side).waiter.assign(std::move(waiter));
  poller_->waiter_came(*this);
}

Resumption Readiness::take(Direction& direction) noexcept {
  Resumption waiter{std::move(direction.waiter)};
  if (waiter) poller_->waiter_left(*this);
  return waiter;
}

void Readiness::note(std::uint32_t events) noexcept {
  read_.for_good = read_.for_good || (events & kEnded) != 0;
  write_.for_good = write_.for_good || (events & kBroken) != 0;
  if ((events & kReads) != 0) read_.ready = true;
  if ((events & kWrites) != 0) write_.ready = true;
}

void Readiness::resume(std::uint32_t events) {
  // Both are taken before one goes on: that one may destroy this.
  Resumption reader{(events & kReads) != 0 ? take(read_) : Resumption{}};
  Resumption writer{(events & kWrites) != 0 ? take(write_) : Resumption{}};
  if (reader) reader();
  if (writer) writer();
}

void Readiness::wake() noexcept {
  if (is_linked()) poller_->wake(*this);
}

asio::execution_context::id Poller::id;

Poller::Poller(asio::execution_context& context)
    : asio::execution_context::service(context),
      executor_(static_cast<asio::io_context&>(context).get_executor()),
      epoll_(executor_, new_epoll()) {}

Poller& Poller::of(Executor executor) { return asio::use_service<Poller>(executor.context()); }

void Poller::shutdown() noexcept {
  // Each waiter is a coroutine, whose end may be that of other sockets and their waiters.
  while (!waiting_.empty()) {
    Readiness& readiness = waiting_.front();
    Resumption reader{readiness.take(readiness.read_)};
    if (!reader) Resumption writer{readiness.take(readiness.write_)};
  }
}

bool Poller::watch(Readiness& readiness, int socket) noexcept {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.ptr = &readiness;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &wanted) == 0;
}

void Poller::forget(Readiness& readiness) noexcept {
  epoll_event ignored{};
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, readiness.socket_, &ignored);
  std::replace(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(batch_size_),
               &readiness, static_cast<Readiness*>(nullptr));
}

void Poller::waiter_came(Readiness& readiness) noexcept {
  if (!readiness.is_linked()) waiting_.push_back(readiness);
  if (++waiters_ != 1 || dispatching_) return;
  if (armed_) {
    executor_.on_work_started();
  } else {
    arm();
  }
}

void Poller::waiter_left(Readiness& readiness) noexcept {
  if (!readiness.read_.waiter && !readiness.write_.waiter) {
    readiness.unlink();
    readiness.woken_.unlink();
  }
  if (--waiters_ == 0 && armed_) executor_.on_work_finished();
}

// Asio counts the wait as work. It stands for all that wait here: where nobody does, the count is
// taken back, and the loop may end although the wait goes on.
void Poller::arm() noexcept {
  armed_ = true;
  epoll_.async_wait(epoll_.wait_read, Armed{this});
}

void Poller::on_ready(const boost::system::error_code& ec) {
  if (waiters_ == 0) executor_.on_work_started();  // which Asio takes away after this handler
  armed_ = false;
  if (ec == asio::error::operation_aborted) return;
  if (!ec) dispatch();
  if (waiters_ != 0) arm();
}

void Poller::wake(Readiness& readiness) noexcept {
  if (!readiness.woken_.is_linked()) woken_.push_back(readiness);
  if (std::exchange(wakes_, true)) return;
  post(executor_, waking_, [this] { resume_woken(); });
}

void Poller::resume_woken() {
  wakes_ = false;
  Woken now;
  now.splice(now.end(), woken_);
  while (!now.empty()) {
    Readiness& readiness = now.front();
    now.pop_front();
    // Both are taken before one goes on: that one may destroy it.
    Resumption reader{readiness.take(readiness.read_)};
    Resumption writer{readiness.take(readiness.write_)};
    if (reader) reader();
    if (writer) writer();
  }
}

void Poller::dispatch() {
  std::array<epoll_event, kBatch> events;
  const int ready = ::epoll_wait(epoll_.native_handle(), events.data(), kBatch, 0);
  batch_size_ = static_cast<std::size_t>(std::max(0, ready));
  // All is noted before anybody goes on, so that what one knows of another's socket is up to date.
  for (std::size_t i = 0; i < batch_size_; ++i) {
    batch_[i] = static_cast<Readiness*>(events[i].data.ptr);
    batch_[i]->note(events[i].events);
  }
  if (batch_size_ < kBatch) ++looks_;
  dispatching_ = true;
  for (std::size_t i = 0; i < batch_size_; ++i) {
    if (batch_[i] != nullptr) batch_[i]->resume(events[i].events);
  }
  dispatching_ = false;
  batch_size_ = 0;
}

}  // namespace wf::net
