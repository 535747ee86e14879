// Commands to bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proxy/net/task.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::redis {

/// A command and its arguments, each of any bytes. They are sent as lengths and bytes, never as
/// text that is parsed again, so no argument can become a second command (SEC-15).
using Args = std::span<const std::string_view>;

/// Appends one command to a growing output. `args` must not be empty.
/// The bytes are those of hiredis' redisFormatCommandArgv, without its extra buffer and copy.
void append_command(std::string& output, Args args);

/// The size that `append_command` adds, or slightly more.
[[nodiscard]] std::size_t encoded_size(Args args) noexcept;

/// What goes before a command, on the same connection and with nothing in between.
enum class Lead : std::uint8_t {
  None,
  Asking,  ///< ASKING: a Cluster's node answers for a slot that is on its way to it
};

/// Something that commands can be sent to: a connection, a client with its breaker, a Cluster. Used
/// on the thread of its io_context only.
class Commands {
 public:
  virtual ~Commands() = default;
  /// The reply, which is never an error reply: those are Rejected, with Redis' code word first in
  /// the detail. Times out by the settings of the one that is asked. What `args` views must live
  /// until the call is done: a Cluster may have to send it again, elsewhere.
  [[nodiscard]] virtual net::Task<Result<Reply>> call(Args args) = 0;

 protected:
  Commands() = default;
  Commands(const Commands&) = default;
  Commands& operator=(const Commands&) = default;
};

}  // namespace wf::redis
