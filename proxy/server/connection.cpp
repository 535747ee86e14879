#include "proxy/server/connection.hpp"

#include <new>

#include "proxy/server/handle.hpp"
#include "proxy/server/respond.hpp"

namespace wf::server {

namespace {

StatusLine own_status(const Worker& worker) {
  StatusLine status;
  status.parts.cache = worker.config().via;
  status.detail = worker.config().cache_status;
  return status;
}

net::Pace write_pace(const config::ClientLimits& limits) {
  return {limits.write_timeout, limits.write_rate};
}

/// The connection's locals, and what is done with each of its requests.
class Connection final : public OpenConnection {
 public:
  Connection(Worker& worker, const Entrance& entrance, net::Socket socket,
             std::optional<message::IpAddress> peer)
      : worker_(worker),
        stream_(std::move(socket), worker.deadlines(), Side::Client),
        input_(stream_, entrance.desks),
        out_(stream_, write_pace(worker.footing()->config().limits)),
        caller_(worker, entrance, std::move(peer)) {
    worker_.add(*this);
    worker_.tally().connections_begun.add();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { worker_.tally().connections_ended.add(); }

  net::Task<void> serve() {
    const bool admitted = co_await caller_.admit(stream_);
    if (!admitted) co_return;
    // A connection that was accepted as the draining began has asked for nothing yet.
    for (unsigned served = 1; served > 1 || !worker_.draining(); ++served) {
      const auto read = co_await input_.read_head();
      if (!read) {
        co_await refuse(read.error());
        co_return;
      }
      input_.desk().began = worker_.clock().steady();
      begin_request(served);
      Client client = this->client();
      // On the desk: in this frame it would be what most of an idle connection consists of.
      Request& request = input_.desk().request.emplace(
          read_request(worker_, input_.head(), client.keys, client.scheme));
      Rest rest = over_rate(client, input_.desk().began);
      if (!rest) rest = handle(worker_, request, client);
      if (rest) co_await std::move(*rest);
      if (out_.unsent()) co_await send_rest();
      finish_log(input_.desk().began);
      if (!out_.keep_alive() || !input_.body_done() || !out_.started()) break;
      input_.next();
    }
    co_await end();
  }

  /// What the kernel did not take of an answer at once.
  net::Task<void> send_rest() {
    const auto sent = co_await out_.send_rest();
    if (!sent) log().set_error(sent.error());
  }

  /// There is no memory for the exchange: it ends with the connection. Takes none itself.
  void give_up() noexcept {
    worker_.tally().exchanges_given_up.add();
    if (out_.started() || out_.bytes() != 0) {
      out_.cut();
    } else {
      out_.send_unready();
    }
    if (asked_) {
      log().outcome = policy::Outcome::InternalError;
      log().error = Error{ErrorCode::Unavailable, Side::Self, Retry::No, "out of memory"};
      finish_log(input_.desk().began);
    }
    stream_.shutdown_send();
  }

  void wind_up() noexcept override {
    if (input_.idle()) {
      stream_.abort();
    } else {
      out_.close_after();
    }
  }

 private:
  void begin_request(unsigned served) {
    const message::RequestHead& head = input_.head();
    const unsigned most = worker_.footing()->config().limits.requests_per_connection;
    const bool last = worker_.draining() || (most != 0 && served >= most);
    out_.begin({head.version, head.method == policy::Method::Head, head.keep_alive && !last});
    caller_.read_request(head.fields);
    begin_log();
    log().method = head.method_text;
    log().host = head.host.authority;
    log().target = head.raw_target;
  }

  [[nodiscard]] observe::AccessEntry& log() noexcept { return input_.desk().log; }
  [[nodiscard]] Client client() noexcept {
    return {input_,
            out_,
            log(),
            input_.desk().keys,
            caller_.client_text(),
            caller_.text(),
            "http",
            caller_.forwards()};
  }

  void begin_log() {
    log() = {};
    asked_ = true;
    log().client = caller_.client_text();
  }

  /// The answer to a client that asks more often than it may; nothing: it may.
  Rest over_rate(Client& client, SteadyTime now) {
    if (!caller_.client()) return std::nullopt;
    const Micros wait = worker_.shared().addresses.request(*caller_.client(), now);
    if (wait == Micros{0}) return std::nullopt;
    return refuse_for_now(client, wait);
  }

  net::Task<void> refuse_for_now(Client& client, Micros wait) {
    OwnAnswer answer{429, Side::Client, "more requests than this address may send",
                     policy::Outcome::RateLimited};
    answer.retry_after = static_cast<unsigned>(std::chrono::ceil<Seconds>(wait).count());
    static_cast<void>(co_await respond_error(client, answer, own_status(worker_)));
  }

  /// F14: an answer where there is someone to read it, then the connection ends.
  net::Task<void> refuse(NoRequest why) {
    using Why = NoRequest::Why;
    if (why.why == Why::Ended) co_return;
    const SteadyTime began = worker_.clock().steady();
    begin_log();
    log().outcome = policy::Outcome::Refused;
    if (why.why == Why::Broken) {
      log().outcome = policy::Outcome::ClientGone;
      finish_log(began);
      co_return;
    }
    OwnAnswer answer{408, Side::Client, "the request head did not arrive in time",
                     policy::Outcome::Refused};
    if (why.why == Why::Refused) {
      answer.status = why.refusal.status;
      answer.what = why.refusal.what;
      log().reason = to_string(why.refusal.rule);
      worker_.tally().refusal(static_cast<std::size_t>(why.refusal.rule));
    }
    out_.begin({11, false, false});
    Client asking = client();
    static_cast<void>(co_await respond_error(asking, answer, own_status(worker_)));
    finish_log(began);
    co_await end();
  }

  /// A client that still sends must be able to read what it was told; F14: nothing of what it sends
  /// is taken for a request any more.
  net::Task<void> end() {
    const std::uint64_t thrown_away = co_await input_.drain();
    if (!refused_) co_return;
    worker_.tally().closed_after_refusal.add();
    worker_.tally().refused_bytes.add(thrown_away);
  }

  void finish_log(SteadyTime began) noexcept {
    asked_ = false;
    log().total = worker_.clock().steady() - began;
    worker_.tally().exchange(log().route_place, log().outcome, log().total);
    refused_ = log().outcome == policy::Outcome::Refused || input_.body_refused_by().has_value();
    count_faults();
    if (!worker_.shared().access_log.enabled()) return;
    log().status = out_.status();
    log().bytes_in = input_.body_bytes();
    log().bytes_out = out_.bytes();
    worker_.shared().access_log.write(log());
  }

  void count_faults() {
    observe::Tally& tally = worker_.tally();
    if (const auto rule = input_.body_refused_by()) tally.refusal(static_cast<std::size_t>(*rule));
    const std::optional<Error>& error = log().error;
    if (!error || error->side != Side::Client || error->code != ErrorCode::Timeout) return;
    if (out_.status() == 408) return tally.slow_requests.add();
    tally.slow_readers.add();
    // Who does not read would not take the end either: what the kernel still keeps for it goes.
    stream_.reset();
  }

  Worker& worker_;
  net::Stream stream_;
  RequestInput input_;
  Responder out_;
  Caller caller_;
  bool asked_ = false;    // it is not in the log yet
  bool refused_ = false;  // the last request, by a rule or for its pace
};

}  // namespace

net::Task<void> serve_connection(Worker& worker, const Entrance& entrance, net::Socket socket,
                                 std::optional<message::IpAddress> peer) {
  Connection connection{worker, entrance, std::move(socket), std::move(peer)};
  // Here and not in a frame of its own, which every idle connection would have to keep.
  bool in_memory = true;
  try {
    co_await connection.serve();
  } catch (const std::bad_alloc&) {
    in_memory = false;
  }
  if (!in_memory) connection.give_up();
}

}  // namespace wf::server
