#include "proxy/admin/top_view.hpp"

#include <catch2/catch.hpp>

using namespace wf::admin;

namespace {

constexpr const char* kMetrics =
    "# HELP warmfront_requests_total Exchanges.\n"
    "warmfront_requests_total{route=\"all\",outcome=\"hit-fresh\"} 100\n"
    "warmfront_requests_total{route=\"two\",outcome=\"hit-fresh\"} 20\n"
    "warmfront_requests_total{route=\"all\",outcome=\"miss\"} 30\n"
    "warmfront_request_duration_seconds_count{cache=\"hit\"} 120\n"
    "warmfront_request_duration_seconds_count{cache=\"other\"} 30\n"
    "warmfront_origin_requests_total 30\n"
    "warmfront_purges_total{by=\"write\"} 4\n"
    "warmfront_purges_total{by=\"admin\"} 2\n"
    "warmfront_memory_bytes 3145728\n"
    "warmfront_redis_links 2\n"
    "warmfront_redis_links_up 1\n"
    "warmfront_purge_log_silence_seconds 0.25\n";

Look look(std::string proxy) { return {std::move(proxy), {}, parse_metrics(kMetrics)}; }

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("samples are read with their labels; what is none is passed over") {
  const Samples samples = parse_metrics("# TYPE a counter\na 1\nb{x=\"y z\"} 2.5\n\nc\nd x\ne 1e3");
  CHECK(samples == Samples{{"a", 1}, {"b{x=\"y z\"}", 2.5}, {"e", 1000}});
}

TEST_CASE("rates are of what has grown between two looks") {
  Look before = look("10.0.0.5:9180");
  Look now = before;
  now.samples["warmfront_request_duration_seconds_count{cache=\"hit\"}"] = 210;
  now.samples["warmfront_request_duration_seconds_count{cache=\"other\"}"] = 40;
  now.samples["warmfront_requests_total{route=\"all\",outcome=\"hit-fresh\"}"] = 180;
  now.samples["warmfront_requests_total{route=\"two\",outcome=\"hit-fresh\"}"] = 30;
  const std::string text = top_text({before}, {now}, 2.0);
  says(text, "10.0.0.5:9180                 50.0   90.0       0.0      0.0      3.0");
  says(text, "1/2      250");
  says(text, "outcomes/s: hit-fresh 45.0\n");
}

TEST_CASE("a proxy that was begun anew counts from its start") {
  Look before = look("a");
  before.samples["warmfront_origin_requests_total"] = 1000;
  says(top_text({before}, {look("a")}, 1.0), "      30.0      0.0");
}

TEST_CASE("who is not reached is named, and the others are summed up") {
  Look gone;
  gone.proxy = "b:1";
  gone.trouble = "b:1 refuses connections";
  Look fresh{"c:1", {}, {}};
  const std::string text =
      top_text({look("a:1"), fresh, fresh}, {look("a:1"), gone, look("c:1")}, 1);
  says(text, "b:1                      b:1 refuses connections\n");
  says(text, "all                          150.0   80.0      30.0      6.0      6.0");
}
