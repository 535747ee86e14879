#include "proxy/server/tunnel.hpp"

#include <array>
#include <new>

#include "proxy/base/ascii.hpp"
#include "proxy/message/write.hpp"
#include "proxy/net/alarm.hpp"
#include "proxy/policy/forward.hpp"

namespace wf::server {

namespace {

constexpr std::size_t kPiece = 16384;

/// Both ends of a tunnel, and how long silence is borne.
struct Ends {
  net::Stream& client;
  net::Stream& origin;
  net::milliseconds idle;

  void touch() {
    client.expire_in(idle);
    origin.expire_in(idle);
  }
  void cut() noexcept {
    client.abort();
    origin.abort();
  }
};

/// One direction; its end is passed on, an error cuts both.
net::Task<void> pump(Ends& ends, net::Stream& from, net::Stream& to) {
  std::array<char, kPiece> piece;
  for (;;) {
    const auto n = co_await from.read_some(boost::asio::buffer(piece));
    if (!n && n.error().code == ErrorCode::Closed) {
      to.shutdown_send();
      co_return;
    }
    if (!n) break;
    ends.touch();
    to.expire_write_in(ends.idle);
    const auto written = co_await to.write(boost::asio::buffer(piece.data(), *n));
    to.never_expire_write();
    if (!written) break;
  }
  ends.cut();
}

/// The way up, which runs beside the way down.
struct Up {
  net::Alarm finished;
  bool running = false;
};

/// However it ends, the other way is told.
class RunsUp {
 public:
  RunsUp(Ends& ends, Up& up) noexcept : ends_(ends), up_(up) { up_.running = true; }
  RunsUp(const RunsUp&) = delete;
  RunsUp& operator=(const RunsUp&) = delete;
  ~RunsUp() {
    if (!in_order_) ends_.cut();
    up_.running = false;
    up_.finished.ring();
  }
  void end_in_order() noexcept { in_order_ = true; }

 private:
  Ends& ends_;
  Up& up_;
  bool in_order_ = false;
};

net::Task<void> pump_up(Ends& ends, Up& up) {
  RunsUp runs{ends, up};
  co_await pump(ends, ends.client, ends.origin);
  runs.end_in_order();
}

std::string switching_head(const message::ResponseHead& head) {
  std::vector<Field> passing;
  policy::append_response_fields({}, head.fields, passing);
  std::string text;
  message::append_status_line(text, 101);
  message::append_fields(text, passing);
  text += "Connection: Upgrade\r\n";
  for (const Field& field : head.fields) {
    if (ascii::iequals(field.name, "Upgrade")) {
      static_cast<void>(message::append_field(text, "Upgrade", field.value));
    }
  }
  return text;
}

}  // namespace

net::Task<Result<void>> run_tunnel(Worker& worker, Client& client, upstream::Exchange& exchange,
                                   const message::ResponseHead& head) {
  client.log.outcome = policy::Outcome::Tunnel;
  auto switched = co_await client.out.switch_protocols(switching_head(head));
  if (!switched) co_return switched;
  auto [origin, leftover] = exchange.release_stream();
  Ends ends{client.input.stream(), *origin, worker.footing()->config().limits.idle_timeout};
  ends.touch();

  const std::string_view early = client.input.rest();
  auto sent = co_await origin->write(boost::asio::buffer(early.data(), early.size()));
  if (sent) {
    sent = co_await ends.client.write(boost::asio::buffer(leftover.data(), leftover.size()));
  }
  if (!sent) co_return sent;
  Up up{net::Alarm{worker.executor()}};
  worker.tasks().spawn(pump_up(ends, up));
  try {
    co_await pump(ends, ends.origin, ends.client);
  } catch (const std::bad_alloc&) {
    ends.cut();
  }
  while (up.running) co_await up.finished.until(net::Alarm::TimePoint::max());
  co_return Result<void>{};
}

}  // namespace wf::server
