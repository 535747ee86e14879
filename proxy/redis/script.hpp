// Lua scripts by their digest.
#pragma once

#include <string>
#include <string_view>

#include "proxy/redis/command.hpp"

namespace wf::redis {

/// A script and the name under which Redis remembers it. Immutable; may be shared by threads.
class Script {
 public:
  explicit Script(std::string source);
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// SHA-1 of the source in lower-case hexadecimal, as EVALSHA wants it.
  [[nodiscard]] const std::string& digest() const noexcept { return digest_; }

 private:
  std::string source_;
  std::string digest_;
};

/// EVALSHA; where the server does not know the script (restart, SCRIPT FLUSH), EVAL once (FM-13).
/// A rejected EVALSHA did nothing, so the second try cannot act twice. `commands` and `script`
/// outlive the call.
[[nodiscard]] net::Task<Result<Reply>> eval(Commands& commands, const Script& script, Args keys,
                                            Args args);

}  // namespace wf::redis
