#include "tests/support/origin_player.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "proxy/base/ascii.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kKeptBody = std::size_t{64} << 10U;

}  // namespace

void ScriptedOrigin::Player::play(const Script& script) {
  bool open = run(script);
  while (open) {
    if (!read_head() || !read_body()) return;
    Handler handler;
    {
      const std::lock_guard lock{origin_.mutex_};
      handler = origin_.handler_;
    }
    open = run(handler(request_));
  }
}

bool ScriptedOrigin::Player::run(const Script& script) {
  return std::all_of(script.steps().begin(), script.steps().end(),
                     [this](const Script::Step& s) { return step(s); });
}

bool ScriptedOrigin::Player::step(const Script::Step& step) {
  switch (step.action) {
    case Script::Action::ReadHead:
      return read_head();
    case Script::Action::ReadBody:
      return read_body();
    case Script::Action::Send:
      return send(step);
    case Script::Action::Hold:
      return hold(step.text);
    case Script::Action::Take:
      std::this_thread::sleep_for(std::chrono::milliseconds{step.times});
      return true;
    case Script::Action::AwaitEnd:
      while (socket_.read_some(unread_)) unread_.clear();
      return false;
    case Script::Action::HalfClose:
      socket_.half_close();
      return true;
    case Script::Action::Close:
      return false;
    case Script::Action::Reset: {
      const std::lock_guard lock{origin_.mutex_};
      socket_.reset();
      return false;
    }
  }
  return false;
}

bool ScriptedOrigin::Player::read_line(std::string& line) {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) {
    if (!socket_.read_some(unread_)) return false;
  }
  line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return true;
}

bool ScriptedOrigin::Player::read_head() {
  request_ = OriginRequest{};
  std::string line;
  if (!read_line(line)) return false;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  request_.method = line.substr(0, first);
  if (first != std::string::npos) request_.target = line.substr(first + 1, last - first - 1);
  while (read_line(line)) {
    if (line.empty()) {
      note_request();
      return true;
    }
    const std::size_t colon = line.find(':');
    const std::string_view value = std::string_view{line}.substr(std::min(colon + 1, line.size()));
    request_.fields.push_back({line.substr(0, colon), std::string{ascii::trim(value)}});
  }
  return false;
}

void ScriptedOrigin::Player::note_request() {
  const std::lock_guard lock{origin_.mutex_};
  request_.serial = ++origin_.requests_;
  request_.connection = connection_;
  ++origin_.paths_[std::string{request_.path()}];
  origin_.changed_.notify_all();
}

bool ScriptedOrigin::Player::read_body() {
  const bool chunked = !request_.field("Transfer-Encoding").empty();
  const std::uint64_t length = ascii::parse_uint(request_.field("Content-Length")).value_or(0);
  if (chunked ? !read_chunked() : !read_counted(length)) return false;
  const std::lock_guard lock{origin_.mutex_};
  origin_.seen_.push_back(request_);
  origin_.changed_.notify_all();
  return true;
}

bool ScriptedOrigin::Player::read_counted(std::uint64_t length) {
  request_.body_size += length;
  while (length > 0) {
    if (unread_.empty() && !socket_.read_some(unread_)) return false;
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(unread_.size(), length));
    const std::size_t kept = kKeptBody - std::min(kKeptBody, request_.body.size());
    request_.body.append(unread_, 0, std::min(n, kept));
    unread_.erase(0, n);
    length -= n;
  }
  return true;
}

bool ScriptedOrigin::Player::read_chunked() {
  std::string line;
  for (;;) {
    if (!read_line(line)) return false;
    std::uint64_t size = 0;
    std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (size > 0 && !read_counted(size)) return false;
    if (!read_line(line)) return false;
    if (size == 0) return line.empty();
  }
}

bool ScriptedOrigin::Player::send(const Script::Step& step) {
  for (std::uint64_t i = 0; i < step.times; ++i) {
    if (!socket_.write(step.text)) return false;
  }
  return true;
}

bool ScriptedOrigin::Player::hold(const std::string& gate) {
  std::unique_lock lock{origin_.mutex_};
  ++origin_.arrivals_[gate];
  origin_.changed_.notify_all();
  origin_.changed_.wait(lock,
                        [&] { return origin_.stopping_ || origin_.open_gates_.contains(gate); });
  return !origin_.stopping_;
}

}  // namespace wf::test
