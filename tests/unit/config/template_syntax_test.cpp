#include "config/template_syntax.hpp"

#include <catch2/catch.hpp>

using namespace wf::config;

namespace {

using Kind = Segment::Kind;
struct Bad {
  const char* text;
  const char* what;
};

}  // namespace

TEST_CASE("path templates are split into segments") {
  struct Row {
    const char* text;
    std::vector<Segment> segments;
  };
  const Row rows[] = {
      {"/", {{Kind::Literal, ""}}},
      {"/**", {{Kind::Rest, ""}}},
      {"/a/{id}/b", {{Kind::Literal, "a"}, {Kind::Parameter, "id"}, {Kind::Literal, "b"}}},
      {"/a/", {{Kind::Literal, "a"}, {Kind::Literal, ""}}},
      {"/a/{x_1}/**", {{Kind::Literal, "a"}, {Kind::Parameter, "x_1"}, {Kind::Rest, ""}}},
      {"/a%2Fb/c.json;v=1", {{Kind::Literal, "a%2Fb"}, {Kind::Literal, "c.json;v=1"}}}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_path_template(row.text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == row.segments);
  }
}

TEST_CASE("what is no path template is told why") {
  const Bad rows[] = {{"", "a path starts with \"/\": \"\""},
                      {"a", "a path starts with \"/\": \"a\""},
                      {"/**/a", "** is a whole segment, the last"},
                      {"/a**", "** is a whole segment, the last"},
                      {"/{}", "\"\" is not the name of a parameter (letters, digits, \"_\")"},
                      {"/{1}", "\"1\" is not the name of a parameter (letters, digits, \"_\")"},
                      {"/{a-b}", "\"a-b\" is not the name of a parameter (letters, digits, \"_\")"},
                      {"/{a", "a parameter is a whole segment such as {id}, found \"{a\""},
                      {"/x{a}", "a parameter is a whole segment such as {id}, found \"x{a}\""},
                      {"/{a}{b}", "a parameter is a whole segment such as {id}, found \"{a}{b}\""},
                      {"/{a}/{a}", "the parameter \"a\" occurs twice"},
                      {"/a?b", "a path ends before its \"?\": queries are not compared"},
                      {"/a#b", "a path ends before its \"#\": queries are not compared"},
                      {"/a b", "\"a b\" has a character that paths write as %XX"},
                      {"/\xc3\xa9", "\"\xc3\xa9\" has a character that paths write as %XX"},
                      {"/a/../b", "\".\" and \"..\" never match: paths are normalised first"},
                      {"/.", "\".\" and \"..\" never match: paths are normalised first"},
                      {"/%zz", "a % without two hexadecimal digits in \"%zz\""},
                      {"/a%4", "a % without two hexadecimal digits in \"a%4\""},
                      {"/%41", "write \"%41\" as \"A\": paths are normalised first"},
                      {"/a%2f", "write \"%2f\" with capitals: paths are normalised first"}};
  for (const Bad& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_path_template(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
}

TEST_CASE("texts name their parameters") {
  using Names = std::vector<std::string>;
  CHECK(parse_text_template("plain")->empty());
  CHECK(*parse_text_template("a:{x}:{y}/{x}") == Names{"x", "y", "x"});
  CHECK(*parse_text_template("{query.p}-b:{header.X-A}") == Names{"query.p", "header.X-A"});
  CHECK(*parse_text_template("post-{request.a.0.b-c}-x") == Names{"request.a.0.b-c"});
  CHECK(*parse_exact_path_template("/a/{x}.{y}/b") == Names{"x", "y"});
  const Bad texts[] = {{"", "must not be empty"},
                       {"a{x", "a { without its } in \"a{x\""},
                       {"a}x", "a } without its { in \"a}x\""},
                       {"{a b}", "\"a b\" is not the name of a parameter (letters, digits, \"_\")"},
                       {"{requst.a}",
                        "\"requst\" before the \".\" is not query, header, request or "
                        "response (did you mean \"request\"?)"},
                       {"{response.}", "\"\" is not a member of JSON such as user.id"},
                       {"{response.a..b}", "\"a..b\" is not a member of JSON such as user.id"},
                       {"{header.a b}", "\"a b\" is not the name of a field"},
                       {"{query.}", "\"\" is not the name of a query parameter"},
                       {"a:{x}-{y}",
                        "two values with only \"-\" between them: write a \":\", or another "
                        "character that values have as %XX"},
                       {"a\tb", "a control character"}};
  for (const Bad& row : texts) {
    CAPTURE(row.text);
    const auto parsed = parse_text_template(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
  const Bad paths[] = {{"a", "a path starts with \"/\": \"a\""},
                       {"/a/**", "** is possible in `match` only"},
                       {"/a/../{x}", "\".\" and \"..\" never match: paths are normalised first"},
                       {"/a?{x}", "a path ends before its \"?\": queries are not compared"},
                       {"/{x}/b c", "\"b c\" has a character that paths write as %XX"}};
  for (const Bad& row : paths) {
    CAPTURE(row.text);
    const auto parsed = parse_exact_path_template(row.text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().what == row.what);
  }
  CHECK(*parse_pattern_template("/a/*?x={y}&z=*") == Names{"y"});
  CHECK(parse_pattern_template("a*").error().what ==
        "a pattern starts with \"/\" or \"*\": \"a*\"");
  CHECK(parse_pattern_template("/a b").error().what ==
        "a character that paths and queries write as %XX");
}
