#include "config/template_check.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/template_names.hpp"
#include "config/template_syntax.hpp"
#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

class TemplateCheck {
 public:
  TemplateCheck(const Route& route, std::vector<std::string_view> parameters,
                std::vector<Finding>& findings)
      : route_(route), parameters_(std::move(parameters)), findings_(findings) {}

  template <class Parse>
  void writes(const std::string& path, const std::vector<std::string>& texts, Parse parse) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      each(texts[i], parse, [&](const TemplateName& name) {
        if (name.source == NameSource::Path) parameter(fmt::format("{}[{}]", path, i), name.name);
      });
    }
  }

  /// Requests that share an answer must agree on its tags: these come from what is keyed, and from
  /// the answer itself.
  void tags(const std::string& path) {
    const auto& texts = route_.cache->tags;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      each(texts[i], parse_text_template, [&](const TemplateName& name) {
        const std::string where = fmt::format("{}[{}]", path, i);
        if (name.source == NameSource::Path) parameter(where, name.name);
        if (name.source == NameSource::Query) keyed_parameter(where, std::string{name.name});
        if (name.source == NameSource::Header) keyed_header(where, name.name);
        if (name.source == NameSource::Request) {
          tell(where, "what is stored has no request body: take {response…} or a path parameter");
        }
      });
    }
  }

 private:
  template <class Parse, class Each>
  void each(const std::string& text, Parse parse, Each tell_of) {
    const auto names = parse(text);
    if (!names) return;  // told when it was read
    for (const std::string& name : *names) {
      const auto parsed = parse_template_name(name);
      if (parsed) tell_of(*parsed);
    }
  }

  void tell(const std::string& path, std::string what) {
    findings_.push_back({path, std::move(what)});
  }

  void parameter(const std::string& path, std::string_view name) {
    if (std::find(parameters_.begin(), parameters_.end(), name) != parameters_.end()) return;
    tell(path, fmt::format("the route's path has no parameter {}{}", quoted(name),
                           suggestion(name, parameters_)));
  }

  void keyed_parameter(const std::string& path, const std::string& name) {
    const QueryRule& rule = route_.cache->query;
    const auto contains = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (rule.include ? contains(*rule.include) : !contains(rule.exclude)) return;
    tell(path, fmt::format("the query parameter {} is not part of the key: see cache.query",
                           quoted(name)));
  }

  void keyed_header(const std::string& path, std::string_view name) {
    const auto& keyed = route_.cache->key_headers;
    if (std::any_of(keyed.begin(), keyed.end(),
                    [&](const std::string& k) { return ascii::iequals(k, name); })) {
      return;
    }
    tell(path, fmt::format("the field {} is not part of the key: add it to cache.key_headers",
                           quoted(name)));
  }

  const Route& route_;
  std::vector<std::string_view> parameters_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_templates(const Route& route, std::size_t index, std::vector<Finding>& findings) {
  const auto segments = parse_path_template(route.match.path);
  if (!segments) return;
  std::vector<std::string_view> parameters;
  for (const Segment& segment : *segments) {
    if (segment.kind == Segment::Kind::Parameter) parameters.push_back(segment.text);
  }
  TemplateCheck check{route, std::move(parameters), findings};
  if (route.cache) check.tags(fmt::format("routes[{}].cache.tags", index));
  const auto key = [index](std::string_view name) {
    return fmt::format("routes[{}].invalidate.{}", index, name);
  };
  check.writes(key("tags"), route.invalidate.tags, parse_text_template);
  check.writes(key("paths"), route.invalidate.paths, parse_exact_path_template);
  check.writes(key("prefixes"), route.invalidate.prefixes, parse_exact_path_template);
  check.writes(key("patterns"), route.invalidate.patterns, parse_pattern_template);
}

}  // namespace wf::config
