#include "proxy/redis/rejection.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace wf::redis {
namespace {

constexpr std::size_t kMaxDetail = 96;

std::string_view first_word(std::string_view text) noexcept {
  return text.substr(0, text.find(' '));
}

bool quote_or_control(char c) noexcept {
  return c == '\'' || c == '"' || c == '`' || static_cast<unsigned char>(c) < 0x20;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Verdict verdict_of(std::string_view error_text) noexcept {
  constexpr std::array<std::string_view, 4> kDown{"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN"};
  constexpr std::array<std::string_view, 3> kReconnect{"READONLY", "NOAUTH", "UNBLOCKED"};
  const std::string_view code = first_word(error_text);
  if (contains(kDown, code)) return Verdict::Down;
  if (contains(kReconnect, code)) return Verdict::Reconnect;
  return Verdict::CommandOnly;
}

Error rejection(std::string_view error_text) {
  const std::string_view head = error_text.substr(0, kMaxDetail);
  const auto cut = std::find_if(head.begin(), head.end(), quote_or_control);
  std::string detail(head.begin(), cut);
  while (!detail.empty() && detail.back() == ' ') detail.pop_back();
  return {ErrorCode::Rejected, Side::Store, Retry::No, std::move(detail)};
}

Result<Reply> checked(Reply reply) {
  if (reply.is_error()) return rejection(reply.text());
  return reply;
}

Result<Reply> checked(Result<Reply> reply) {
  if (!reply) return reply;
  return checked(std::move(*reply));
}

bool is_rejection(const Error& error, std::string_view code) noexcept {
  return error.code == ErrorCode::Rejected && error.side == Side::Store &&
         first_word(error.detail) == code;
}

Error unexpected(std::string_view command, const Reply& reply) {
  std::string detail{command};
  detail.append(" answered ").append(to_string(reply.type()));
  return {ErrorCode::Malformed, Side::Store, Retry::No, std::move(detail)};
}

}  // namespace wf::redis
