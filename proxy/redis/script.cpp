#include "proxy/redis/script.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <boost/container/small_vector.hpp>

#include "proxy/base/ascii.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int ok = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  if (ok != 1) throw std::runtime_error("SHA-1 is not available");
  return ascii::hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

Script::Script(std::string source) : source_(std::move(source)), digest_(sha1_hex(source_)) {}

net::Task<Result<Reply>> eval(Commands& commands, const Script& script, Args keys, Args args) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), keys.size()).ptr;

  boost::container::small_vector<std::string_view, 16> command{"EVALSHA", script.digest()};
  command.emplace_back(digits.data(), static_cast<std::size_t>(end - digits.data()));
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), args.begin(), args.end());
  const Args view{command.data(), command.size()};
  Result<Reply> reply = co_await commands.call(view);
  if (reply || !is_rejection(reply.error(), "NOSCRIPT")) co_return reply;

  command[0] = "EVAL";
  command[1] = script.source();
  Result<Reply> again = co_await commands.call(view);
  co_return again;
}

}  // namespace wf::redis
