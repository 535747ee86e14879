// Reading messages without knowing a socket: the caller holds the buffer and feeds what is unread.
//
// A reader serves one connection: read_head until true, read_body until done, reset, and again. No
// allocation once its capacities have grown to the traffic. After a Refusal it must not be used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "config/types.hpp"
#include "proxy/message/body.hpp"
#include "proxy/message/head.hpp"
#include "proxy/message/head_scan.hpp"
#include "proxy/message/refusal.hpp"

namespace wf::message {

/// What the end of the connection means to what was being read.
enum class AtEnd : std::uint8_t {
  BeforeMessage,  ///< no byte of a message had come
  Truncated,      ///< in a head or in a body: R7
  Complete,       ///< the message was complete, or its body ends with the connection
};

struct RequestRules {
  config::ClientLimits limits;
  std::span<const std::string> hosts;  ///< the listener's; must outlive the reader
  /// Beyond the usual, those that some route names (F8); the texts must outlive the reader.
  std::vector<std::string_view> methods;
  policy::TargetOptions target;
  bool purge = false;  ///< PURGE is taken: the admin listener's own method (F8)
};

class RequestReader {
 public:
  explicit RequestReader(const RequestRules& rules);

  /// `unread` begins at the message, each time; false: more is needed. Once true, the bytes must
  /// stay where they are while head() is used.
  [[nodiscard]] boost::system::result<bool, Refusal> read_head(std::string_view unread);
  [[nodiscard]] const RequestHead& head() const noexcept { return head_; }
  /// Bytes to consume before the body, leading empty lines among them.
  [[nodiscard]] std::size_t head_size() const noexcept { return scan_.end(); }

  /// One piece per call; what it consumed is not given again. A body that passes
  /// ClientLimits::body is refused with 413.
  [[nodiscard]] boost::system::result<BodyPiece, Refusal> read_body(std::string_view unread);
  [[nodiscard]] AtEnd at_end(std::string_view unread) const noexcept;
  /// For the next message; head() is void afterwards.
  void reset() noexcept;

 private:
  [[nodiscard]] std::optional<Refusal> parse(std::string_view block);
  [[nodiscard]] std::optional<Refusal> check();

  RequestRules rules_;
  HeadScan scan_;
  RequestHead head_;
  BodyReader body_;
  bool head_done_ = false;
  std::string host_scratch_;
  std::string target_scratch_;
  std::string authority_scratch_;
};

/// What a response answers.
struct ResponseContext {
  bool head = false;           ///< the request was HEAD: no body follows
  bool upgrade_asked = false;  ///< 101 is welcome
};

class ResponseReader {
 public:
  explicit ResponseReader(const config::ClientLimits& limits);

  /// Before the first head of an exchange; forgets interim responses counted before.
  void begin(ResponseContext context) noexcept;
  /// As RequestReader::read_head. An interim response is a head by itself: next_head() and on.
  [[nodiscard]] boost::system::result<bool, Refusal> read_head(std::string_view unread);
  [[nodiscard]] const ResponseHead& head() const noexcept { return head_; }
  [[nodiscard]] std::size_t head_size() const noexcept { return scan_.end(); }
  /// After an interim head: the next one of the same exchange. The 17th is refused (R3).
  void next_head() noexcept;

  [[nodiscard]] boost::system::result<BodyPiece, Refusal> read_body(std::string_view unread);
  [[nodiscard]] AtEnd at_end(std::string_view unread) const noexcept;
  /// R9.
  [[nodiscard]] bool dropped_trailers() const noexcept { return body_.dropped_trailers(); }

 private:
  [[nodiscard]] std::optional<Refusal> parse(std::string_view block);
  [[nodiscard]] std::optional<Refusal> check();

  ResponseContext context_;
  HeadScan scan_;
  ResponseHead head_;
  BodyReader body_;
  bool head_done_ = false;
  unsigned interim_ = 0;
};

}  // namespace wf::message
