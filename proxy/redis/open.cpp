#include "proxy/redis/open.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/net/connect.hpp"

namespace wf::redis {
namespace {

using Opened = Result<std::unique_ptr<net::Stream>>;

milliseconds left_until(TimePoint until) {
  const auto left = std::chrono::ceil<milliseconds>(until - timer_now());
  return std::max(left, milliseconds{1});
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What to do about it, in the words of the configuration.
std::string_view hint_for(std::string_view detail) {
  if (has(detail, "mismatch")) return " (set tls.server_name to a name in Redis' certificate)";
  if (has(detail, "is refused")) return " (set tls.ca to the authority that signed it)";
  // A plain Redis takes the handshake for the beginning of a long line.
  if (has(detail, "wrong version number") || has(detail, "no answer to the handshake")) {
    return " (no TLS there? use redis:// or its TLS port)";
  }
  if (has(detail, "alert")) return " (Redis refuses us: set tls.certificate and tls.key)";
  return "";
}

net::Task<Opened> secured(std::unique_ptr<net::Stream> stream, const Settings& settings,
                          std::string host, TimePoint until) {
  stream->expire_in(left_until(until));
  const Result<void> done = co_await stream->secure(*settings.tls, std::move(host));
  stream->never_expire();
  if (done) co_return stream;
  Error error = done.error();
  error.retry = Retry::Safe;
  if (error.code == ErrorCode::Timeout) error.detail = "TLS: no answer to the handshake";
  error.detail += hint_for(error.detail);
  co_return error;
}

}  // namespace

net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(const Settings& settings,
                                                            config::Address address,
                                                            net::DeadlineList& deadlines,
                                                            TimePoint until) {
  Result<std::vector<net::Endpoint>> endpoints = co_await net::resolve(address, Side::Store);
  if (!endpoints) co_return endpoints.error();
  Error last{ErrorCode::Unresolved, Side::Store, Retry::Safe, "no address"};
  for (const net::Endpoint& endpoint : *endpoints) {
    if (timer_now() >= until) break;
    Opened stream = co_await net::connect(endpoint, left_until(until), deadlines, Side::Store);
    if (stream && settings.tls) {
      stream = co_await secured(std::move(*stream), settings, address.host, until);
    }
    if (stream) co_return stream;
    last = stream.error();
  }
  co_return last;
}

}  // namespace wf::redis
