// The catalogue of hostile requests through a whole proxy: what the parser refuses alone must also
// be refused here, and nothing behind a refusal may reach an origin (FRONT, F14).

#include <catch2/catch.hpp>

#include "tests/unit/message/catalogue.hpp"
#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

constexpr std::string_view kCanary = "GET /canary HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// Status codes of the final answers in `bytes`, each with the body that its length announces.
std::vector<unsigned> statuses(std::string_view bytes) {
  std::vector<unsigned> found;
  while (bytes.starts_with("HTTP/1.1 ") && bytes.size() > 12) {
    const auto status = static_cast<unsigned>(std::stoul(std::string{bytes.substr(9, 3)}));
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view head = bytes.substr(0, end + 2);
    bytes.remove_prefix(end + 4);
    if (status < 200) continue;
    found.push_back(status);
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = head.find(kLength);
    if (at == std::string_view::npos) continue;
    bytes.remove_prefix(std::min(
        bytes.size(), std::size_t{std::stoul(std::string{head.substr(at + kLength.size())})}));
  }
  return found;
}

/// The catalogue's word for the answer to the first request.
bool allowed(const Entry& entry, const std::vector<unsigned>& got) {
  if (got.empty()) return entry.allows("400-close");  // closed without a word
  if (got.front() < 400) return entry.allows("accept") || entry.allows("normalise");
  return entry.allows(got.front() == 400 ? "400-close" : std::to_string(got.front()));
}

}  // namespace

TEST_CASE("hostile requests, each with a canary behind it") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  // What stays incomplete must not make the test long.
  config.limits.header_timeout = 100ms;
  config.limits.body_timeout = 100ms;
  config.limits.idle_timeout = 100ms;
  config.limits.body = 1_GiB;  // lengths beyond all reason
  Proxy proxy{std::move(config)};
  unsigned refused = 0;
  for (const Entry& entry : bad_requests()) {
    CAPTURE(entry.id);
    const unsigned canaries = origin.requests("/canary");
    const std::string answer = converse(proxy.port(), entry.bytes + std::string{kCanary});
    const std::vector<unsigned> got = statuses(answer);
    CAPTURE(answer);
    CHECK(allowed(entry, got));
    if (!got.empty() && got.front() < 400) continue;
    ++refused;
    // One answer at most, and none to the canary.
    CHECK(got.size() <= 1);
    CHECK(origin.requests("/canary") == canaries);
    if (!got.empty()) {
      CHECK(answer.find("Connection: close\r\n") != std::string::npos);
      CHECK(answer.find("application/json\r\n") != std::string::npos);
    }
  }
  CHECK(refused > 100);
  // And it still serves.
  CHECK(get(proxy.port(), "/fine").status == 200);
}

}  // namespace wf::test
