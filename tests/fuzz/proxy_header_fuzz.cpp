// PROXY protocol headers, cut anywhere, against a slow reading of the whole header at once.
#include "proxy/message/proxy_header.hpp"

#include <arpa/inet.h>

#include <optional>
#include <regex>

#include "tests/fuzz/fuzz.hpp"

namespace {

using State = wf::message::ProxyHeaderReader::State;

struct Verdict {
  State state = State::More;
  std::size_t size = 0;
  std::string client;  // as text; empty: the peer speaks for itself
  bool operator==(const Verdict&) const = default;
};

Verdict read(std::string_view text, wf::fuzz::Cuts cuts) {
  Verdict out;
  wf::message::ProxyHeaderReader reader;
  while (reader.state() == State::More && out.size < text.size()) {
    // A block of exactly its size, so that the sanitizers see a byte too far.
    const std::string piece{text.substr(out.size, cuts.next(text.size() - out.size))};
    const std::size_t taken = reader.take(piece);
    wf::fuzz::promise(taken <= piece.size(), "no more is taken than there is");
    wf::fuzz::promise(taken == piece.size() || reader.state() != State::More,
                      "what is left over belongs to somebody else");
    out.size += taken;
  }
  out.state = reader.state();
  if (out.state == State::Done && reader.client()) out.client = to_text(*reader.client());
  return out;
}

/// The address as the C library reads and writes it; nothing if it is not of that family.
std::optional<std::string> as_libc_reads(int family, const std::string& text) {
  in6_addr bytes{};
  char out[INET6_ADDRSTRLEN] = {};
  if (inet_pton(family, text.c_str(), &bytes) != 1) return std::nullopt;
  if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&bytes)) {
    return inet_ntop(AF_INET, &bytes.s6_addr[12], out, sizeof out);
  }
  return inet_ntop(family, &bytes, out, sizeof out);
}

/// PP §2.1, of a text that ends with its first LF. Nothing: refused.
std::optional<Verdict> slow_line(const std::string& line) {
  static const std::regex unknown{"PROXY UNKNOWN( [^\\r\\n]*)?\\r\\n"};
  static const std::regex known{
      "PROXY (TCP4|TCP6) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) (0|[1-9][0-9]{0,4}) "
      "(0|[1-9][0-9]{0,4})\\r\\n"};
  if (line.size() > wf::message::kMaxProxyLine) return std::nullopt;
  if (std::regex_match(line, unknown)) return Verdict{State::Done, line.size(), ""};
  std::smatch found;
  if (!std::regex_match(line, found, known)) return std::nullopt;
  if (std::stoi(found[4]) > 65535 || std::stoi(found[5]) > 65535) return std::nullopt;
  const int family = found[1] == "TCP4" ? AF_INET : AF_INET6;
  const auto from = as_libc_reads(family, found[2]);
  if (!from || !as_libc_reads(family, found[3])) return std::nullopt;
  return Verdict{State::Done, line.size(), *from};
}

/// PP §2.2, of a text that is as long as it announces. Nothing: refused.
std::optional<Verdict> slow_block(const std::string& text, std::size_t announced) {
  const auto at = [&text](std::size_t place) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[place]));
  };
  const unsigned versions = at(12);
  const unsigned family = at(13);
  if (versions != 0x20 && versions != 0x21) return std::nullopt;
  if (announced > wf::message::kMaxProxyBlock) return std::nullopt;
  if ((family >> 4U) > 3 || (family & 15U) > 2) return std::nullopt;
  const Verdict peer{State::Done, 16 + announced, ""};
  if (versions == 0x20 || (family >> 4U) == 0 || (family & 15U) == 0) return peer;
  char out[INET6_ADDRSTRLEN] = {};
  switch (family) {
    case 0x11:
      if (announced < 12) return std::nullopt;
      return Verdict{State::Done, 16 + announced,
                     inet_ntop(AF_INET, text.data() + 16, out, sizeof out)};
    case 0x21: {
      if (announced < 36) return std::nullopt;
      const bool mapped =
          text.compare(16, 12, std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) == 0;
      const char* from = text.data() + (mapped ? 28 : 16);
      return Verdict{State::Done, 16 + announced,
                     inet_ntop(mapped ? AF_INET : AF_INET6, from, out, sizeof out)};
    }
    case 0x31:
      if (announced < 216) return std::nullopt;
      return peer;
    default:
      return std::nullopt;  // datagrams
  }
}

/// What a header that is sound and whole says; nothing where it is refused or not whole.
std::optional<Verdict> slow(const std::string& text) {
  using namespace std::string_literals;
  if (text.starts_with("PROXY ")) {
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) return std::nullopt;
    return slow_line(text.substr(0, end + 1));
  }
  if (text.size() < 16 || !text.starts_with("\r\n\r\n\0\r\nQUIT\n"s)) return std::nullopt;
  const std::size_t announced = static_cast<std::size_t>(static_cast<unsigned char>(text[14]))
                                    << 8U |
                                static_cast<unsigned char>(text[15]);
  if (text.size() < 16 + announced) return std::nullopt;
  return slow_block(text, announced);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wf::fuzz::promise;
  if (size == 0) return 0;
  const std::string text{wf::fuzz::as_text(data + 1, size - 1)};
  const Verdict cut = read(text, wf::fuzz::Cuts{data[0]});
  promise(cut == read(text, wf::fuzz::Cuts{static_cast<std::uint8_t>(~data[0])}),
          "cuts make no difference");
  const auto strict = slow(text);
  promise(strict.has_value() == (cut.state == State::Done), "done is what the slow reading says");
  if (strict) promise(*strict == cut, "the same client, and not one byte more");
  return 0;
}
