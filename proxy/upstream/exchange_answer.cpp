// The reading half of an exchange.
#include "proxy/upstream/exchange.hpp"

#include <utility>

namespace wf::upstream {

namespace {

Error misuse(std::string_view what) {
  return {ErrorCode::Internal, Side::Self, Retry::No, std::string{what}};
}

}  // namespace

Error Exchange::refuse(const message::Refusal& refusal) {
  pool_.count(refusal.rule);
  break_off();
  std::string detail{message::to_string(refusal.rule)};
  detail.append(": ").append(refusal.what);
  const bool limit = refusal.rule == message::Rule::R6;
  return {limit ? ErrorCode::TooLarge : ErrorCode::Malformed, Side::Upstream, Retry::No,
          std::move(detail)};
}

std::optional<Result<const message::ResponseHead*>> Exchange::head_now() {
  if (phase_ != Phase::Head) return misuse("the final head was read before");
  if (std::exchange(interim_, false)) reader_.next_head();
  if (died_) return std::nullopt;
  for (;;) {
    if (is_leftover()) {
      pool_.count(message::Rule::R5);
      died_ = true;
      return std::nullopt;
    }
    const boost::system::result<bool, message::Refusal> done = reader_.read_head(inbox_.unread());
    if (!done) return refuse(done.error());
    if (*done) break;
    const Result<std::size_t> more = fill_now();
    died_ = !more && can_replay(more.error());
    if (died_ || (more && *more == 0)) return std::nullopt;
    if (more) continue;
    const bool begun = reader_.at_end(inbox_.unread()) == message::AtEnd::Truncated;
    if (begun) count_cut(more.error());
    return more.error();
  }
  on_head();
  return &reader_.head();
}

net::Task<Result<const message::ResponseHead*>> Exchange::read_head() {
  for (;;) {
    const std::optional<Result<const message::ResponseHead*>> head = head_now();
    if (head) co_return *head;
    if (died_) {
      const Result<void> again = co_await attempt_fresh();
      if (!again) co_return again.error();
    }
    if (!may_read()) co_await edge();
  }
}

void Exchange::on_head() noexcept {
  const message::ResponseHead& head = reader_.head();
  inbox_.consume(reader_.head_size());
  interim_ = head.interim();
  if (interim_) return;
  read_expiry_.off();
  head_block_ = inbox_.keep_block();
  const bool tunnel = head.status == 101;
  phase_ = tunnel ? Phase::Tunnel : Phase::Body;
  const bool empty = head.framing == message::Framing::None ||
                     (head.framing == message::Framing::Length && head.content_length == 0);
  if (!tunnel && empty) settle();
}

void Exchange::begin_wait() noexcept {
  if (std::exchange(reading_, true)) return;
  if (phase_ == Phase::Body && !sending_) arm_read_expiry();
}

Result<std::size_t> Exchange::fill_now() {
  if (!lease_.held()) return misuse("reading without a connection");
  if (!may_read()) return std::size_t{0};
  const asio::mutable_buffer room = inbox_.room();
  if (room.size() == 0) {
    break_off();
    return Error{ErrorCode::TooLarge, Side::Upstream, Retry::No, "answer head"};
  }
  const Result<std::size_t> n = lease_.stream().read_now(room);
  if (n && *n == 0) return n;
  reading_ = false;
  if (phase_ == Phase::Body) read_expiry_.off();
  if (!n) return explain(n.error());
  inbox_.commit(*n);
  if (attempt_in_ == 0) facts_.first_byte = pool_.clock().steady() - sent_at_;
  attempt_in_ += *n;
  facts_.bytes_in += *n;
  return n;
}

Result<std::string_view> Exchange::body_now() {
  if (phase_ == Phase::Done) return std::string_view{};
  if (phase_ != Phase::Body) return misuse("the final head was not read yet");
  for (;;) {
    const Result<std::string_view> run = decode();
    if (!run || !run->empty() || phase_ == Phase::Done) return run;
    const Result<std::size_t> more = fill_now();
    if (!more) return on_end_of_stream(more.error());
    if (*more == 0) return std::string_view{};
  }
}

net::Task<Result<Chunk>> Exchange::read_body() {
  for (;;) {
    const Result<std::string_view> run = body_now();
    if (!run) co_return run.error();
    if (!run->empty()) co_return inbox_.piece(*run);
    if (phase_ == Phase::Done) co_return Chunk{};
    if (!may_read()) co_await edge();
  }
}

// Uses up what was read. The runs between the lines of the chunked coding are packed together in
// place, so that small chunks do not become small pieces.
Result<std::string_view> Exchange::decode() {
  std::string_view packed;
  bool done = false;
  for (std::size_t consumed = 1; !done && consumed != 0;) {
    const boost::system::result<message::BodyPiece, message::Refusal> piece =
        reader_.read_body(inbox_.unread());
    if (!piece) return refuse(piece.error());
    consumed = piece->consumed;
    done = piece->done;
    inbox_.consume(consumed);
    if (piece->data.empty()) continue;
    if (packed.empty()) {
      packed = piece->data;
    } else {
      packed = {packed.data(), packed.size() + piece->data.size()};
      inbox_.move_down(piece->data, packed.data() + packed.size() - piece->data.size());
    }
  }
  if (done) settle();
  return packed;
}

Result<std::string_view> Exchange::on_end_of_stream(Error error) {
  const bool in_order = error.code == ErrorCode::Closed;
  if (in_order && reader_.at_end(inbox_.unread()) == message::AtEnd::Complete) {
    settle();
    return std::string_view{};
  }
  break_off();
  count_cut(error);
  if (in_order) error.detail = "answer body cut short";
  return error;
}

// R7: not what we ended ourselves for its pace, or because nobody wants it any more.
void Exchange::count_cut(const Error& how) noexcept {
  const bool by_origin = how.code == ErrorCode::Closed || how.code == ErrorCode::Reset;
  if (by_origin) pool_.count(message::Rule::R7);
}

// The answer is complete. The connection is fit for another exchange if the request is complete as
// well, both sides want to keep it, and nothing came that was not asked for (R4, R5).
void Exchange::settle() noexcept {
  phase_ = Phase::Done;
  const message::ResponseHead& head = reader_.head();
  const bool reusable = head.keep_alive && head.framing != message::Framing::UntilClose &&
                        upload_.complete() && !sending_ && inbox_.empty();
  if (!inbox_.empty()) {
    const bool no_body = head.framing == message::Framing::None;
    pool_.count(no_body ? message::Rule::R4 : message::Rule::R5);
  }
  if (head.framing == message::Framing::UntilClose) pool_.count(message::Rule::R8);
  if (reader_.dropped_trailers()) pool_.count(message::Rule::R9);
  if (reusable) {
    lease_.give_back();
  } else if (sending_) {
    break_off();
  } else {
    lease_.close();
  }
}

std::pair<std::unique_ptr<net::Stream>, std::string> Exchange::release_stream() {
  phase_ = Phase::Done;
  read_expiry_.off();
  write_expiry_.off();
  std::string leftover{inbox_.unread()};
  return {lease_.release(), std::move(leftover)};
}

}  // namespace wf::upstream
