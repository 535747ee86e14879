// A pool before a scripted origin, and words for talking through it.
#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "proxy/upstream/exchange.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/scripted_origin.hpp"
#include "tests/support/show_result.hpp"

namespace wf::test {

using namespace std::chrono_literals;

[[nodiscard]] inline upstream::OutgoingRequest get(const std::string& target) {
  return {.head = "GET " + target + " HTTP/1.1\r\nHost: o\r\n\r\n",
          .method = policy::Method::Get,
          .replayable = true,
          .upgrade = false,
          .body = {}};
}

[[nodiscard]] inline upstream::OutgoingRequest head(const std::string& target) {
  upstream::OutgoingRequest request = get(target);
  request.head.replace(0, 3, "HEAD");
  request.method = policy::Method::Head;
  return request;
}

/// With Content-Length; not replayable.
[[nodiscard]] inline upstream::OutgoingRequest post(const std::string& target,
                                                    std::uint64_t length) {
  return {.head = "POST " + target +
                  " HTTP/1.1\r\nHost: o\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n",
          .method = policy::Method::Post,
          .replayable = false,
          .upgrade = false,
          .body = {message::Framing::Length, length}};
}

[[nodiscard]] inline upstream::OutgoingRequest post_chunked(const std::string& target) {
  return {.head = "POST " + target + " HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n",
          .method = policy::Method::Post,
          .replayable = false,
          .upgrade = false,
          .body = {message::Framing::Chunked, 0}};
}

/// What came of a whole exchange.
struct Got {
  unsigned status = 0;  ///< of the final head; 0: none
  std::string body;     ///< as far as it came
  std::optional<Error> error;
  upstream::ExchangeFacts facts;
};

/// "ok", or the error's code.
[[nodiscard]] inline std::string verdict(const Got& got) {
  return got.error ? std::string{to_string(got.error->code)} : "ok";
}

/// Reads the answer of an exchange to its end, interim heads passed over.
[[nodiscard]] inline net::Task<Got> read_answer(upstream::Exchange& exchange) {
  Got got;
  for (bool interim = true; interim;) {
    const Result<const message::ResponseHead*> answer = co_await exchange.read_head();
    got.facts = exchange.facts();
    if (!answer) {
      got.error = answer.error();
      co_return got;
    }
    interim = (*answer)->interim();
    got.status = (*answer)->status;
  }
  for (;;) {
    const Result<Chunk> piece = co_await exchange.read_body();
    got.facts = exchange.facts();
    if (!piece) got.error = piece.error();
    if (!piece || piece->empty()) co_return got;
    got.body += piece->view();
  }
}

/// A whole exchange without a request body.
[[nodiscard]] inline net::Task<Got> fetch(upstream::Pool& pool, upstream::OutgoingRequest request) {
  Result<std::unique_ptr<upstream::Exchange>> exchange =
      co_await upstream::open(pool, std::move(request));
  if (!exchange) co_return Got{.status = 0, .body = {}, .error = exchange.error(), .facts = {}};
  co_return co_await read_answer(**exchange);
}

/// Waits a turn of real time in the loop, for what only time can bring.
[[nodiscard]] inline net::Task<void> pause(std::chrono::milliseconds time) {
  net::Notifier never;
  co_await never.wait(never.epoch(), net::after(time));
}

/// One upstream with one scripted origin. `run` once.
struct Conversation {
  explicit Conversation(config::Upstream with = {}, config::Address at = {"127.0.0.1", 0, {}})
      : origin(std::move(at), echo), pool(with_origin(std::move(with)), environment()) {}

  void run(net::Task<void> (*talk)(Conversation&)) { loop.run(talk(*this)); }
  upstream::Pool::Environment environment() { return {loop.deadlines(), loop.tasks(), clock}; }
  config::Upstream with_origin(config::Upstream settings) const {
    if (settings.servers.empty()) settings.servers.push_back(origin.server());
    return settings;
  }

  ScriptedOrigin origin;
  SystemClock clock;
  Loop loop;
  upstream::Pool pool;
};

}  // namespace wf::test
