// A request's body on its way to the origin, while the answer may already be coming back.
#pragma once

#include "proxy/net/alarm.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/server/request_input.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Runs as a task of its own. Before either side is destroyed the owner must see its end, whatever
/// else has failed: `while (upload.running()) co_await upload.finished();`, which takes no memory.
class Upload {
 public:
  /// Keeps a copy of up to `keep` bytes, for templates.
  Upload(RequestInput& input, upstream::Exchange& exchange, std::size_t keep)
      : input_(input), exchange_(exchange), finished_(input.stream().executor()), keep_(keep) {}

  void start(net::TaskGroup& tasks);
  /// Waits for no more of the client's bytes; it ends soon then.
  void cancel() noexcept;
  [[nodiscard]] bool running() const noexcept { return running_; }
  [[nodiscard]] auto finished() { return finished_.until(net::Alarm::TimePoint::max()); }
  /// The client's fault, if it was one: what the answer must say (408, 413, 400).
  [[nodiscard]] const std::optional<Error>& client_error() const noexcept { return client_error_; }
  /// The whole body, if it has come to its end and was no longer than what is kept.
  [[nodiscard]] std::string_view kept() const noexcept {
    return whole_ ? std::string_view{kept_} : std::string_view{};
  }

 private:
  class Running;
  [[nodiscard]] net::Task<void> run();
  [[nodiscard]] net::Task<void> pump();

  RequestInput& input_;
  upstream::Exchange& exchange_;
  net::Alarm finished_;
  bool running_ = false;
  const std::size_t keep_;
  std::string kept_;
  bool whole_ = false;
  std::optional<Error> client_error_;
};

}  // namespace wf::server
