// Texts that are filled from a request and its answer.
#include "proxy/policy/text_template.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

const std::vector<std::string> kKnown{"id", "name"};

struct Scene {
  Scene() {
    params.push("id", "7");
    params.push("name", "a%20b:c*");
  }
  [[nodiscard]] TemplateValues values() const {
    return {params, "page=2&q=x%3Ay+z&two=1&two=2&empty=&bare&bad=%zz", fields, request, response};
  }
  PathParams params;
  std::vector<Field> fields{{"X-Tenant", " acme "}, {"X-Two", "1"}, {"x-two", "2"}};
  std::vector<Field> request{{"user.id", "31"}, {"more", "*&b"}};
  std::vector<Field> response{{"user_id", "42"}, {"title", "a b/\xc3\xa9"}, {"User_id", "1"}};
};

std::string filled(std::string_view text, ValueForm form) {
  const Scene scene;
  const auto parsed = TextTemplate::parse(text, kKnown);
  REQUIRE(parsed.has_value());
  return parsed->expand(scene.values(), form).value_or("(none)");
}

}  // namespace

TEST_CASE("a template takes values from path, query, fields and JSON members") {
  struct Row {
    std::string_view text;
    std::string tag;
    std::string path;
    std::string pattern;
  };
  const Row row = GENERATE(values<Row>({
      {"plain", "plain", "plain", "plain"},
      {"a:{id}:b", "a:7:b", "a:7:b", "a:7:b"},
      {"{name}", "a%20b%3Ac%2A", "a%20b:c*", "a%20b:c%2A"},
      {"{query.page}", "2", "2", "2"},
      {"{query.q}", "x%3Ay%2Bz", "x:y+z", "x%3Ay+z"},
      {"{query.two}", "(none)", "(none)", "(none)"},
      {"{query.empty}", "(none)", "(none)", "(none)"},
      {"{query.bare}", "(none)", "(none)", "(none)"},
      {"{query.bad}", "(none)", "(none)", "%zz"},
      {"{query.absent}", "(none)", "(none)", "(none)"},
      {"{header.X-Tenant}", "acme", "acme", "acme"},
      {"{header.x-tenant}", "acme", "acme", "acme"},
      {"{header.X-Two}", "(none)", "(none)", "(none)"},
      {"{header.X-None}", "(none)", "(none)", "(none)"},
      {"{request.user.id}", "31", "31", "31"},
      {"{request.more}", "%2A%26b", "*&b", "%2A%26b"},
      {"{request.user}", "(none)", "(none)", "(none)"},
      {"{response.user_id}", "42", "42", "42"},
      {"{response.title}", "a%20b%2F%C3%A9", "a%20b%2F%C3%A9", "a%20b%2F%C3%A9"},
      {"u:{response.user_id}/{id}", "u:42/7", "u:42/7", "u:42/7"},
      {"{id}{response.none}", "(none)", "(none)", "(none)"},
  }));
  CAPTURE(row.text);
  CHECK(filled(row.text, ValueForm::Tag) == row.tag);
  CHECK(filled(row.text, ValueForm::Path) == row.path);
  CHECK(filled(row.text, ValueForm::Pattern) == row.pattern);
}

TEST_CASE("no value can pass for another tag") {
  PathParams params;
  const std::vector<Field> response{{"id", "1:admin:2 g,h"}};
  const auto text = *TextTemplate::parse("user:{response.id}:list", kKnown);
  const auto tag = text.expand({params, {}, {}, {}, response}, ValueForm::Tag);
  CHECK(tag == "user:1%3Aadmin%3A2%20g%2Ch:list");
}

TEST_CASE("the same value gives the same tag, however its path was written") {
  PathParams one;
  one.push("id", "a:b");
  PathParams other;
  other.push("id", "a%3Ab");
  const auto text = *TextTemplate::parse("x/{id}", kKnown);
  CHECK(text.expand({one}, ValueForm::Tag) == text.expand({other}, ValueForm::Tag));
}

TEST_CASE("a text without end is none") {
  const std::string large(kLongestExpansion, 'x');
  const std::vector<Field> request{{"a", large}};
  const auto text = *TextTemplate::parse("y{request.a}", kKnown);
  CHECK_FALSE(text.expand({{}, {}, {}, request}, ValueForm::Tag).has_value());
}

TEST_CASE("only what can be filled is a template") {
  CHECK(TextTemplate::parse("{other}", kKnown).error().find("'other'") != std::string::npos);
  CHECK_FALSE(TextTemplate::parse("{id", kKnown).has_value());
  CHECK_FALSE(TextTemplate::parse("id}", kKnown).has_value());
  CHECK_FALSE(TextTemplate::parse("{query.}", kKnown).has_value());
}

TEST_CASE("a template says what it needs, each once") {
  const auto text = *TextTemplate::parse("{response.a}{response.b.c}{response.a}{id}", kKnown);
  CHECK(text.names(ValueSource::Response) == std::vector<std::string>{"a", "b.c"});
  CHECK(text.names(ValueSource::Path) == std::vector<std::string>{"id"});
  CHECK(text.names(ValueSource::Request).empty());
}

TEST_CASE("templates without their values are counted, and texts stand once") {
  const Scene scene;
  const std::vector<TextTemplate> texts{
      *TextTemplate::parse("a:{id}", kKnown), *TextTemplate::parse("{response.none}", kKnown),
      *TextTemplate::parse("a:7", kKnown), *TextTemplate::parse("b", kKnown)};
  const Expanded expanded = expand_all(texts, scene.values(), ValueForm::Tag);
  CHECK(expanded.texts == std::vector<std::string>{"a:7", "b"});
  CHECK(expanded.missing == 1);
}
