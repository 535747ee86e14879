#include "proxy/upstream/pool.hpp"

#include <cassert>
#include <new>
#include <utility>

namespace wf::upstream {

namespace {

// How soon an idle connection that the origin has closed is noticed, so that its descriptor does
// not linger for the whole idle timeout.
constexpr milliseconds kSweepInterval{1000};

// Of workspaces: at most so many small blocks of memory wait for the next exchanges.
constexpr std::size_t kMostSpare = 64;

}  // namespace

Lease::Lease(Pool& pool, Connection connection, Origin origin) noexcept
    : pool_(&pool), connection_(std::move(connection)), reused_(origin == Origin::Reused) {
  ++pool_->in_use_;
}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      connection_(std::move(other.connection_)),
      reused_(other.reused_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  close();
  pool_ = std::exchange(other.pool_, nullptr);
  connection_ = std::move(other.connection_);
  reused_ = other.reused_;
  return *this;
}

void Lease::give_back() noexcept {
  Pool* pool = std::exchange(pool_, nullptr);
  --pool->in_use_;
  pool->put_back(std::move(connection_));
}

void Lease::close() noexcept {
  if (pool_ == nullptr) return;
  --std::exchange(pool_, nullptr)->in_use_;
  connection_.stream.reset();
}

std::unique_ptr<net::Stream> Lease::release() noexcept {
  --std::exchange(pool_, nullptr)->in_use_;
  return std::move(connection_.stream);
}

Pool::Pool(config::Upstream settings, Environment environment)
    : settings_(std::move(settings)),
      environment_(environment),
      balancer_(settings_.fail_timeout),
      book_(settings_, balancer_, environment_.tasks),
      idle_(IdleList::Limits{settings_.max_idle, settings_.idle_timeout}),
      sweep_(*this) {
  spare_.reserve(kMostSpare);
  environment_.deadlines.add(sweep_);
}

Pool::~Pool() { assert(in_use_ == 0); }

net::Soon<Result<Lease>> Pool::acquire(Want want) {
  const TimePoint now = timer_now();
  if (!book_.ready_now(now)) return acquire_later(want);
  return choose(want, now);
}

net::Task<Result<Lease>> Pool::acquire_later(Want want) {
  const Result<void> ready = co_await book_.ready(timer_now());
  if (!ready) co_return ready.error();
  co_return co_await net::later(choose(want, timer_now()));
}

net::Soon<Result<Lease>> Pool::choose(Want want, TimePoint now) {
  const std::optional<Endpoint> address = balancer_.next(now);
  if (want != Want::Fresh) {
    // Without an address to connect to, what is connected still serves.
    std::optional<Lease> lease = take_idle(address, want, now);
    if (lease) return Result<Lease>{std::move(*lease)};
  }
  if (!address) {
    return Result<Lease>{Error{ErrorCode::Refused, Side::Upstream, Retry::Safe,
                               "every address failed a moment ago"}};
  }
  return dial(*address);
}

// What the loop has seen since the connection came back is known without asking: whether bytes came
// that nobody asked for (R5), and whether the origin has ended it. What comes later than that look
// could come later than an answer of the kernel as well, and then a GET is sent again (FM-25). What
// cannot be sent again is worth the question.
std::optional<Lease> Pool::take_idle(const std::optional<Endpoint>& address, Want want,
                                     TimePoint now) {
  for (;;) {
    std::optional<Connection> found = address ? idle_.take(*address, now) : idle_.take_any(now);
    if (!found) return std::nullopt;
    const bool known = want == Want::Any && found->stream->seen_quiet();
    if (!known && found->stream->readable()) {
      count_unasked(*found->stream);
      continue;  // closed by leaving scope
    }
    return Lease{*this, std::move(*found), Lease::Origin::Reused};
  }
}

std::unique_ptr<Workspace> Pool::take_workspace() {
  if (spare_.empty()) return std::make_unique<Workspace>();
  std::unique_ptr<Workspace> workspace = std::move(spare_.back());
  spare_.pop_back();
  return workspace;
}

void Pool::give_back(std::unique_ptr<Workspace> workspace) noexcept {
  if (spare_.size() == kMostSpare) return;
  workspace->inbox.clear();
  spare_.push_back(std::move(workspace));
}

// R5. An end is no fault: the origin need not keep connections for us.
void Pool::count_unasked(const net::Stream& idle) noexcept {
  if (idle.has_bytes()) count(message::Rule::R5);
}

bool Pool::make_room() noexcept {
  while (in_use_ + idle_.size() >= settings_.max_connections) {
    if (!idle_.drop_oldest()) return false;
  }
  return true;
}

net::Task<Result<Lease>> Pool::dial(Endpoint address) {
  Result<Lease> first = co_await dial_once(address);
  if (first || first.error().code == ErrorCode::Unavailable) co_return first;
  const std::optional<Endpoint> other = balancer_.next_after(address, timer_now());
  if (!other) co_return first;
  co_return co_await dial_once(*other);
}

net::Task<Result<Lease>> Pool::dial_once(Endpoint address) {
  if (!make_room()) {
    co_return Error{ErrorCode::Unavailable, Side::Upstream, Retry::Safe,
                    "max_connections are in use"};
  }
  // The lease counts from here on, so that connections being made are bounded too.
  Lease lease{*this, Connection{address, nullptr, net::to_string(address)}, Lease::Origin::Fresh};
  Result<std::unique_ptr<net::Stream>> stream = co_await net::connect(
      address, settings_.connect_timeout, environment_.deadlines, Side::Upstream);
  if (!stream) {
    balancer_.failed(address, timer_now());
    co_return stream.error();
  }
  balancer_.succeeded(address);
  lease.connection_.stream = std::move(*stream);
  co_return lease;
}

void Pool::put_back(Connection connection) noexcept {
  if (closing_ || !balancer_.knows(connection.address)) return;
  const bool sweeping = !idle_.empty();
  idle_.put(std::move(connection), timer_now());
  if (!sweeping) environment_.deadlines.expire_in(sweep_, kSweepInterval);
}

// The list of deadlines must not lose entries while it is walked, and sweeping destroys streams:
// so it is done in a later turn of the loop.
void Pool::Sweep::on_deadline() noexcept {
  try {
    pool_.environment_.tasks.spawn(pool_.sweep());
  } catch (const std::bad_alloc&) {
    pool_.environment_.deadlines.expire_in(*this, kSweepInterval);
  }
}

net::Task<void> Pool::sweep() {
  sweeping_ = true;
  net::Alarm next_turn{environment_.tasks.executor()};
  co_await next_turn.until(timer_now());
  idle_.drop_expired(timer_now());
  idle_.drop_unknown(balancer_);
  idle_.drop_readable([this](const net::Stream& stream) { count_unasked(stream); });
  if (!idle_.empty()) environment_.deadlines.expire_in(sweep_, kSweepInterval);
  sweeping_ = false;
}

void Pool::close_idle() noexcept {
  closing_ = true;
  idle_.clear();
}

}  // namespace wf::upstream
