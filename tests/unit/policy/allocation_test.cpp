// A hit takes nothing from the heap: what the rules contribute to that is counted here.
#include <atomic>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

#include "proxy/policy/reuse.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/policy/vary.hpp"
#include "tests/unit/policy/fields_of.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined: g++ would see malloc meet delete and call it a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

using namespace wf;
using namespace wf::policy;

namespace {

template <class Work>
std::size_t allocations_of(Work work) {
  const auto before = allocations.load();
  work();
  return allocations.load() - before;
}

}  // namespace

TEST_CASE("the counter counts") {
  // Called by name: a new-expression may be optimised away.
  CHECK(allocations_of([] { ::operator delete(::operator new(1)); }) == 1);
}

TEST_CASE("judging a hit allocates nothing") {
  const auto fields = fields_of(
      "Host: a\nUser-Agent: b\nAccept: */*\nAccept-Encoding: gzip, deflate, br\n"
      "Accept-Language: en-US,en;q=0.5\nCache-Control: max-age=1000, min-fresh=1\n"
      "If-None-Match: \"b\", \"a\"\nIf-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT");
  const auto head = fields_of("Date: Mon, 01 Jan 2024 00:00:00 GMT\nETag: \"a\"");
  const config::Cache cache;
  StoredFacts stored;
  stored.born = kReceived;
  stored.lifetime = Seconds{5000};
  auto found = Judgement{};
  auto condition = Precondition::Proceed;
  auto bypass = BypassReason::Body;
  const auto count = allocations_of([&] {
    const auto request = request_facts(parse_method("GET"), fields, false);
    bypass = bypass_reason(request, &cache);
    found = judge(stored, request, kReceived + Seconds{5});
    condition = evaluate_preconditions(request, 200, head, kReceived);
  });
  CHECK(count == 0);
  CHECK(bypass == BypassReason::None);
  CHECK(found.reuse == Reuse::Fresh);
  CHECK(condition == Precondition::NotModified);
}

TEST_CASE("a variant key allocates only by growing its buffer") {
  const auto fields = fields_of(
      "Accept-Encoding: gzip, deflate, br, zstd\nAccept-Language: en-US,en;q=0.5, *;q=0.1\n"
      "Foo: some value, another value");
  const std::vector<std::string> names{"accept-encoding", "accept-language", "absent", "foo"};
  std::string key;
  key.reserve(1024);
  CHECK(allocations_of([&] { append_variant_key(names, fields, key); }) == 0);
  CHECK(key.size() > 64);
}
