// The sending half of an exchange, and what both halves share.
#include "proxy/upstream/exchange.hpp"

#include <boost/asio/buffer.hpp>

namespace wf::upstream {

namespace {

Error cancelled(std::string_view why) {
  return {ErrorCode::Cancelled, Side::Upstream, Retry::No, std::string{why}};
}

Error timeout(std::string_view what, milliseconds limit) {
  std::string detail{what};
  detail.append(" within ").append(std::to_string(limit.count())).append("ms");
  return {ErrorCode::Timeout, Side::Upstream, Retry::No, std::move(detail)};
}

}  // namespace

Exchange::Exchange(Pool& pool, OutgoingRequest request)
    : pool_(pool),
      request_(std::move(request)),
      upload_(request_.body),
      read_expiry_(pool.deadlines(), lease_),
      write_expiry_(pool.deadlines(), lease_),
      workspace_(pool.take_workspace()),
      reader_(workspace_->reader),
      inbox_(workspace_->inbox) {
  begin_reading();
}

void Exchange::begin_reading() noexcept {
  reader_.begin(message::ResponseContext{.head = request_.method == policy::Method::Head,
                                         .upgrade_asked = request_.upgrade});
}

Exchange::~Exchange() {
  head_block_.reset();
  pool_.give_back(std::move(workspace_));
}

net::Task<Result<std::unique_ptr<Exchange>>> open(Pool& pool, OutgoingRequest request) {
  auto exchange = std::make_unique<Exchange>(pool, std::move(request));
  const Result<void> started = co_await net::later(exchange->start());
  if (!started) co_return started.error();
  co_return exchange;
}

net::Soon<Result<void>> Exchange::start() {
  begin_attempt();
  net::Soon<Result<Lease>> soon = pool_.acquire(request_.replayable ? Want::Any : Want::Checked);
  auto* const lease = std::get_if<Result<Lease>>(&soon);
  if (lease == nullptr) return start_later(std::get<net::Task<Result<Lease>>>(std::move(soon)));
  if (!*lease) return Result<void>{lease->error()};
  take(std::move(**lease));
  net::Soon<Result<void>> sent = send_head();
  const auto* const at_once = std::get_if<Result<void>>(&sent);
  if (at_once == nullptr || *at_once || !can_replay(at_once->error())) return sent;
  return attempt_fresh();
}

net::Task<Result<void>> Exchange::start_later(net::Task<Result<Lease>> acquiring) {
  const SteadyTime began = pool_.clock().steady();
  Result<Lease> lease = co_await std::move(acquiring);
  if (!lease) co_return lease.error();
  facts_.connect += pool_.clock().steady() - began;
  take(std::move(*lease));
  const Result<void> sent = co_await net::later(send_head());
  if (sent || !can_replay(sent.error())) co_return sent;
  co_return co_await attempt_fresh();
}

net::Task<Result<void>> Exchange::attempt_fresh() {
  begin_attempt();
  const SteadyTime began = pool_.clock().steady();
  Result<Lease> lease = co_await net::later(pool_.acquire(Want::Fresh));
  if (!lease) co_return lease.error();
  facts_.connect += pool_.clock().steady() - began;
  take(std::move(*lease));
  co_return co_await net::later(send_head());
}

// What was still on its way when the connection came back: it is known from an answer by not even
// beginning like one, and can come on a connection that was kept only.
bool Exchange::is_leftover() const noexcept {
  constexpr std::string_view kAnswer = "HTTP/";
  const std::string_view unread = inbox_.unread();
  const bool first = attempt_in_ == unread.size();  // no head, interim or not, was read before it
  return first && request_.replayable && lease_.held() && lease_.reused() &&
         unread.substr(0, kAnswer.size()) != kAnswer.substr(0, unread.size());
}

void Exchange::begin_attempt() noexcept {
  if (attempt_in_ != 0) {
    inbox_.clear();
    begin_reading();
  }
  lease_.close();
  attempt_in_ = attempt_out_ = 0;
  send_failed_ = died_ = false;
  ++facts_.attempts;
}

void Exchange::take(Lease lease) {
  lease_ = std::move(lease);
  facts_.reused = lease_.reused();
  facts_.address = lease_.name();
}

// The first write is made without waiting, since only there it is known whether the kernel took
// anything: if not, even a request that must not be sent twice may go out on another connection.
net::Soon<Result<void>> Exchange::send_head() {
  asio::const_buffer head = asio::buffer(request_.head);
  const Result<std::size_t> at_once = lease_.stream().write_now({&head, 1});
  if (!at_once) {
    Error error = at_once.error();
    error.retry = Retry::Safe;
    return Result<void>{std::move(error)};
  }
  attempt_out_ += *at_once;
  facts_.bytes_out += *at_once;
  head += *at_once;
  if (head.size() != 0) return send_rest_of_head(head);
  sent_at_ = pool_.clock().steady();
  arm_read_expiry();
  return Result<void>{};
}

net::Task<Result<void>> Exchange::send_rest_of_head(asio::const_buffer rest) {
  const Result<void> sent = co_await send({&rest, 1});
  sent_at_ = pool_.clock().steady();
  co_return sent;
}

net::Task<Result<void>> Exchange::send(std::span<asio::const_buffer> buffers) {
  const std::size_t size = asio::buffer_size(buffers);
  read_expiry_.off();  // while the origin takes the request it need not answer
  write_expiry_.arm(pool_.settings().write_timeout);
  sending_ = true;
  const Result<void> sent = co_await lease_.stream().write(buffers);
  sending_ = false;
  send_failed_ = !sent;
  write_expiry_.off();
  arm_read_expiry();
  if (!sent) co_return explain(sent.error());
  attempt_out_ += size;
  facts_.bytes_out += size;
  co_return Result<void>{};
}

// The answer's head is owed once the request was sent whole, however slowly the client gives its
// body, or once no more of it can be sent: an origin may answer before it has seen everything. The
// answer's body only while somebody reads.
void Exchange::arm_read_expiry() noexcept {
  const config::Upstream& settings = pool_.settings();
  const bool sent = upload_.complete() || send_failed_;
  if (phase_ == Phase::Head && sent) read_expiry_.arm(settings.response_timeout);
  if (phase_ == Phase::Body && reading_) read_expiry_.arm(settings.read_timeout);
}

void Exchange::on_body_sent() noexcept {
  upload_.written();
  arm_read_expiry();
}

net::Task<Result<void>> Exchange::write_body(std::string_view piece) {
  Result<Upload::Buffers> buffers = upload_.frame(piece);
  if (!buffers) {
    break_off();
    co_return buffers.error();
  }
  if (!lease_.held()) co_return cancelled("the answer was complete before the request");
  const Result<void> sent = co_await send(*buffers);
  if (sent) on_body_sent();
  co_return sent;
}

net::Task<Result<void>> Exchange::finish_body() {
  const Result<std::string_view> last = upload_.last();
  if (!last) {
    break_off();
    co_return last.error();
  }
  if (last->empty()) co_return Result<void>{};
  if (!lease_.held()) co_return cancelled("the answer was complete before the request");
  asio::const_buffer buffer = asio::buffer(*last);
  const Result<void> sent = co_await send({&buffer, 1});
  if (sent) on_body_sent();
  co_return sent;
}

bool Exchange::can_replay(const Error& error) const noexcept {
  const bool died = error.code == ErrorCode::Closed || error.code == ErrorCode::Reset;
  const bool harmless = request_.replayable || attempt_out_ == 0;
  return died && harmless && attempt_in_ == 0 && lease_.held() && lease_.reused();
}

Error Exchange::explain(Error error) const {
  const config::Upstream& settings = pool_.settings();
  if (write_expiry_.passed()) return timeout("request not taken", settings.write_timeout);
  if (read_expiry_.passed() && phase_ == Phase::Head) {
    return timeout("no answer head", settings.response_timeout);
  }
  if (read_expiry_.passed()) return timeout("no more of the answer", settings.read_timeout);
  return error;
}

// The stream itself stays until the exchange goes: a coroutine may be inside it.
void Exchange::break_off() noexcept {
  read_expiry_.off();
  write_expiry_.off();
  if (!lease_.held()) return;
  lease_.stream().abort();
  lease_.stream().close();
}

void Exchange::abandon() noexcept { break_off(); }

}  // namespace wf::upstream
