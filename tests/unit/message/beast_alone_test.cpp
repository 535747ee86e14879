// What Beast does without our rules. The catalogue believes it; the run decides. When a new Boost
// changes an answer, this says which rule may now be easier or needs another look.
#include <algorithm>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <catch2/catch.hpp>

#include "proxy/base/ascii.hpp"
#include "tests/unit/message/catalogue.hpp"

using namespace wf::test;
namespace http = boost::beast::http;

namespace {

template <bool IsRequest>
std::string start_line(const http::message<IsRequest, http::string_body>& message) {
  if constexpr (IsRequest) {
    return std::string{message.method_string()} + " " + std::string{message.target()};
  } else {
    return std::to_string(message.result_int());
  }
}

/// The enumerator's name, made from the text: "bad Content-Length" is bad_content_length.
std::string name(const boost::beast::error_code& error) {
  std::string out = wf::ascii::to_lower(error.message());
  out = out.substr(0, out.find(" exceeded"));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  return out;
}

/// "ok GET /x body=0; error bad_method": all messages that Beast finds.
template <bool IsRequest>
std::string verdicts(const Entry& entry) {
  std::string out;
  std::string_view rest = entry.bytes;
  while (!rest.empty() || out.empty()) {
    http::parser<IsRequest, http::string_body> parser;
    parser.eager(true);
    if constexpr (!IsRequest) parser.skip(entry.request == "HEAD");
    boost::beast::error_code error;
    rest.remove_prefix(parser.put(boost::asio::buffer(rest.data(), rest.size()), error));
    if (!error && !parser.is_done() && parser.need_eof()) parser.put_eof(error);
    if (!out.empty()) out += "; ";
    if (error && error != http::error::need_more) return out + "error " + name(error);
    if (!parser.is_done()) return out + "need_more";
    out += "ok " + start_line(parser.get()) + " body=" + std::to_string(parser.get().body().size());
  }
  return out;
}

/// Without targets and remarks: "ok 0; error bad_method".
std::string shape(std::string_view text) {
  std::string out;
  text = text.substr(0, text.find(" | "));
  while (!text.empty()) {
    const auto end = std::min(text.find("; "), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (!out.empty()) out += "; ";
    if (part.starts_with("ok")) {
      part.remove_prefix(part.find("body=") + 5);
      out.append("ok ").append(part);
    } else {
      out += part.substr(0, part.find(" ->"));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("Beast alone does what the catalogue believes", "[beast]") {
  for (const Entry& entry : bad_requests()) {
    CAPTURE(entry.id, entry.beast);
    CHECK(shape(verdicts<true>(entry)) == shape(entry.beast));
  }
  for (const Entry& entry : bad_responses()) {
    CAPTURE(entry.id, entry.beast);
    if (entry.id == "RSP-1XX-FLOOD") continue;  // the catalogue cuts the list short
    CHECK(shape(verdicts<false>(entry)) == shape(entry.beast));
  }
}
