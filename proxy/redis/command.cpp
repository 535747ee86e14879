#include "proxy/redis/command.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace wf::redis {
namespace {

constexpr std::size_t kMaxDigits = std::numeric_limits<std::size_t>::digits10 + 1;
constexpr std::size_t kPerArgument = kMaxDigits + 5;  // '$', two times CR LF

void append_length(std::string& output, char kind, std::size_t length) {
  std::array<char, kPerArgument> line;  // NOLINT: written as far as it is read
  line[0] = kind;
  char* end = std::to_chars(line.data() + 1, line.data() + 1 + kMaxDigits, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  output.append(line.data(), end);
}

}  // namespace

std::size_t encoded_size(Args args) noexcept {
  std::size_t size = kPerArgument;
  for (const std::string_view arg : args) size += arg.size() + kPerArgument;
  return size;
}

void append_command(std::string& output, Args args) {
  // Now or never: half a command would shift all that follow.
  output.reserve(output.size() + encoded_size(args));
  append_length(output, '*', args.size());
  for (const std::string_view arg : args) {
    append_length(output, '$', arg.size());
    output.append(arg);
    output += "\r\n";
  }
}

}  // namespace wf::redis
