// Configurations: any bytes load, or are told where they are wrong (SEC-27).
#include "config/load.hpp"

#include "config/describe.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const config::EnvLookup environment = [](const std::string& name) -> std::optional<std::string> {
    if (name.size() % 2 == 0) return std::nullopt;
    return "value of " + name;
  };
  const auto loaded = config::load_text(text, "fuzz.yaml", environment);
  if (loaded) {
    promise(!loaded->routes.empty() && !loaded->upstreams.empty(), "what a proxy needs is there");
    promise(!config::describe(*loaded).empty(), "and can be told");
    return 0;
  }
  promise(!loaded.error().empty(), "a refusal has a reason");
  for (const config::Problem& problem : loaded.error()) {
    promise(problem.line >= 1 && problem.column >= 1 && !problem.what.empty(), "and a place");
  }
  return 0;
}
