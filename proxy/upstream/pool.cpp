#include "proxy/upstream/pool.hpp"

#include <cassert>
#include <new>
#include <utility>

namespace wf::upstream {

namespace {

// How soon an idle connection that the origin has closed is noticed, so that its descriptor does
// not linger for the whole idle timeout.
constexpr milliseconds kSweepInterval{1000};

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
  environment_.deadlines.add(sweep_);
}

Pool::~Pool() { assert(in_use_ == 0); }

net::Task<Result<Lease>> Pool::acquire(Want want) {
  const Result<void> ready = co_await book_.ready(timer_now());
  if (!ready) co_return ready.error();
  const std::optional<Endpoint> address = balancer_.next(timer_now());
  if (want == Want::Any) {
    // Without an address to connect to, what is connected still serves.
    if (std::optional<Lease> lease = take_idle(address)) co_return std::move(*lease);
  }
  if (!address) {
    co_return Error{ErrorCode::Refused, Side::Upstream, Retry::Safe,
                    "every address failed a moment ago"};
  }
  co_return co_await dial(*address);
}

std::optional<Lease> Pool::take_idle(const std::optional<Endpoint>& address) {
  for (;;) {
    const TimePoint now = timer_now();
    std::optional<Connection> found = address ? idle_.take(*address, now) : idle_.take_any(now);
    if (!found) return std::nullopt;
    if (found->stream->readable()) {
      count_unasked(*found->stream);
      continue;  // closed by leaving scope
    }
    return Lease{*this, std::move(*found), Lease::Origin::Reused};
  }
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
  Lease lease{*this, Connection{address, nullptr}, Lease::Origin::Fresh};
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
