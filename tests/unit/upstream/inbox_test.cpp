#include "proxy/upstream/inbox.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>

using wf::Chunk;
using wf::upstream::Inbox;

namespace {

// Reads `bytes` as a socket would: as much as there is room for.
std::size_t feed(Inbox& inbox, std::string_view bytes) {
  const auto room = inbox.room();
  const std::size_t n = std::min(room.size(), bytes.size());
  if (n != 0) std::memcpy(room.data(), bytes.data(), n);
  inbox.commit(n);
  return n;
}

}  // namespace

TEST_CASE("inbox: what was read comes out in order") {
  Inbox inbox;
  CHECK(inbox.empty());
  feed(inbox, "hello ");
  feed(inbox, "world");
  CHECK(inbox.unread() == "hello world");
  inbox.consume(6);
  CHECK(inbox.unread() == "world");
}

TEST_CASE("inbox: unread bytes survive growing, up to the largest block") {
  Inbox inbox;
  const std::string bytes(Inbox::kLargest, 'x');
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t n = feed(inbox, rest);
    REQUIRE(n > 0);
    rest.remove_prefix(n);
  }
  CHECK(inbox.unread() == bytes);
  CHECK(inbox.room().size() == 0);
}

TEST_CASE("inbox: used room is made anew") {
  Inbox inbox;
  const std::string block(Inbox::kSmallest, 'x');
  feed(inbox, block);
  inbox.consume(Inbox::kSmallest - 3);
  feed(inbox, "yz");
  CHECK(inbox.unread() == "xxxyz");
}

TEST_CASE("inbox: a kept block is not written to again") {
  Inbox inbox;
  feed(inbox, "head body");
  const std::string_view head = inbox.unread().substr(0, 4);
  inbox.consume(9);
  const auto kept = inbox.keep_block();
  feed(inbox, "other");
  CHECK(head == "head");
  CHECK(inbox.unread() == "other");
}

TEST_CASE("inbox: large pieces share the block, small ones do not hold it") {
  Inbox inbox;
  const std::string large(Inbox::kSmallest, 'x');
  feed(inbox, large);
  const std::string_view run = inbox.unread();
  const Chunk shared = inbox.piece(run);
  CHECK(shared.view().data() == run.data());
  const Chunk copied = inbox.piece(run.substr(0, 10));
  CHECK(copied.view().data() != run.data());
  CHECK(copied.view() == large.substr(0, 10));
  inbox.consume(run.size());
  feed(inbox, "new");
  CHECK(shared.view() == large);
}

TEST_CASE("inbox: runs are packed in place") {
  Inbox inbox;
  feed(inbox, "abc\r\ndef");
  const std::string_view all = inbox.unread();
  inbox.move_down(all.substr(5), all.data() + 3);
  CHECK(all.substr(0, 6) == "abcdef");
}

TEST_CASE("inbox: a small block serves the next exchange") {
  Inbox inbox;
  feed(inbox, "one");
  const char* const block = inbox.unread().data();
  (void)inbox.keep_block();
  inbox.clear();
  CHECK(inbox.empty());
  feed(inbox, "two");
  CHECK(inbox.unread() == "two");
  CHECK(inbox.unread().data() == block);
}

TEST_CASE("inbox: a block of which a piece was handed on does not") {
  Inbox inbox;
  feed(inbox, std::string(Inbox::kSmallest, 'x'));
  const Chunk piece = inbox.piece(inbox.unread());
  inbox.clear();
  feed(inbox, std::string(Inbox::kSmallest, 'y'));
  CHECK(piece.view() == std::string(Inbox::kSmallest, 'x'));
}
