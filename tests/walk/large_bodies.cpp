#include "tests/walk/large_bodies.hpp"

#include <cstdio>

#include "proxy/policy/range.hpp"

namespace wf::test {

namespace {

std::string as_chunk(std::string_view bytes) {
  std::string out(20, '\0');
  out.resize(
      static_cast<std::size_t>(std::snprintf(out.data(), out.size(), "%zx\r\n", bytes.size())));
  return out.append(bytes).append("\r\n");
}

}  // namespace

Handler LargeBody::handler() const {
  return [this](const OriginRequest& request) { return answer(request); };
}

Script LargeBody::answer(const OriginRequest& request) const {
  const bool same = !etag.empty() && request.field("If-None-Match") == etag;
  if (same) return Script{}.send("HTTP/1.1 304 Not Modified\r\nETag: " + etag + "\r\n\r\n");
  const std::string_view range = request.field("Range");
  if (!range.empty() && request.field("If-Range") == etag) return part(range);

  const bool known = length == Length::Known;
  std::string head = "HTTP/1.1 200 OK\r\n";
  head += more;
  if (!etag.empty()) head += "ETag: " + etag + "\r\n";
  head += known ? "Content-Length: " + std::to_string(bytes.size()) : "Transfer-Encoding: chunked";
  head += "\r\n\r\n";
  const std::size_t middle = held_at.value_or(bytes.size() / 2);
  const std::string first = bytes.substr(0, middle);
  const std::string second = bytes.substr(middle);
  Script script;
  script.send(head).send(known ? first : as_chunk(first));
  if (held_at) script.hold("half");
  if (then == Then::Reset) return script.reset();
  return script.send(known ? second : as_chunk(second) + "0\r\n\r\n");
}

Script LargeBody::part(std::string_view range) const {
  const std::vector<Field> fields{{"Range", range}};
  const auto decided = policy::resolve_range(fields, bytes.size());
  const policy::ByteRange wanted = decided.ranges.at(0);
  std::string head = "HTTP/1.1 206 Partial Content\r\nETag: " + etag + "\r\nContent-Range: ";
  policy::append_content_range(wanted, bytes.size(), head);
  const std::size_t size = wanted.last - wanted.first + 1;
  head += "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  return Script{}.send(head + bytes.substr(wanted.first, size));
}

}  // namespace wf::test
