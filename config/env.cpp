#include "config/env.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || ascii::is_digit(text.front())) return false;
  for (const char c : text) {
    if (!ascii::is_alpha(c) && !ascii::is_digit(c) && c != '_') return false;
  }
  return true;
}

/// `reference` is what stands between the braces.
Parsed<std::string> resolve(std::string_view reference, const EnvLookup& env) {
  const auto separator = reference.find(":-");
  const std::string name{reference.substr(0, separator)};
  if (!is_name(name)) {
    return fault(
        fmt::format("{} is not the name of an environment variable "
                    "(write $${{ for a plain ${{)",
                    quoted(name)));
  }
  std::optional<std::string> value = env(name);
  if (separator != std::string_view::npos) {
    if (!value || value->empty()) return std::string{reference.substr(separator + 2)};
    return *std::move(value);
  }
  if (!value) return fault(fmt::format("the environment variable {} is not set", name));
  return *std::move(value);
}

}  // namespace

EnvLookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    // Read before any thread is started.
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return std::string{value};
  };
}

Parsed<std::string> expand(std::string_view text, const EnvLookup& env) {
  std::string out;
  while (!text.empty()) {
    const auto at = text.find("${");
    if (at == std::string_view::npos) break;
    if (at > 0 && text[at - 1] == '$') {
      out.append(text.substr(0, at)).append("{");
      text.remove_prefix(at + 2);
      continue;
    }
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) {
      return fault("${ without its } (write $${ for a plain ${)");
    }
    const auto value = resolve(text.substr(at + 2, end - at - 2), env);
    if (!value) return value.error();
    out.append(text.substr(0, at)).append(*value);
    text.remove_prefix(end + 1);
  }
  out.append(text);
  return out;
}

}  // namespace wf::config
