#include "proxy/observe/access_log.hpp"

#include <iterator>
#include <mutex>
#include <new>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace wf::observe {

namespace {

constexpr std::size_t kQueueLines = 16384;

}  // namespace

/// As spdlog's own for files, but the file can be opened anew under its name.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::string path) : path_(std::move(path)), file_(open()) {}
  /// Throws spdlog::spdlog_ex; then it goes on with the file that it has.
  void reopen() {
    auto file = open();
    const std::lock_guard lock{mutex_};
    file_.swap(file);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    file_->write(line);
  }
  void flush_() override { file_->flush(); }

 private:
  using File = std::unique_ptr<spdlog::details::file_helper>;
  [[nodiscard]] File open() const {
    auto file = std::make_unique<spdlog::details::file_helper>();
    file->open(path_);
    return file;
  }

  const std::string path_;
  File file_;
};

namespace {

std::shared_ptr<FileSink> make_file_sink(const std::string& path) {
  try {
    return std::make_shared<FileSink>(path);
  } catch (const spdlog::spdlog_ex& e) {
    throw std::runtime_error(std::string{"access log: "} + e.what());
  }
}

/// ,"name":"text" for a text that is not empty.
void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  fmt::format_to(std::back_inserter(out), R"(,"{}":)", name);
  append_json_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::uint64_t value) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":{})", name, value);
}

void append_time(std::string& out, std::string_view name, Micros time) {
  if (time.count() > 0) append_number(out, name, static_cast<std::uint64_t>(time.count()));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string format_entry(const AccessEntry& entry, UnixTime now) {
  const auto seconds = std::chrono::floor<Seconds>(now);
  std::string out =
      fmt::format(R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z")",
                  fmt::gmtime(seconds.time_since_epoch().count()), (now - seconds).count());
  append_text(out, "client", entry.client);
  append_text(out, "method", entry.method);
  append_text(out, "host", entry.host);
  append_text(out, "target", entry.target);
  append_number(out, "status", entry.status);
  append_text(out, "outcome", policy::to_string(entry.outcome));
  append_text(out, "route", entry.route);
  append_text(out, "tier", entry.tier);
  append_text(out, "reason", entry.reason);
  append_number(out, "bytes_in", entry.bytes_in);
  append_number(out, "bytes_out", entry.bytes_out);
  append_number(out, "total_us", static_cast<std::uint64_t>(entry.total.count()));
  append_time(out, "lookup_us", entry.lookup);
  append_time(out, "wait_us", entry.wait);
  append_time(out, "connect_us", entry.connect);
  append_time(out, "first_byte_us", entry.first_byte);
  append_text(out, "upstream", entry.upstream);
  if (!entry.upstream.empty()) {
    out += entry.upstream_reused ? R"(,"upstream_reused":true)" : R"(,"upstream_reused":false)";
  }
  if (entry.error) {
    append_text(out, "side", to_string(entry.error->side));
    append_text(out, "error", to_string(*entry.error));
  }
  out += '}';
  return out;
}

AccessLog::AccessLog(const std::string& destination, const Clock& clock)
    : clock_(clock), failed_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  if (destination == "off") return;
  spdlog::sink_ptr sink;
  if (destination == "stdout") {
    sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  } else {
    sink = file_ = make_file_sink(destination);
  }
  sink->set_pattern("%v");
  writer_ = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  logger_ = std::make_shared<spdlog::async_logger>("access", std::move(sink), writer_,
                                                   spdlog::async_overflow_policy::overrun_oldest);
  logger_->flush_on(spdlog::level::info);
  logger_->set_error_handler([failed = failed_](const std::string&) { failed->fetch_add(1); });
}

AccessLog::~AccessLog() = default;

void AccessLog::reopen() {
  if (!file_) return;
  try {
    file_->reopen();
  } catch (const spdlog::spdlog_ex& e) {
    throw std::runtime_error(std::string{"access log: "} + e.what() +
                             "; it goes on in the file that was open");
  }
}

void AccessLog::write(const AccessEntry& entry) noexcept {
  if (!logger_) return;
  try {
    logger_->info(format_entry(entry, clock_.wall()));
  } catch (const std::bad_alloc&) {
    failed_->fetch_add(1);
  }
}

std::uint64_t AccessLog::lost() const noexcept {
  return failed_->load() + (writer_ ? writer_->overrun_counter() : 0);
}

}  // namespace wf::observe
