// Surrogate-Control (W3C Note "Edge Architecture Specification" 1.0, §2).
#include <algorithm>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/cache_control.hpp"

namespace wf::policy {
namespace {

/// For whom a directive is; one that names us beats one for everybody (§2.2).
enum class Audience : std::uint8_t { Others, Everybody, Us };

/// Takes what stands before the next ';' outside of quotes.
std::string_view next_part(std::string_view& rest) noexcept {
  std::size_t end = 0;
  for (bool quoted = false; end < rest.size() && (quoted || rest[end] != ';'); ++end) {
    if (rest[end] == '"') quoted = !quoted;
  }
  const auto part = ascii::trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

Audience audience(std::string_view targets) noexcept {
  if (ascii::trim(targets).empty()) return Audience::Everybody;
  while (!targets.empty()) {
    if (next_part(targets) == kSurrogate) return Audience::Us;
  }
  return Audience::Others;
}

/// "max-age=600+300": fresh for ten minutes, then for five more while it is refreshed (§2.2).
void apply_max_age(std::string_view argument, ResponseCacheControl& out) noexcept {
  const auto plus = argument.find('+');
  out.max_age = parse_delta_seconds(argument.substr(0, plus)).value_or(0);
  out.stale_while_revalidate.reset();
  if (plus != std::string_view::npos) {
    out.stale_while_revalidate = parse_delta_seconds(argument.substr(plus + 1));
  }
}

/// What is known so far, and from directives for whom.
struct Gathered {
  ResponseCacheControl out;
  Audience max_age_for = Audience::Others;
  bool known = false;
};

void apply(std::string_view element, Gathered& gathered) noexcept {
  std::string_view rest = element;
  const auto directive = next_part(rest);
  const Audience who = audience(rest);
  if (who == Audience::Others) return;
  const auto equals = directive.find('=');
  const auto name = directive.substr(0, equals);
  if (ascii::iequals(name, "no-store")) {
    gathered.out.no_store = true;
    gathered.known = true;
  } else if (ascii::iequals(name, "max-age") && who >= gathered.max_age_for) {
    apply_max_age(
        equals == std::string_view::npos ? std::string_view{} : directive.substr(equals + 1),
        gathered.out);
    gathered.max_age_for = who;
    gathered.known = true;
  }
}

}  // namespace

std::optional<ResponseCacheControl> parse_surrogate_control(FieldSpan fields) {
  Gathered gathered;
  for (const Field& field : fields) {
    if (!ascii::iequals(field.name, "surrogate-control")) continue;
    auto rest = field.value;
    for (auto element = ascii::next_element(rest); !element.empty();
         element = ascii::next_element(rest)) {
      apply(element, gathered);
    }
  }
  if (!gathered.known) return std::nullopt;
  gathered.out.present = true;
  gathered.out.targeted = true;
  return gathered.out;
}

}  // namespace wf::policy
