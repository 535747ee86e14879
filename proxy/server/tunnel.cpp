#include "proxy/server/tunnel.hpp"

#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/message/write.hpp"
#include "proxy/net/notifier.hpp"
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
  void cut() {
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

net::Task<void> pump_up(Ends& ends, net::Notifier& finished, bool& running) {
  co_await pump(ends, ends.client, ends.origin);
  running = false;
  finished.notify_all();
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
  net::Notifier finished;
  bool running = true;
  worker.tasks().spawn(pump_up(ends, finished, running));
  co_await pump(ends, ends.origin, ends.client);
  while (running) {  // NOLINT(bugprone-infinite-loop): pump_up ends it
    const auto seen = finished.epoch();
    co_await finished.wait(seen, net::Notifier::TimePoint::max());
  }
  co_return Result<void>{};
}

}  // namespace wf::server
