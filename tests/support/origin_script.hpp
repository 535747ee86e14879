// What a scripted origin does on a connection, step by step, as data.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::test {

/// A request as an origin has seen it.
struct OriginRequest {
  std::string method;
  std::string target;
  OwnedFields fields;
  std::string body;                             ///< decoded; of a long one the first 64 KiB
  std::uint64_t body_size = 0;                  ///< decoded bytes
  unsigned serial = 0;                          ///< 1 for the first request of this origin
  unsigned connection = 0;                      ///< 1 for the first connection
  [[nodiscard]] std::string_view path() const;  ///< the target without its query
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

/// Runs until a step fails because the peer has left, or to its end; a connection that is still
/// open then goes on with the origin's handler.
class Script {
 public:
  enum class Action : std::uint8_t {
    ReadHead,
    ReadBody,
    Send,
    Hold,
    Take,
    AwaitEnd,
    HalfClose,
    Close,
    Reset,
  };
  struct Step {
    Action action;
    std::string text{};       ///< what is sent; the gate of Hold
    std::uint64_t times = 1;  ///< of Send; of Take the milliseconds
  };

  Script& read_head() { return add({Action::ReadHead}); }
  /// The body of the head that was read last.
  Script& read_body() { return add({Action::ReadBody}); }
  Script& read_request() { return read_head().read_body(); }
  Script& send(std::string bytes) { return add({Action::Send, std::move(bytes)}); }
  Script& send_times(std::string bytes, std::uint64_t times) {
    return add({Action::Send, std::move(bytes), times});
  }
  /// Stops here until the test releases the gate of that name.
  Script& hold(std::string gate) { return add({Action::Hold, std::move(gate)}); }
  /// Works for so long. For load; order comes from gates.
  Script& take(std::chrono::milliseconds time) {
    return add({Action::Take, {}, static_cast<std::uint64_t>(time.count())});
  }
  /// Reads and throws away until the peer ends or breaks the connection.
  Script& await_end() { return add({Action::AwaitEnd}); }
  Script& half_close() { return add({Action::HalfClose}); }
  Script& close() { return add({Action::Close}); }
  Script& reset() { return add({Action::Reset}); }
  /// Leaves of what is sent so far only the first `bytes`.
  Script& cut_after(std::size_t bytes);

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  Script& add(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }
  std::vector<Step> steps_;
};

/// What to do about a request that was read whole.
using Handler = std::function<Script(const OriginRequest&)>;

/// A length-framed answer; the body is left out in answers to HEAD by the caller's choice.
struct Answer {
  unsigned status = 200;
  OwnedFields fields{};
  std::string body{};
};
/// As text, with "X-Serial: <serial>" so that a test can tell answers apart.
[[nodiscard]] std::string to_text(const Answer& answer, unsigned serial);
/// Sends the answer; to HEAD without the body.
[[nodiscard]] Script reply(const OriginRequest& request, const Answer& answer);
/// 200 whose body is "<method> <target> #<serial>".
[[nodiscard]] Script echo(const OriginRequest& request);

}  // namespace wf::test
