#include "proxy/redis/command.hpp"

#include <string>
#include <vector>

#include <hiredis/hiredis.h>
#include <catch2/catch.hpp>

using namespace wf::redis;

namespace {

std::string as_hiredis_formats(Args args) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string_view arg : args) {
    words.push_back(arg.data());
    sizes.push_back(arg.size());
  }
  char* target = nullptr;
  const int size =
      redisFormatCommandArgv(&target, static_cast<int>(args.size()), words.data(), sizes.data());
  std::string bytes{target, static_cast<std::size_t>(size)};
  redisFreeCommand(target);
  return bytes;
}

}  // namespace

TEST_CASE("commands are formatted as hiredis formats them") {
  const std::string large(70'000, 'x');
  const std::string zeros(3, '\0');
  const std::vector<std::vector<std::string_view>> commands{
      {"PING"}, {"GET", "k"}, {"SET", "k", ""}, {"SET", zeros, large}, {"ECHO", "\r\n$5\r\n*1%s"}};
  for (const auto& command : commands) {
    std::string output = "before";
    append_command(output, command);
    CHECK(output == "before" + as_hiredis_formats(command));
    CHECK(encoded_size(command) >= output.size() - 6);
  }
}

TEST_CASE("no argument becomes a second command", "[SEC-15]") {
  std::string output;
  const std::vector<std::string_view> args{"GET", "x\r\n*1\r\n$8\r\nFLUSHALL\r\n"};
  append_command(output, args);
  CHECK(output == "*2\r\n$3\r\nGET\r\n$21\r\nx\r\n*1\r\n$8\r\nFLUSHALL\r\n\r\n");
}
