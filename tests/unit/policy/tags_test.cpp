// Tags of stored responses, and groups of an origin (RFC 9875).
#include "proxy/policy/tags.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::policy;

namespace {

using Tags = std::vector<std::string>;
constexpr std::string_view kOrigin = "http://a.example";

Tags tags_of(const std::vector<Field>& response) {
  Tags tags;
  append_response_tags(response, kOrigin, tags);
  return tags;
}

}  // namespace

TEST_CASE("tags stand in the fields that origins know, each by its own convention") {
  struct Row {
    std::vector<Field> response;
    Tags tags;
  };
  const std::vector<Row> rows{
      {{}, {}},
      {{{"Cache-Tag", "a,b , c:1"}}, {"a", "b", "c:1"}},
      {{{"cache-tag", "New York,x"}}, {"New%20York", "x"}},
      {{{"Cache-Tag", ",, ,"}}, {}},
      {{{"Cache-Tag", "a"}, {"Cache-Tag", "b,a"}}, {"a", "b"}},
      {{{"Surrogate-Key", "a  b,c d"}}, {"a", "b,c", "d"}},
      {{{"Surrogate-Key", "x"}, {"Cache-Tag", "x,y"}}, {"x", "y"}},
      {{{"Cache-Tag", "\xc3\xa9"}}, {"%C3%A9"}},
      // RFC 9875 §2: a list of strings, whose members are the origin's own.
      {{{"Cache-Groups", R"("g", "two words")"}},
       {"group http://a.example g", "group http://a.example two%20words"}},
      {{{"Cache-Groups", R"("a")"}, {"Cache-Groups", R"("b";p=1)"}},
       {"group http://a.example a", "group http://a.example b"}},
      {{{"Cache-Groups", "token"}}, {}},
      {{{"Cache-Groups", R"("a", 1)"}}, {}},
      {{{"Cache-Groups", R"("a",)"}}, {}},
      {{{"Cache-Groups", R"("a" "b")"}}, {}},
      {{{"Cache-Groups", R"("a\"b")"}}, {R"(group http://a.example a"b)"}},
      {{{"Cache-Groups", ""}}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.tags);
    CHECK(tags_of(row.response) == row.tags);
  }
}

TEST_CASE("no field can name a group of another origin as a tag") {
  CHECK(tags_of({{"Cache-Tag", "group http://b.example g"}}) ==
        Tags{"group%20http://b.example%20g"});
  CHECK(tags_of({{"Surrogate-Key", "group http://b.example g"}}) ==
        Tags{"group", "http://b.example", "g"});
  CHECK(group_tag("http://a.example", "b") != group_tag("http://a.example:8080", "b"));
}

TEST_CASE("RFC 9875 §3: an answer invalidates groups of its own origin") {
  const std::vector<Field> response{{"Cache-Group-Invalidation", R"("g", "h", "g")"}};
  CHECK(invalidated_groups(response, kOrigin) ==
        Tags{group_tag(kOrigin, "g"), group_tag(kOrigin, "h")});
  CHECK(invalidated_groups({}, kOrigin).empty());
}

TEST_CASE("tags are bounded in number and length") {
  Tags tags(kMostTags, "x");
  CHECK(within_bounds(tags));
  tags.emplace_back("y");
  CHECK_FALSE(within_bounds(tags));
  CHECK(within_bounds({std::string(kLongestTag, 'x')}));
  CHECK_FALSE(within_bounds({std::string(kLongestTag + 1, 'x')}));
}
