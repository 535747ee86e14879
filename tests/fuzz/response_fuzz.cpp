// Answers of origins, cut anywhere, against the slow grammar.
#include "proxy/message/reader.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/grammar.hpp"

namespace {

using wf::fuzz::promise;
using wf::message::Framing;

struct Verdict {
  unsigned status = 0;  // of the final head
  bool refused = false;
  bool done = false;
  Framing framing = Framing::None;
  std::size_t head_begin = 0;
  std::size_t size = 0;
  unsigned interim = 0;
  std::string body;
};

class Reading {
 public:
  explicit Reading(wf::message::ResponseContext context) { reader_.begin(context); }

  bool feed(std::string_view arrived) {
    while (!verdict.refused && !verdict.done && step(arrived)) {
    }
    return !verdict.refused && !verdict.done;
  }
  Verdict verdict;

 private:
  bool step(std::string_view arrived) {
    return verdict.status == 0 ? head(arrived) : body(arrived);
  }
  bool head(std::string_view arrived) {
    block_.assign(arrived.substr(verdict.head_begin));
    const auto done = reader_.read_head(block_);
    verdict.refused = !done;
    if (!done || !*done) return false;
    verdict.size = verdict.head_begin + reader_.head_size();
    if (reader_.head().interim()) {
      ++verdict.interim;
      verdict.head_begin = verdict.size;
      reader_.next_head();
      return true;
    }
    verdict.status = reader_.head().status;
    verdict.framing = reader_.head().framing;
    return true;
  }
  bool body(std::string_view arrived) {
    const std::string unread{arrived.substr(verdict.size)};
    const auto piece = reader_.read_body(unread);
    verdict.refused = !piece;
    if (!piece) return false;
    verdict.body += piece->data;
    verdict.size += piece->consumed;
    verdict.done = piece->done;
    return piece->consumed != 0;
  }

  wf::message::ResponseReader reader_{{}};
  std::string block_;
};

Verdict read(std::string_view text, wf::message::ResponseContext context, wf::fuzz::Cuts cuts) {
  Reading reading{context};
  for (std::size_t arrived = 0; arrived < text.size();) {
    arrived += cuts.next(text.size() - arrived);
    if (!reading.feed(text.substr(0, arrived))) break;
  }
  return reading.verdict;
}

void check_against_grammar(const Verdict& verdict, const std::string& text, bool head_only) {
  std::string rest = text;
  for (unsigned n = 0; n < verdict.interim; ++n) {
    const auto interim = wf::fuzz::strict_response_head(rest);
    promise(interim && interim->second[0] == '1', "an interim head is one");
    rest = rest.substr(interim->size);
  }
  if (verdict.status == 0) return;
  const auto strict = wf::fuzz::strict_response_head(rest);
  promise(strict.has_value(), "nothing is accepted that the grammar forbids");
  promise(std::stoul(strict->second) == verdict.status, "the status is the second word");
  const auto framing = wf::fuzz::strict_framing(*strict, strict->first);
  promise(framing.sound, "framing is sound");
  rest = rest.substr(strict->size);
  const bool none =
      head_only || verdict.status < 200 || verdict.status == 204 || verdict.status == 304;
  if (none) promise(verdict.framing == Framing::None && verdict.body.empty(), "no body");
  if (none || !verdict.done) return;
  if (framing.chunked) {
    const auto body = wf::fuzz::strict_chunked(rest);
    promise(body && body->data == verdict.body, "the chunked body is the grammar's");
  } else {
    promise(framing.length && verdict.body == rest.substr(0, *framing.length), "body by length");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const wf::message::ResponseContext context{(data[0] & 1U) != 0, (data[0] & 2U) != 0};
  const std::string text{wf::fuzz::as_text(data + 1, size - 1)};
  const Verdict cut = read(text, context, wf::fuzz::Cuts{data[0]});
  const Verdict other = read(text, context, wf::fuzz::Cuts{static_cast<std::uint8_t>(~data[0])});
  promise(cut.status == other.status && cut.refused == other.refused && cut.done == other.done,
          "cuts make no difference");
  check_against_grammar(cut, text, context.head);
  return 0;
}
