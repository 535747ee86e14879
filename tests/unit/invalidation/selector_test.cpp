// What may be purged, as text (design §7).
#include <catch2/catch.hpp>

#include "proxy/invalidation/selector.hpp"

using namespace wf;
using namespace wf::invalidation;

namespace {

struct Row {
  std::string text;
  std::string canonical;  // empty: refused
};

}  // namespace

TEST_CASE("selectors as texts") {
  CHECK(uri_selector("host", "/a", "", false) == "u host /a");
  CHECK(uri_selector("host", "/a", "", true) == "u host /a?");
  CHECK(uri_selector("host:81", "/a", "x=1&y", true) == "u host:81 /a?x=1&y");
  CHECK(path_selector("host", "/a") == "p host /a");
  CHECK(tag_selector("item:7").value() == "t item:7");
  CHECK(tag_selector("two words").value() == "t two words");
  CHECK(prefix_selector("host", "/a/b").value() == "x host /a/b");
  CHECK(prefix_selector("host", "/a/b/").value() == "x host /a/b");
  CHECK(prefix_selector("host", "/").value() == "x host /");
  CHECK(pattern_selector("host", "/a/*?page=*").value() == "g host /a/*?page=*");
  CHECK(namespace_selector("items").value() == "n items");
  CHECK(namespace_selector("*").value() == "n *");
}

TEST_CASE("a text from outside is a canonical selector or refused") {
  const std::vector<Row> rows{
      {"u host /a?x=1", "u host /a?x=1"},
      {"p host /a", "p host /a"},
      {"t item:7", "t item:7"},
      {"t two words", "t two words"},
      {"x host /a/", "x host /a"},
      {"g host *.css", "g host *.css"},
      {"n items", "n items"},
      {"n *", "n *"},
      {"", ""},
      {"u", ""},
      {"u ", ""},
      {"u host", ""},
      {"u host a", ""},
      {"u  /a", ""},
      {"u host /a b", ""},
      {"u host /a\n", ""},
      {"p host ", ""},
      {"t ", ""},
      {"t a\nb", ""},
      {"t a\x7f", ""},
      {"t " + std::string(kMaxTag + 1, 'a'), ""},
      {"x host a", ""},
      {"x host /a?x", ""},
      {"x host " + std::string(2 * kMaxPrefixDepth, '/') + "a", ""},
      {"g host a*", ""},
      {"g host /" + std::string(kMaxPatternStars + 1, '*'), ""},
      {"p host /" + std::string(kMaxSelector, 'a'), ""},
      {"n ", ""},
      {"n a b", ""},
      {"q host /a", ""},
      {"~t item:7", ""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const Result<Selector> parsed = parse_selector(row.text);
    CHECK(parsed.has_value() == !row.canonical.empty());
    if (parsed) CHECK(*parsed == row.canonical);
    if (!parsed) CHECK(parsed.error().side == Side::Client);
  }
}

TEST_CASE("a selector knows its kind") {
  CHECK(kind_of("u host /a") == SelectorKind::Uri);
  CHECK(kind_of("p host /a") == SelectorKind::Path);
  CHECK(kind_of("t a") == SelectorKind::Tag);
  CHECK(kind_of("x host /") == SelectorKind::Prefix);
  CHECK(kind_of("g host /*") == SelectorKind::Pattern);
  CHECK(kind_of("n *") == SelectorKind::Namespace);
  CHECK_FALSE(kind_of("n*").has_value());
  CHECK_FALSE(kind_of("z a").has_value());
}

TEST_CASE("globs") {
  struct Match {
    std::string glob, text;
    bool matches;
  };
  const std::vector<Match> rows{
      {"/a", "/a", true},
      {"/a", "/ab", false},
      {"/a*", "/a", true},
      {"/a*", "/a/b?c", true},
      {"*", "", true},
      {"*", "/x", true},
      {"/*/c", "/a/b/c", true},
      {"/*/c", "/a/b/cd", false},
      {"/a?b", "/axb", false},
      {"/a?b=*", "/a?b=1", true},
      {"*a*a*a", "aaa", true},
      {"*a*a*a*b", "aaaaaaaa", false},
      {"**", "/", true},
      {"", "", true},
      {"", "/", false},
      {"/a*b*c", "/aXbYbZc", true},
      {"/a*b*c", "/aXbYbZcd", false},
      {"/A", "/a", false},
  };
  for (const Match& row : rows) {
    INFO(row.glob << " on " << row.text);
    CHECK(glob_matches(row.glob, row.text) == row.matches);
  }
}

TEST_CASE("a glob made to be slow is not") {
  // Backtracking over every '*' would take longer than the universe has.
  std::string glob;
  for (std::size_t i = 0; i < kMaxPatternStars; ++i) glob += "*a";
  glob += "*b";
  CHECK_FALSE(glob_matches(glob, std::string(8192, 'a')));
}
