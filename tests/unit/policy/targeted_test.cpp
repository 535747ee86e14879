// CDN-Cache-Control.
#include <catch2/catch.hpp>

#include "proxy/policy/cache_control.hpp"
#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

using Delta = std::optional<DeltaSeconds>;

struct TargetedRow {
  const char* name;
  const char* fields;
  bool counts;
  Delta max_age;
};

const TargetedRow kTargeted[] = {
    {"RFC 9213 §2.2: absent", "Cache-Control: max-age=1", false, {}},
    {"RFC 9213 §2.1: max-age", "CDN-Cache-Control: max-age=60", true, 60},
    {"RFC 9213 §2.1: saturates", "CDN-Cache-Control: max-age=99999999999", true, kMaxDeltaSeconds},
    {"RFC 9213 §2.1: negative is stale", "CDN-Cache-Control: max-age=-5", true, 0},
    {"RFC 9213 §2.1: unknown keys are passed over", "CDN-Cache-Control: foobar, max-age=60", true,
     60},
    {"RFC 9213 §2.1: unknown keys may have any value", "CDN-Cache-Control: x=(a b), max-age=60",
     true, 60},
    {"RFC 9213 §2.1: parameters are passed over", "CDN-Cache-Control: max-age=60;x=1", true, 60},
    {"RFC 9213 §2.1: several lines", "CDN-Cache-Control: no-cache\nCDN-Cache-Control: max-age=6",
     true, 6},
    {"RFC 8941 §3.2: the last of equal keys", "CDN-Cache-Control: max-age=9, max-age=6", true, 6},
    {"RFC 9213 §2.1: empty", "CDN-Cache-Control:", false, {}},
    {"RFC 9213 §2.1: upper case is no key", "CDN-Cache-Control: MaX-aGe=60", false, {}},
    {"RFC 9213 §2.1: blank before =", "CDN-Cache-Control: max-age =60", false, {}},
    {"RFC 9213 §2.1: blank after =", "CDN-Cache-Control: max-age= 60", false, {}},
    {"RFC 9213 §2.1: malformed anywhere", "CDN-Cache-Control: max-age=60, &&&", false, {}},
    {"RFC 9213 §2.1: comma at the end", "CDN-Cache-Control: max-age=60,", false, {}},
    {"RFC 9213 §2.1: string for integer", "CDN-Cache-Control: max-age=\"60\"", false, {}},
    {"RFC 9213 §2.1: decimal for integer", "CDN-Cache-Control: max-age=60.0", false, {}},
    {"RFC 9213 §2.1: true for integer", "CDN-Cache-Control: max-age", false, {}},
    {"RFC 9213 §2.1: integer for boolean", "CDN-Cache-Control: no-store=1, max-age=6", false, {}},
    {"RFC 9213 §2.1: list of fields that are none",
     "CDN-Cache-Control: private=\"a b\"",
     false,
     {}},
};

}  // namespace

TEST_CASE("CDN-Cache-Control") {
  for (const auto& row : kTargeted) {
    INFO(row.name);
    const auto cc = parse_targeted_cache_control(fields_of(row.fields));
    REQUIRE(cc.has_value() == row.counts);
    if (!cc) continue;
    CHECK(cc->max_age == row.max_age);
    CHECK(cc->targeted);
    CHECK(cc->present);
  }
}

TEST_CASE("CDN-Cache-Control: directives without number (RFC 9213 §2.1)") {
  const auto fields = fields_of(
      "CDN-Cache-Control: no-store, private=\"A, b\", no-cache, public=?0, must-revalidate=?1");
  const auto cc = parse_targeted_cache_control(fields);
  REQUIRE(cc);
  CHECK(cc->no_store);
  CHECK(cc->private_fields == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(cc->private_);
  CHECK(cc->no_cache);
  CHECK_FALSE(cc->public_);
  CHECK(cc->must_revalidate);
}
