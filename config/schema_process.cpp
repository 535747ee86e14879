#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace wf::config {
namespace {

constexpr std::array<std::pair<std::string_view, Sandbox>, 4> kSandboxes{
    {{"auto", Sandbox::Auto}, {"on", Sandbox::On}, {"kill", Sandbox::Kill}, {"off", Sandbox::Off}}};

}  // namespace

void read(const Value& value, Process& out) {
  value.read_map("a map such as {user: warmfront}", [&](Map& map) {
    map.get("user", out.user);
    map.get("group", out.group);
    map.get("sandbox", out.sandbox,
            [](const Value& v, Sandbox& sandbox) { read_choice(v, sandbox, kSandboxes); });
    map.get("core_dumps", out.core_dumps);
  });
  if (out.group && !out.user) value.problem("a group goes with a user: name process.user too");
}

}  // namespace wf::config
