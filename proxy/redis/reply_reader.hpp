// Bytes to replies, through hiredis' reader with our own objects.
//
// What hiredis 0.14.1 does and does not do, and what is done about it here:
// * it buffers a bulk string until it is complete, whatever length the server announces. The
//   announced length is read before the bytes are waited for, and refused above the limit (FM-10);
// * it does not look at the CR LF behind a bulk string. We do: a peer that is out of step must be
//   noticed at once, before a reply is given to the wrong caller (FM-16);
// * it waits for the end of a line for ever. We wait for 64 KiB;
// * it allocates arrays by their announced length. We let them grow;
// * it refuses arrays nested deeper than 7 and knows RESP2 only, which is what we ask for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "proxy/base/error.hpp"
#include "proxy/base/units.hpp"
#include "proxy/redis/reply.hpp"

struct redisReader;

namespace wf::redis {

struct ReplyLimits {
  Bytes bulk = 64_MiB;                 ///< one string
  Bytes reply = 256_MiB;               ///< all strings of one reply together
  std::size_t elements = 1024 * 1024;  ///< all elements of one reply together
};

/// No sockets, no time. After an error it stays failed: the connection is of no use any more.
class ReplyReader {
 public:
  explicit ReplyReader(ReplyLimits limits = {});
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Takes a copy of the bytes.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// The next complete reply, or nothing if more bytes are needed. Malformed or TooLarge otherwise.
  [[nodiscard]] Result<std::optional<Reply>> next();

 private:
  void release_buffer() noexcept;
  struct Builder;
  [[nodiscard]] Error failure() const;
  [[nodiscard]] bool announces_too_much() const noexcept;
  [[nodiscard]] bool line_without_end() const noexcept;

  std::unique_ptr<Builder> builder_;
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
};

}  // namespace wf::redis
