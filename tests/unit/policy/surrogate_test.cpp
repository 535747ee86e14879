// Surrogate-Control (W3C Note "Edge Architecture Specification" 1.0).
#include <catch2/catch.hpp>

#include "proxy/policy/facts.hpp"
#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

using Delta = std::optional<DeltaSeconds>;

struct Row {
  const char* name;
  const char* fields;
  bool counts;
  Delta max_age;
  bool no_store;
};

const Row kRows[] = {
    {"§2.2: absent", "Cache-Control: max-age=1", false, {}, false},
    {"§2.2: max-age", "Surrogate-Control: max-age=60", true, 60, false},
    {"§2.2: no-store", "Surrogate-Control: no-store", true, {}, true},
    {"§2.2: names in any case", "Surrogate-Control: MaX-aGe=60, NO-store", true, 60, true},
    {"§2.2: unknown directives are passed over", "Surrogate-Control: foo, max-age=60", true, 60,
     false},
    {"§2.2: several lines", "Surrogate-Control: no-store\nSurrogate-Control: max-age=6", true, 6,
     true},
    {"§2.2: nothing that we know", "Surrogate-Control: foo, content=\"ESI/1.0\"", false, {}, false},
    {"§2.2: for another", "Surrogate-Control: max-age=60;abc", false, {}, false},
    {"§2.2: for us", "Surrogate-Control: max-age=60;warmfront", true, 60, false},
    {"§2.2: for several", "Surrogate-Control: max-age=60;abc;warmfront", true, 60, false},
    {"§2.2: ours beats one for everybody", "Surrogate-Control: max-age=60;warmfront, max-age=5",
     true, 60, false},
    {"§2.2: ours beats one for everybody before it",
     "Surrogate-Control: max-age=5, max-age=60;warmfront", true, 60, false},
    {"§2.2: a quoted semicolon is no target", "Surrogate-Control: content=\"a;b\", max-age=6", true,
     6, false},
    {"RFC 9111 §1.2.2: saturates", "Surrogate-Control: max-age=99999999999", true, kMaxDeltaSeconds,
     false},
    {"RFC 9111 §4.2.1: malformed is stale", "Surrogate-Control: max-age= 60", true, 0, false},
    {"RFC 9111 §5.2: blank before = makes another name",
     "Surrogate-Control: max-age =60",
     false,
     {},
     false},
};

}  // namespace

TEST_CASE("Surrogate-Control") {
  for (const auto& row : kRows) {
    INFO(row.name);
    const auto cc = parse_surrogate_control(fields_of(row.fields));
    REQUIRE(cc.has_value() == row.counts);
    if (!cc) continue;
    CHECK(cc->max_age == row.max_age);
    CHECK(cc->no_store == row.no_store);
    CHECK(cc->targeted);
  }
}

TEST_CASE("Surrogate-Control: the time after freshness is stale-while-revalidate") {
  const auto cc = parse_surrogate_control(fields_of("Surrogate-Control: max-age=600+300"));
  CHECK(cc.value().max_age == 600);
  CHECK(cc.value().stale_while_revalidate == 300);
}

TEST_CASE("which of the fields counts") {
  const auto max_age = [](const char* text) {
    const auto fields = fields_of(text);
    return response_facts(200, fields).cache_control.max_age;
  };
  CHECK(max_age("Surrogate-Control: max-age=6\nCache-Control: max-age=1, no-store") == 6);
  CHECK(max_age("Surrogate-Control: max-age=6\nCDN-Cache-Control: max-age=9") == 9);
  CHECK(max_age("Surrogate-Control: max-age=6;other\nCache-Control: max-age=1") == 1);
}
