#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "proxy/net/read_buffer.hpp"

using wf::net::ReadBuffer;

TEST_CASE("a read buffer holds what a string would, whatever is done to it") {
  std::mt19937 chance{7};
  ReadBuffer buffer;
  std::string model;
  char next = 0;
  for (int step = 0; step < 20'000; ++step) {
    const unsigned what = chance() % 8;
    const std::size_t n = chance() % 700;
    if (what < 3) {
      const auto room = buffer.prepare(n);
      REQUIRE(room.size() >= n);
      for (std::size_t i = 0; i < n; ++i) {
        static_cast<char*>(room.data())[i] = ++next;
        model += next;
      }
      buffer.commit(n);
    } else if (what < 6) {
      const std::size_t taken = std::min(n, model.size());
      buffer.consume(taken);
      model.erase(0, taken);
    } else if (what == 6) {
      const std::string more(n % 50, 'x');
      buffer.append(more);
      model += more;
    } else {
      buffer.shrink(n);
    }
    REQUIRE(buffer.unread() == model);
  }
}

TEST_CASE("a read buffer reuses room that was consumed instead of growing") {
  ReadBuffer buffer;
  for (int i = 0; i < 1000; ++i) {
    buffer.append(std::string(600, 'a'));
    buffer.consume(i == 0 ? 500 : 600);
  }
  CHECK(buffer.unread().size() == 100);
  CHECK(buffer.capacity() <= 1400);
}

TEST_CASE("a read buffer gives memory back only when it is empty and large") {
  ReadBuffer buffer;
  buffer.append(std::string(5000, 'a'));
  buffer.shrink(4096);
  CHECK(buffer.capacity() >= 5000);
  buffer.consume(5000);
  buffer.shrink(8192);
  CHECK(buffer.capacity() >= 5000);
  buffer.shrink(4096);
  CHECK(buffer.capacity() == 0);
  buffer.append("b");
  CHECK(buffer.unread() == "b");
}
