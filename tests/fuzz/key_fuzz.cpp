// Cache keys: no two requests share one, and what was encoded comes back (SEC-15, SEC-17).
#include "proxy/policy/key.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

struct Tuple {
  policy::KeyParts parts;
  std::vector<Field> headers;
  std::vector<Field> cookies;

  [[nodiscard]] std::string encoded() const {
    std::string out;
    policy::append_key(parts, {headers, cookies}, out);
    return out;
  }
};

bool same(const policy::KeyParts& a, const policy::KeyParts& b) {
  return a.name_space == b.name_space && a.method_class == b.method_class && a.scheme == b.scheme &&
         a.host == b.host && a.path == b.path && a.has_query == b.has_query &&
         (!a.has_query || a.query == b.query);
}

bool same(const std::vector<Field>& a, const std::vector<Field>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].value != b[i].value) return false;
  }
  return true;
}

std::vector<Field> fields(fuzz::Choices& choices) {
  std::vector<Field> out;
  for (std::size_t left = choices.up_to(3); left > 0; --left) {
    const std::string_view name = choices.text(12);
    out.push_back({name, choices.text(20)});
  }
  return out;
}

Tuple tuple(fuzz::Choices& choices) {
  Tuple out;
  out.parts.name_space = choices.text(10);
  out.parts.scheme = choices.text(6);
  out.parts.host = choices.text(20);
  out.parts.path = choices.text(60);
  out.parts.has_query = choices.coin();
  if (out.parts.has_query) out.parts.query = choices.text(60);
  out.headers = fields(choices);
  out.cookies = fields(choices);
  return out;
}

bool same(const Tuple& a, const Tuple& b) {
  return same(a.parts, b.parts) && same(a.headers, b.headers) && same(a.cookies, b.cookies);
}

/// Moves a byte over the border of two neighbours: what a key without lengths would not notice.
Tuple shifted(Tuple from) {
  if (from.parts.path.empty()) return from;
  const char* end = from.parts.path.data() + from.parts.path.size();
  if (from.parts.has_query && from.parts.query.data() == end + 1) {
    from.parts.query = {end, from.parts.query.size() + 1};
  }
  from.parts.path.remove_suffix(1);
  return from;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  if (const auto decoded = policy::decode_key(bytes)) {
    std::string again;
    policy::append_key(decoded->parts, {decoded->headers, decoded->cookies}, again);
    promise(again == bytes, "one tuple, one key");
  }
  fuzz::Choices choices{bytes};
  const Tuple a = tuple(choices);
  const Tuple b = tuple(choices);
  const std::string key = a.encoded();
  const auto back = policy::decode_key(key);
  promise(back.has_value(), "a key can be read");
  promise(same(a, Tuple{back->parts, back->headers, back->cookies}),
          "and says what it was made of");
  promise((key == b.encoded()) == same(a, b), "two tuples, two keys");
  promise((key == shifted(a).encoded()) == same(a, shifted(a)), "borders count");
  return 0;
}
