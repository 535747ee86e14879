// Replies of Redis: however the bytes are cut, the same replies come out, or the same refusal.
#include "proxy/redis/reply_reader.hpp"

#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

struct Outcome {
  std::vector<redis::Reply> replies;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

/// Takes what is complete; false: it failed.
bool take(redis::ReplyReader& reader, Outcome& out) {
  for (;;) {
    auto next = reader.next();
    if (!next) return false;
    if (!*next) return true;
    out.replies.push_back(std::move(**next));
  }
}

Outcome read(std::string_view bytes, fuzz::Cuts* cuts) {
  redis::ReplyLimits limits;
  limits.bulk = Bytes{2000};
  limits.reply = Bytes{5000};
  limits.elements = 200;
  redis::ReplyReader reader{limits};
  Outcome out;
  while (!bytes.empty() && !out.failed) {
    const std::size_t length = cuts == nullptr ? bytes.size() : cuts->next(bytes.size());
    // A block of its own, so that reading beyond it is noticed.
    const std::string piece{bytes.substr(0, length)};
    bytes.remove_prefix(length);
    out.failed = !reader.feed(piece) || !take(reader, out);
  }
  if (out.failed) promise(!reader.next(), "once failed, always failed");
  return out;
}

std::string encoded(const redis::Reply& reply) {
  using Type = redis::Reply::Type;
  const std::string text{reply.text()};
  switch (reply.type()) {
    case Type::Nil:
      return "$-1\r\n";
    case Type::Status:
      return "+" + text + "\r\n";
    case Type::Error:
      return "-" + text + "\r\n";
    case Type::Integer:
      return ":" + std::to_string(reply.integer()) + "\r\n";
    case Type::Bulk:
      return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
    case Type::Array:
      break;
  }
  std::string out = "*" + std::to_string(reply.elements().size()) + "\r\n";
  for (const redis::Reply& element : reply.elements()) out += encoded(element);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::as_text(data + 1, size - 1);
  fuzz::Cuts cuts{data[0]};
  const Outcome whole = read(bytes, nullptr);
  const Outcome cut = read(bytes, &cuts);
  promise(cut.replies == whole.replies, "the cuts change no reply");
  promise(cut.failed == whole.failed, "nor whether it is refused");
  std::string again;
  for (const redis::Reply& reply : whole.replies) again += encoded(reply);
  promise(read(again, nullptr).replies == whole.replies, "written and read again");
  return 0;
}
