#include "config/wording.hpp"

#include <array>

#include <catch2/catch.hpp>

using namespace wf::config;

TEST_CASE("the nearest word is found") {
  constexpr std::array<std::string_view, 5> kWords{"ttl", "max_ttl", "min_ttl", "grace", "tags"};
  struct Row {
    const char* word;
    const char* meant;
  };
  const Row rows[] = {{"tll", "ttl"},         {"TTL", "ttl"},    {"max-ttl", "max_ttl"},
                      {"mni_ttl", "min_ttl"}, {"gace", "grace"}, {"tag", "tags"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(suggestion(row.word, kWords) == " (did you mean \"" + std::string{row.meant} + "\"?)");
  }
  for (const char* far : {"", "x", "lifetime", "compression"}) {
    CAPTURE(far);
    CHECK(suggestion(far, kWords).empty());
  }
  CHECK(suggestion(std::string(100'000, 't'), kWords).empty());
}

TEST_CASE("quoted text stays one short printable line") {
  CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(quoted("a\nb\x1b[0m") == R"("a\x0ab\x1b[0m")");
  CHECK(quoted(std::string(60, 'a')) == '"' + std::string(60, 'a') + '"');
  CHECK(quoted(std::string(61, 'a')) == '"' + std::string(60, 'a') + "…\"");
  CHECK(quoted(std::string(59, 'a') + "ééé") == '"' + std::string(59, 'a') + "é…\"");
}

TEST_CASE("lists of words") {
  CHECK(one_of(std::array<std::string_view, 1>{"a"}) == "a");
  CHECK(one_of(std::array<std::string_view, 3>{"a", "b", "c"}) == "a, b or c");
}
