#include "proxy/base/fields.hpp"

#include <catch2/catch.hpp>

using namespace wf;

TEST_CASE("fields are found without case, first one first") {
  const std::vector<Field> fields{{"Vary", "a"}, {"ETag", "\"1\""}, {"vary", "b"}};
  CHECK(field_value(fields, "VARY") == "a");
  CHECK(count_fields(fields, "vary") == 2);
  CHECK(joined_value(fields, "vary") == "a, b");
  CHECK_FALSE(joined_value(fields, "age"));
  CHECK_FALSE(has_field(fields, "age"));
}

TEST_CASE("owned fields are equal to what they were copied from") {
  const std::vector<Field> fields{{"A", "1"}, {"B", ""}};
  const auto copy = owned(fields);
  REQUIRE(views(copy).size() == 2);
  CHECK(views(copy)[1].name == "B");
}
