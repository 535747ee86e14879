// What the conversations in HTTP/1.1 share beside the harness.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/message/refusal.hpp"
#include "proxy/observe/tally.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

/// A directory of the test's own, removed at its end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string path(std::string_view name) const;

 private:
  std::filesystem::path directory_;
};

/// config_for, but nothing is cached: every request is answered by the origin.
[[nodiscard]] config::Config pass_config(const ScriptedOrigin& origin);
/// For what must hold on both ways through the proxy.
enum class Caching : std::uint8_t { Off, On };
[[nodiscard]] config::Config config_for(const ScriptedOrigin& origin, Caching caching);
/// The one upstream of config_for.
[[nodiscard]] config::Upstream& upstream_of(config::Config& config);

/// An access log in a file. Lines are written behind the answer's back, so they are waited for.
class AccessLogFile {
 public:
  explicit AccessLogFile(config::Config& config);
  /// The n-th line, from 1; empty if it does not come.
  [[nodiscard]] std::string line(std::size_t number) const;

 private:
  [[nodiscard]] std::vector<std::string> lines() const;
  TempDir directory_;
};

/// Whether the line has that member: `has(line, "side", "client")`.
[[nodiscard]] bool has(std::string_view line, std::string_view name, std::string_view text);

/// What all workers have counted of something: `tallied(proxy, &observe::Tally::fills)`.
[[nodiscard]] std::uint64_t tallied(Proxy& proxy, observe::Count observe::Tally::*what);
/// Messages that broke that rule.
[[nodiscard]] std::uint64_t refused_by(Proxy& proxy, message::Rule rule);

/// Everything that comes until the connection ends.
[[nodiscard]] std::string read_to_end(const RawSocket& socket);
[[nodiscard]] std::size_t count(std::string_view text, std::string_view part);

/// Sends the bytes on a connection of its own and returns all that comes back until it ends.
[[nodiscard]] std::string converse(std::uint16_t port, std::string_view bytes);

/// A connection with no client around it.
[[nodiscard]] RawSocket connect_to(const config::Address& address);

}  // namespace wf::test
