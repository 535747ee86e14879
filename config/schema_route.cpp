#include "config/names.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/template_syntax.hpp"

namespace wf::config {
namespace {

void read_path(const Value& value, std::string& out) {
  read_parsed(value, out, "a path template such as \"/items/{id}\"",
              [](const std::string& text) -> Parsed<std::string> {
                const auto parsed = parse_path_template(text);
                if (!parsed) return parsed.error();
                return text;
              });
}

/// A path alone, or a map.
void read_match(const Value& value, Match& out) {
  if (value.is_text()) return read_path(value, out.path);
  value.read_map("a path template or a map with a path", [&](Map& map) {
    map.require("path", out.path, read_path);
    map.get("methods", out.methods, [](const Value& v, std::vector<std::string>& methods) {
      read_texts(v, methods, parse_method);
    });
    map.get("hosts", out.hosts, [](const Value& v, std::vector<std::string>& hosts) {
      read_texts(v, hosts, [](const std::string& text) { return parse_host(text, Wildcard::Yes); });
    });
  });
}

constexpr std::array<std::pair<std::string_view, Wait>, 2> kWait{
    {{"fleet", Wait::Fleet}, {"none", Wait::None}}};

/// A list of templates, each of which `parse` understands.
template <class Parse>
auto templates(Parse parse) {
  return [parse](const Value& value, std::vector<std::string>& out) {
    read_texts(value, out, [parse](const std::string& text) -> Parsed<std::string> {
      const auto parsed = parse(text);
      if (!parsed) return parsed.error();
      return text;
    });
  };
}

void read_invalidate(const Value& value, Invalidate& out) {
  value.read_map("a map such as {paths: [\"/items\"]}", [&](Map& map) {
    map.get("tags", out.tags, templates(parse_text_template));
    map.get("paths", out.paths, templates(parse_exact_path_template));
    map.get("prefixes", out.prefixes, templates(parse_exact_path_template));
    map.get("patterns", out.patterns, templates(parse_pattern_template));
    map.get("wait", out.wait, [](const Value& v, Wait& wait) { read_choice(v, wait, kWait); });
  });
}

/// `off`, which is also the default, or the rules.
void read_cache(const Value& value, std::optional<Cache>& out) {
  out.reset();
  if (value.is_word("off")) return;
  if (!value.is_map()) return value.wrong_kind("off or a map, {} for all defaults");
  read(value, out.emplace());
}

}  // namespace

void read(const Value& value, Route& out) {
  value.read_map("a map such as {name: all, match: \"/**\", upstream: api}", [&](Map& map) {
    map.require("name", out.name, read_name);
    map.require("match", out.match, read_match);
    map.require("upstream", out.upstream);
    map.get("cache", out.cache, read_cache);
    map.get("invalidate", out.invalidate, read_invalidate);
    map.get("upgrade", out.upgrade);
    map.get("allow_get_body", out.allow_get_body);
  });
}

}  // namespace wf::config
