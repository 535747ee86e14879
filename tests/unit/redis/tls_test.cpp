// The client against a redis-server that speaks TLS.
#include <catch2/catch.hpp>

#include "proxy/redis/client.hpp"
#include "proxy/redis/subscriber.hpp"
#include "tests/support/callers.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_calls.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

struct Stage {
  explicit Stage(const std::string& clients)
      : port(free_port()), server(files.options(port, clients)) {}

  [[nodiscard]] Settings settings(net::TlsSettings tls) const {
    Settings settings = patient_settings({"127.0.0.1", port, {}});
    settings.tls = net::TlsContext::for_client(std::move(tls)).value();
    settings.liveness = {0ms, 0ms, 0};  // a busy loop is no dead link
    return settings;
  }
  [[nodiscard]] net::TlsSettings trusting() const {
    net::TlsSettings tls;
    tls.ca = files.ca();
    return tls;
  }

  Certificates files;
  std::uint16_t port;
  RedisServer server;
};

std::string big_value() {
  std::string value(3'000'000, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7 + i / 251);
  return value;
}

Task<void> talks(Loop& loop, Settings settings) {
  Client client{loop.executor(), loop.deadlines(), std::move(settings)};
  client.start();
  const bool up = co_await client.wait_up(kPatient);
  REQUIRE(up);
  const std::string value = big_value();
  const Result<Reply> set = co_await ask(client, "SET", "k", value);
  CHECK(set);
  // Reading and writing overlap. Together the replies are less than the sockets hold: a Redis that
  // cannot write at once may end the connection with "bad length" (docs/redis.md).
  Callers callers{client, loop.executor()};
  for (int i = 0; i < 300; ++i) callers.echo(std::string(static_cast<std::size_t>(i) * 8, 'x'));
  co_await callers.join();
  CHECK(callers.answered() == 300);
  const Result<Reply> got = co_await ask(client, "GET", "k");
  CHECK(got);
  if (got) CHECK(got->text() == value);
  co_await client.stop();
}

/// What on_link tells first where no connection can be made.
Task<void> finds_out_why_not(Loop& loop, Settings settings, std::string& why) {
  Flag told{loop.executor()};
  Hooks hooks;
  hooks.on_link = [&](Link, const Error* error) {
    if (error != nullptr && why.empty()) why = to_string(*error);
    told.set();
  };
  Client client{loop.executor(), loop.deadlines(), std::move(settings), hooks};
  client.start();
  co_await told.wait();
  CHECK_FALSE(client.is_up());
  co_await client.stop();
}

using Catch::Matchers::Contains;

std::string why_not(Settings settings) {
  Loop loop;
  std::string why;
  loop.run(finds_out_why_not(loop, std::move(settings), why));
  return why;
}

}  // namespace

TEST_CASE("commands and replies of any size travel by TLS") {
  const Stage stage{"no"};
  net::TlsSettings named = stage.trusting();
  named.server_name = "redis.test";
  net::TlsSettings careless;
  careless.verify = false;
  for (const net::TlsSettings& tls : {stage.trusting(), named, careless}) {
    Loop loop;
    loop.run(talks(loop, stage.settings(tls)));
  }
}

TEST_CASE("a certificate that cannot be verified is refused, with what to do about it") {
  const Stage stage{"no"};
  net::TlsSettings stranger;
  stranger.ca = stage.files.stranger();
  CHECK(why_not(stage.settings(stranger)) ==
        "store refused: TLS: the peer's certificate is refused: self-signed certificate in "
        "certificate chain (set tls.ca to the authority that signed it)");
  net::TlsSettings other_name = stage.trusting();
  other_name.server_name = "other.test";
  CHECK(why_not(stage.settings(other_name)) ==
        "store refused: TLS: the peer's certificate is refused: hostname mismatch (set "
        "tls.server_name to a name in Redis' certificate)");
}

TEST_CASE("a Redis that asks for a certificate is shown ours") {
  const Stage stage{"yes"};
  net::TlsSettings tls = stage.trusting();
  CHECK_THAT(why_not(stage.settings(tls)), Contains("set tls.certificate and tls.key"));
  tls.certificate = stage.files.client();
  tls.key = stage.files.client_key();
  Loop loop;
  loop.run(talks(loop, stage.settings(tls)));
}

TEST_CASE("a wrong port for TLS, or for none, is told with the next step") {
  const Stage stage{"no"};
  Settings to_plain_port = stage.settings(stage.trusting());
  to_plain_port.address.port = stage.server.port();
  to_plain_port.connect_timeout = std::chrono::milliseconds{300};
  CHECK_THAT(why_not(to_plain_port), Contains("no TLS there? use redis://"));
  Settings without = patient_settings({"127.0.0.1", stage.port, {}});
  CHECK_THAT(why_not(without), Contains("does it want TLS? then the URL begins with rediss"));
}
