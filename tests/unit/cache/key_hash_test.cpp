#include "proxy/cache/key_hash.hpp"

#include <catch2/catch.hpp>

using namespace wf::cache;

TEST_CASE("a key's name in Redis is the first half of its SHA-256 (FIPS 180-4 vectors)") {
  CHECK(key_hash("").hex == "e3b0c44298fc1c149afbf4c8996fb924");
  CHECK(key_hash("abc").hex == "ba7816bf8f01cfea414140de5dae2223");
}

TEST_CASE("a digest is the whole of it") {
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a look-up key views its text and hashes it the same way throughout the process") {
  const std::string text = "GET example /a";
  const LookupKey key = lookup_key(text);
  CHECK(key.text.data() == text.data());
  CHECK(key.hash == lookup_key(std::string{text}).hash);
  CHECK(key.hash != lookup_key("GET example /b").hash);
}
