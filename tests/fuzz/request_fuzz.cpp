// Requests, cut anywhere: nothing is accepted that the slow grammar forbids, and what is accepted
// is understood as the grammar says.
#include "proxy/message/reader.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/grammar.hpp"

namespace {

using wf::fuzz::promise;
using wf::message::Framing;

struct Verdict {
  bool head = false;
  bool refused = false;
  bool done = false;
  std::string rule;
  std::string method;
  Framing framing = Framing::None;
  std::size_t head_size = 0;
  std::size_t size = 0;  // of all that was taken
  std::string body;
};

class Reading {
 public:
  /// False: no more is wanted.
  bool feed(std::string_view arrived) {
    while (!verdict.refused && !verdict.done && (verdict.head ? body(arrived) : head(arrived))) {
    }
    return !verdict.refused && !verdict.done;
  }
  Verdict verdict;

 private:
  bool head(std::string_view arrived) {
    block_.assign(arrived);
    const auto done = reader_.read_head(block_);
    if (!done) return refuse(done.error());
    if (!*done) return false;
    const auto& head = reader_.head();
    verdict.head = true;
    verdict.method = head.method_text;
    verdict.framing = head.framing;
    verdict.size = verdict.head_size = reader_.head_size();
    return true;
  }
  bool body(std::string_view arrived) {
    const std::string unread{arrived.substr(verdict.size)};
    const auto piece = reader_.read_body(unread);
    if (!piece) return refuse(piece.error());
    verdict.body += piece->data;
    verdict.size += piece->consumed;
    verdict.done = piece->done;
    return piece->consumed != 0;
  }
  bool refuse(const wf::message::Refusal& refusal) {
    verdict.refused = true;
    verdict.rule = to_string(refusal.rule);
    return false;
  }

  wf::message::RequestReader reader_{wf::message::RequestRules{}};
  std::string block_;
};

Verdict read(std::string_view text, wf::fuzz::Cuts cuts) {
  Reading reading;
  for (std::size_t arrived = 0; arrived < text.size();) {
    arrived += cuts.next(text.size() - arrived);
    if (!reading.feed(text.substr(0, arrived))) break;
  }
  return reading.verdict;
}

void check_against_grammar(const Verdict& verdict, const std::string& text) {
  const auto strict = wf::fuzz::strict_request_head(text);
  promise(strict.has_value(), "nothing is accepted that the grammar forbids");
  promise(strict->size == verdict.head_size, "the head ends where the grammar says");
  promise(strict->first == verdict.method, "the method is the first word");
  const auto framing = wf::fuzz::strict_framing(*strict, strict->third);
  promise(framing.sound, "framing is sound");
  promise(framing.chunked == (verdict.framing == Framing::Chunked), "chunked is chunked");
  if (!verdict.done) return;
  const std::string rest = text.substr(strict->size);
  if (framing.chunked) {
    const auto body = wf::fuzz::strict_chunked(rest);
    promise(body && body->data == verdict.body, "the chunked body is the grammar's");
    promise(body->size + strict->size == verdict.size, "and ends where it ends");
  } else {
    promise(verdict.body == rest.substr(0, framing.length.value_or(0)), "the body by its length");
    promise(verdict.size == strict->size + framing.length.value_or(0), "and nothing beyond");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text{wf::fuzz::as_text(data + 1, size - 1)};
  const Verdict cut = read(text, wf::fuzz::Cuts{data[0]});
  const Verdict other = read(text, wf::fuzz::Cuts{static_cast<std::uint8_t>(~data[0])});
  promise(cut.head == other.head && cut.refused == other.refused && cut.rule == other.rule &&
              cut.done == other.done && cut.head_size == other.head_size,
          "cuts make no difference");
  if (cut.head) check_against_grammar(cut, text);
  return 0;
}
