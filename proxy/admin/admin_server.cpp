#include "proxy/admin/admin_server.hpp"

#include <future>
#include <new>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "config/wording.hpp"
#include "proxy/admin/metrics_text.hpp"
#include "proxy/admin/purge_targets.hpp"
#include "proxy/message/write.hpp"
#include "proxy/net/connect.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/policy/text_template.hpp"
#include "proxy/server/invalidate.hpp"

namespace wf::admin {

namespace {

void report_escape(std::string_view what) { spdlog::error("admin: a task failed: {}", what); }

constexpr std::size_t kSelectorsLogged = 5;
constexpr net::milliseconds kPause{100};

message::RequestRules rules_for(const config::Config& config) {
  message::RequestRules rules;
  rules.limits = config.limits;
  rules.limits.body = Bytes{kLargestOrder};
  rules.purge = true;
  return rules;
}

/// The one line that says who purged what; texts of others are quoted (SEC-28).
void log_purge(std::string_view address, const invalidation::Purge& purge,
               const invalidation::Receipt& receipt) {
  std::string named;
  for (std::size_t i = 0; i < purge.selectors.size() && i < kSelectorsLogged; ++i) {
    named += " " + config::quoted(purge.selectors[i]);
  }
  if (purge.selectors.size() > kSelectorsLogged) named += " …";
  spdlog::info("audit: purge by {}: {} selectors:{}; sequence {}-{}, {}",
               address.empty() ? "unix socket" : address, purge.selectors.size(), named,
               receipt.sequence.ms, receipt.sequence.n, to_string(receipt.state));
}

}  // namespace

AdminServer::AdminServer(server::Server& server)
    : server_(server),
      config_(*server.shared().config),
      guard_(*config_.admin),
      desks_(rules_for(config_)),
      work_(context_.get_executor()),
      deadlines_(context_.get_executor()),
      ticking_(context_.get_executor(), report_escape),
      connections_(context_.get_executor(), report_escape) {
  if (config_.store.redis) {
    redis_ =
        std::make_unique<server::RedisLink>(context_.get_executor(), deadlines_, server_.shared());
  }
}

AdminServer::~AdminServer() { stop(); }

void AdminServer::bind() {
  if (socket_) return;
  socket_.emplace(listen_on(context_.get_executor(), config_.admin->address));
  socket_->non_blocking(true);
  port_ = port_of(*socket_);
}

void AdminServer::start() {
  bind();
  ticking_.spawn(deadlines_.run());
  if (redis_) redis_->service->start();
  ticking_.keep_up([this] { return run(); });
  thread_ = std::thread{[this] { run_loop(); }};
  config::Address address = config_.admin->address;
  if (address.unix_path.empty()) address.port = port_;
  spdlog::info("admin on {}{}", net::to_string(address),
               config_.admin->token.empty() ? "; without a token nobody can purge there" : "");
}

void AdminServer::stop() {
  if (!thread_.joinable()) return;
  boost::asio::co_spawn(context_, end(), boost::asio::use_future).get();
  thread_.join();
}

net::Task<void> AdminServer::end() {
  boost::system::error_code ignored;
  socket_->close(ignored);
  if (!config_.admin->address.unix_path.empty()) {
    ::unlink(config_.admin->address.unix_path.c_str());
  }
  deadlines_.expire_all();
  co_await connections_.join();
  if (redis_) co_await redis_->service->stop();
  deadlines_.stop();
  co_await ticking_.join();
  work_.reset();
}

/// As a worker does: nothing that Asio could lose for want of memory.
void AdminServer::watch() {
  const auto ready = [this] {
    watching_ = false;
    next_.ring();
  };
  watching_ = true;
  socket_->async_wait(boost::asio::socket_base::wait_read,
                      net::Reserved<decltype(ready)>{&waiting_, ready});
}

net::Task<void> AdminServer::run() {
  while (socket_->is_open()) {
    net::Socket peer{context_.get_executor()};
    boost::system::error_code ec;
    socket_->accept(peer, ec);
    if (ec == boost::asio::error::would_block) {
      watch();
      while (watching_) co_await next_.until(net::Alarm::TimePoint::max());
    } else if (ec) {
      co_await next_.until(net::after(kPause));
    } else if (connections_.running() < kMostConnections) {
      std::string address = address_of_peer(peer);
      connections_.spawn(serve(std::move(peer), std::move(address)));
    }
  }
}

void AdminServer::run_loop() {
  for (bool done = false; !done;) {
    try {
      context_.run();
      done = true;
    } catch (const std::bad_alloc& e) {
      spdlog::error("admin: {}", e.what());
    }
  }
}

net::Task<void> AdminServer::serve(net::Socket socket, std::string address) {
  net::Stream stream{std::move(socket), deadlines_, Side::Client};
  server::RequestInput input{stream, desks_};
  const config::ClientLimits& limits = desks_.rules().limits;
  server::Responder out{stream, net::Pace{limits.write_timeout, limits.write_rate}};
  for (;;) {
    const auto read = co_await input.read_head();
    if (!read) {
      const server::NoRequest& why = read.error();
      using Why = server::NoRequest::Why;
      if (why.why == Why::Ended || why.why == Why::Broken) co_return;
      const bool late = why.why == Why::TimedOut;
      stream.revive();
      out.begin({11, false, false});
      Answer told = late ? refusal(408, "the request head did not arrive in time")
                         : refusal(why.refusal.status, why.refusal.what);
      static_cast<void>(co_await send(out, std::move(told)));
      break;
    }
    const message::RequestHead& head = input.head();
    out.begin({head.version, head.method == policy::Method::Head, head.keep_alive});
    const Asking asking{head, input, out, address};
    Answer told = co_await answer(asking);
    if (!input.body_done() || !socket_->is_open()) out.close_after();
    stream.revive();
    const auto sent = co_await send(out, std::move(told));
    if (!sent || !out.keep_alive()) break;
    input.next();
  }
  static_cast<void>(co_await input.drain());
}

net::Task<Result<void>> AdminServer::send(server::Responder& out, Answer answer) {
  std::string head;
  message::append_status_line(head, answer.status);
  static_cast<void>(message::append_field(head, "Content-Type", answer.type));
  message::append_number_field(head, "Content-Length", answer.body.size());
  head += "Cache-Control: no-store\r\n";
  co_return co_await out.send(head, answer.extra, BodyView{std::string_view{answer.body}});
}

Snapshot AdminServer::snapshot() {
  Snapshot now = look_at(server_);
  now.purges_by_admin = purges_;
  return now;
}

std::optional<Answer> AdminServer::refused(const Asking& asking) {
  const auto authorization = field_value(asking.head.fields, "authorization");
  const SteadyTime now = server_.shared().clock.steady();
  const Guard::Verdict verdict = guard_.authorize(asking.address, authorization, now);
  if (verdict == Guard::Verdict::Welcome) return std::nullopt;
  spdlog::warn("audit: {} {} refused to {}", asking.head.method_text,
               config::quoted(asking.head.target.path),
               asking.address.empty() ? "unix socket" : asking.address);
  switch (verdict) {
    case Guard::Verdict::NoToken:
      return refusal(403, "admin.token is not set: this listener only shows");
    case Guard::Verdict::TooMany:
      return refusal(429, "too many failures from this address");
    case Guard::Verdict::Welcome:
    case Guard::Verdict::Unauthorized:
      break;
  }
  return refusal(401, "Authorization: Bearer with the configured token is needed");
}

net::Task<Answer> AdminServer::answer(Asking asking) {
  using policy::Method;
  if (!guard_.allows(asking.address)) co_return refusal(403, "not an allowed address");
  const Method method = asking.head.method;
  const std::string_view path = asking.head.target.path;
  const bool reads = method == Method::Get || method == Method::Head;
  if (method == Method::Purge) {
    if (auto no = refused(asking)) co_return std::move(*no);
    PurgeOrder order;
    order.host = asking.head.host.authority;
    std::string url{path};
    if (asking.head.target.has_query) url.append("?").append(asking.head.target.query);
    order.urls.push_back(std::move(url));
    co_return co_await purge(std::move(order), asking.address);
  }
  if (path == "/purge") {
    if (method != Method::Post) co_return refusal(405, "POST a purge order here");
    if (auto no = refused(asking)) co_return std::move(*no);
    co_return co_await read_and_purge(asking);
  }
  if (path != "/health" && path != "/metrics" && path != "/explain") {
    co_return refusal(404, "here are /health, /metrics, /explain, /purge and the method PURGE");
  }
  if (!reads) co_return refusal(405, "GET this");
  if (path == "/health") co_return health_answer(snapshot());
  if (path == "/metrics") co_return Answer{200, metrics_text(snapshot()), kMetricsType, {}};
  if (auto no = refused(asking)) co_return std::move(*no);
  co_return explained(asking);
}

net::Task<Answer> AdminServer::read_and_purge(Asking asking) {
  std::string body;
  if (asking.head.expect_continue) {
    const std::vector<Field> none;
    static_cast<void>(co_await asking.out.interim(100, none));
  }
  while (!asking.input.body_done()) {
    const Result<std::string_view> piece = co_await asking.input.read_body();
    if (!piece) {
      const ErrorCode code = piece.error().code;
      if (code == ErrorCode::TooLarge) co_return refusal(413, "an order has at most 1 MiB");
      if (code == ErrorCode::Timeout) co_return refusal(408, "the order did not arrive in time");
      co_return refusal(400, "the order did not arrive whole");
    }
    body += *piece;
  }
  auto order = parse_purge_order(body);
  if (!order) co_return refusal(400, order.error());
  co_return co_await purge(std::move(*order), asking.address);
}

net::Task<Answer> AdminServer::purge(PurgeOrder order, std::string_view address) {
  server::Shared& shared = server_.shared();
  auto selectors = selectors_of(order, shared);
  if (!selectors) co_return refusal(400, selectors.error());
  const std::size_t count = selectors->size();
  if (order.dry_run) {
    const DryRun found = co_await dry_run(shared.memory, std::move(*selectors));
    co_return dry_run_answer(found, count);
  }
  invalidation::Purge purge;
  purge.selectors = std::move(*selectors);
  purge.mode = order.mode;
  purge.wait = order.wait;
  ++purges_;
  const SteadyTime began = shared.clock.steady();
  const invalidation::Purge copy = purge;
  const auto receipt =
      co_await shared.purge_log.purge(redis_ == nullptr ? nullptr : redis_->service.get(),
                                      std::move(purge), server::coherence_timeout(config_));
  log_purge(address, copy, receipt);
  const auto took = std::chrono::round<Millis>(shared.clock.steady() - began);
  co_return receipt_answer(receipt, count, took);
}

Answer AdminServer::explained(const Asking& asking) {
  server::ExplainQuestion question;
  const std::string_view query = asking.head.target.query;
  question.method = policy::query_parameter(query, "method").value_or("GET");
  question.url = policy::query_parameter(query, "url").value_or(std::string{});
  if (question.url.empty()) return refusal(400, "expected /explain?url=http://host/path");
  const auto explanation = server::explain(server_.shared(), question);
  if (!explanation) return refusal(400, explanation.error().detail);
  return explain_answer(*explanation);
}

}  // namespace wf::admin
