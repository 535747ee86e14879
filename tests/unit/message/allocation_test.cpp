// Readers allocate nothing once they are warm.
#include <cstdlib>
#include <new>
#include <string>

#include <catch2/catch.hpp>

#include "proxy/message/reader.hpp"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

using namespace wf::message;

TEST_CASE("a kept-alive connection reads its second request without allocating") {
  // Everything that has to be rewritten: host, dot segments, absolute form.
  const std::string request =
      "POST http://A.very-long-host-name.example:8080/a/../and/on/it/goes/./b?c HTTP/1.1\r\n"
      "Host: A.very-long-host-name.example:8080\r\nA: 1\r\nB: 2\r\nC: 3\r\nX_Y: 4\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  RequestReader reader{RequestRules{}};
  std::size_t body = 0;
  const auto read_one = [&] {
    REQUIRE(*reader.read_head(request));
    std::size_t at = reader.head_size();
    for (bool done = false; !done;) {
      const auto piece = reader.read_body(std::string_view{request}.substr(at));
      body += piece->data.size();
      at += piece->consumed;
      done = piece->done;
    }
    reader.reset();
  };
  read_one();
  const auto before = allocations;
  std::size_t during = 0;
  {
    // REQUIRE itself allocates, so the head is read without it here.
    const bool complete = *reader.read_head(request);
    during = allocations - before;
    REQUIRE(complete);
  }
  CHECK(during == 0);
  CHECK(body == 5);
}

TEST_CASE("a pooled connection reads its second response without allocating") {
  const std::string response = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nContent-Length: 1\r\n\r\nx";
  ResponseReader reader{wf::config::ClientLimits{}};
  reader.begin({});
  REQUIRE(*reader.read_head(response));
  const auto before = allocations;
  reader.begin({});
  const bool complete = *reader.read_head(response);
  const auto during = allocations - before;
  CHECK(complete);
  CHECK(during == 0);
}
