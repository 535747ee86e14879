// TLS without a socket: what is said first, what is refused, and files that cannot be used.
#include "proxy/net/tls_engine.hpp"

#include <catch2/catch.hpp>

#include "tests/support/certificates.hpp"
#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::net;

namespace {

std::shared_ptr<const TlsContext> context(TlsSettings settings = {}) {
  return TlsContext::for_client(std::move(settings)).value();
}

/// The first message of a client that connects to `peer`.
std::string hello(const TlsContext& context, const std::string& peer) {
  TlsEngine engine{context, peer, Side::Store};
  CHECK(engine.shake_hands().value() == false);
  return std::string{engine.output()};
}

}  // namespace

TEST_CASE("a name is asked for, a literal address is not", "[RFC 6066 §3]") {
  const auto plain = context();
  CHECK(hello(*plain, "redis.test").find("redis.test") != std::string::npos);
  CHECK(hello(*plain, "127.0.0.1").find("127.0.0.1") == std::string::npos);
  TlsSettings named;
  named.server_name = "other.test";
  CHECK(hello(*context(named), "127.0.0.1").find("other.test") != std::string::npos);
  CHECK_FALSE(hello(*plain, "").empty());
}

TEST_CASE("output that was consumed does not come again") {
  const auto plain = context();
  TlsEngine engine{*plain, "redis.test", Side::Store};
  REQUIRE(engine.shake_hands());
  const std::string whole{engine.output()};
  REQUIRE(whole.size() > 100);
  engine.consume_output(60);
  CHECK(engine.output() == std::string_view{whole}.substr(60));
  engine.consume_output(whole.size() - 60);
  CHECK(engine.output().empty());
}

TEST_CASE("a peer that does not speak TLS is told apart") {
  const auto plain = context();
  TlsEngine engine{*plain, "redis.test", Side::Store};
  REQUIRE(engine.shake_hands());
  REQUIRE(engine.feed("-ERR unknown command\r\n"));
  const auto shaken = engine.shake_hands();
  REQUIRE_FALSE(shaken);
  CHECK(shaken.error().code == ErrorCode::Refused);
  CHECK(shaken.error().side == Side::Store);
  CHECK(shaken.error().detail == "TLS: wrong version number");
}

TEST_CASE("files that cannot be used are named") {
  const test::Certificates files;
  TlsSettings settings;
  settings.ca = "/nowhere/ca.pem";
  const auto no_ca = TlsContext::for_client(settings);
  REQUIRE_FALSE(no_ca);
  CHECK(no_ca.error().detail.find("trusted certificates /nowhere/ca.pem") == 0);

  settings.ca = files.ca();
  settings.certificate = files.client_key();
  const auto no_certificate = TlsContext::for_client(settings);
  REQUIRE_FALSE(no_certificate);
  CHECK(no_certificate.error().detail.find("certificate " + files.client_key()) == 0);

  settings.certificate = files.stranger();
  settings.key = files.client_key();
  const auto other_key = TlsContext::for_client(settings);
  REQUIRE_FALSE(other_key);
  CHECK(other_key.error().code == ErrorCode::Unsupported);
  CHECK(other_key.error().detail.find("key " + files.client_key()) == 0);

  settings.certificate = files.client();
  CHECK(TlsContext::for_client(settings));
}
