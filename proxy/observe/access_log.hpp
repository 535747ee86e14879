// One JSON line for every exchange.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/clock.hpp"
#include "proxy/base/error.hpp"
#include "proxy/policy/outcome.hpp"

namespace spdlog {
class async_logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace wf::observe {

/// What is told of one exchange. Views must live until `write` returns.
struct AccessEntry {
  std::string_view client;
  std::string_view method;
  std::string_view host;
  std::string_view target;
  std::string_view route;
  std::size_t route_place = static_cast<std::size_t>(-1);  ///< not told; for Tally
  unsigned status = 0;  ///< 0: the client left before an answer began
  policy::Outcome outcome = policy::Outcome::InternalError;
  std::string_view tier;        ///< "memory", "redis" or empty: where a hit came from
  std::uint64_t bytes_in = 0;   ///< of the request's body
  std::uint64_t bytes_out = 0;  ///< head and body
  std::string upstream;         ///< address that was asked; empty: none
  bool upstream_reused = false;
  Micros total{0};       ///< from the request's last head byte to the answer's last byte
  Micros lookup{0};      ///< stores
  Micros wait{0};        ///< for another's fill, the fleet lock and the origin's head together
  Micros connect{0};     ///< to the origin
  Micros first_byte{0};  ///< from the request's sending to the origin's head
  std::optional<Error> error;  ///< with its side
  std::string_view reason;     ///< rule or reason in a word: "F3", "no-store", …

  void set_error(const Error& what) { error = what; }
};

class FileSink;

/// Thread-safe, and never blocks the caller: lines go to a writer thread by way of a bounded queue;
/// when it is full or the disk is, lines are lost and counted.
class AccessLog {
 public:
  /// `destination`: "off", "stdout" or a path. Throws std::runtime_error if a file can't be opened.
  AccessLog(const std::string& destination, const Clock& clock);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void write(const AccessEntry& entry) noexcept;
  /// Opens the file anew under its name, after it was moved away (logrotate). Waits for a line that
  /// is being written. Throws std::runtime_error if that fails, and goes on with the file that
  /// it has; nothing to do where it is no file.
  void reopen();
  [[nodiscard]] bool enabled() const noexcept { return logger_ != nullptr; }
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  const Clock& clock_;
  std::shared_ptr<FileSink> file_;  // null: not a file
  std::shared_ptr<spdlog::details::thread_pool> writer_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::shared_ptr<std::atomic<std::uint64_t>> failed_;
};

/// Appends `text` as a JSON string with its quotes; control bytes, and bytes that are not ASCII,
/// are escaped, so that a line is always one line (SEC-28).
void append_json_string(std::string& out, std::string_view text);

/// The line without its end.
[[nodiscard]] std::string format_entry(const AccessEntry& entry, UnixTime now);

}  // namespace wf::observe
