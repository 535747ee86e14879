// The reading half of an exchange.
#include "proxy/upstream/exchange.hpp"

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

net::Task<Result<const message::ResponseHead*>> Exchange::read_head() {
  if (phase_ != Phase::Head) co_return misuse("the final head was read before");
  if (interim_) reader_.next_head();
  interim_ = false;
  for (;;) {
    const boost::system::result<bool, message::Refusal> done = reader_.read_head(inbox_.unread());
    if (!done) co_return refuse(done.error());
    if (*done) break;
    const Result<void> more = co_await fill();
    if (more) continue;
    if (!can_replay(more.error())) {
      const bool begun = reader_.at_end(inbox_.unread()) == message::AtEnd::Truncated;
      if (begun) count_cut(more.error());
      co_return more.error();
    }
    const Result<void> again = co_await attempt(Want::Fresh);
    if (!again) co_return again.error();
  }
  on_head();
  co_return &reader_.head();
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

net::Task<Result<void>> Exchange::fill() {
  if (!lease_.held()) co_return misuse("reading without a connection");
  const net::asio::mutable_buffer room = inbox_.room();
  if (room.size() == 0) {
    break_off();
    co_return Error{ErrorCode::TooLarge, Side::Upstream, Retry::No, "answer head"};
  }
  reading_ = true;
  if (phase_ == Phase::Body && !sending_) arm_read_expiry();
  const Result<std::size_t> n = co_await lease_.stream().read_some(room);
  reading_ = false;
  if (phase_ == Phase::Body) read_expiry_.off();
  if (!n) co_return explain(n.error());
  inbox_.commit(*n);
  if (attempt_in_ == 0) facts_.first_byte = pool_.clock().steady() - sent_at_;
  attempt_in_ += *n;
  facts_.bytes_in += *n;
  co_return Result<void>{};
}

Result<Chunk> Exchange::body_at_hand() {
  if (phase_ == Phase::Done) return Chunk{};
  if (phase_ != Phase::Body) return misuse("the final head was not read yet");
  return decode();
}

net::Task<Result<Chunk>> Exchange::read_body() {
  if (phase_ == Phase::Done) co_return Chunk{};
  if (phase_ != Phase::Body) co_return misuse("the final head was not read yet");
  for (;;) {
    Result<Chunk> chunk = decode();
    if (!chunk || !chunk->empty() || phase_ == Phase::Done) co_return chunk;
    const Result<void> more = co_await fill();
    if (!more) co_return on_end_of_stream(more.error());
  }
}

// Uses up what was read. The runs between the lines of the chunked coding are packed together in
// place, so that small chunks do not become small pieces.
Result<Chunk> Exchange::decode() {
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
  Chunk chunk = packed.empty() ? Chunk{} : inbox_.piece(packed);
  if (done) settle();
  return chunk;
}

Result<Chunk> Exchange::on_end_of_stream(Error error) {
  const bool in_order = error.code == ErrorCode::Closed;
  if (in_order && reader_.at_end(inbox_.unread()) == message::AtEnd::Complete) {
    settle();
    return Chunk{};
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
