// The chunked coding, cut anywhere, against the slow grammar: both say the same of a whole body.
#include "proxy/message/chunked.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/grammar.hpp"

namespace {

struct Verdict {
  std::string data;
  std::size_t size = 0;
  bool done = false;
  bool refused = false;
  bool operator==(const Verdict&) const = default;
};

Verdict decode(std::string_view text, wf::fuzz::Cuts cuts) {
  Verdict out;
  wf::message::ChunkedDecoder decoder;
  for (std::size_t arrived = 0; !out.done && arrived < text.size();) {
    arrived += cuts.next(text.size() - arrived);
    while (!out.done && out.size < arrived) {
      const std::string unread{text.substr(out.size, arrived - out.size)};
      const auto piece = decoder.decode(unread);
      out.refused = !piece;
      if (out.refused) return out;
      out.data += piece->data;
      out.size += piece->consumed;
      out.done = piece->done;
      if (piece->consumed == 0) break;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wf::fuzz::promise;
  if (size == 0) return 0;
  const std::string text{wf::fuzz::as_text(data + 1, size - 1)};
  const Verdict cut = decode(text, wf::fuzz::Cuts{data[0]});
  const Verdict other = decode(text, wf::fuzz::Cuts{static_cast<std::uint8_t>(~data[0])});
  promise(cut.done == other.done && cut.refused == other.refused && cut.data == other.data,
          "cuts make no difference");
  const auto strict = wf::fuzz::strict_chunked(text);
  promise(cut.done == strict.has_value(), "whole and sound is what the grammar says it is");
  if (strict) promise(cut.data == strict->data && cut.size == strict->size, "the same body");
  return 0;
}
