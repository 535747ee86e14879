#include "config/names.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/template_syntax.hpp"
#include "config/units.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr unsigned kMostVariants = 1024;
constexpr unsigned kFirstErrorStatus = 400;  // RFC 9110 §15.5
constexpr unsigned kLastErrorStatus = 599;

constexpr std::array<std::pair<std::string_view, SetCookieRule>, 3> kSetCookie{
    {{"bypass", SetCookieRule::Bypass},
     {"store", SetCookieRule::Store},
     {"strip", SetCookieRule::Strip}}};

constexpr std::array<std::pair<std::string_view, Admit>, 2> kAdmit{
    {{"first", Admit::First}, {"second", Admit::Second}}};

constexpr std::array<std::pair<std::string_view, Compress>, 2> kCompress{
    {{"off", Compress::Off}, {"zstd", Compress::Zstd}}};

constexpr std::array<std::pair<std::string_view, CookieRule::Mode>, 2> kCookieModes{
    {{"bypass", CookieRule::Mode::Bypass}, {"ignore", CookieRule::Mode::Ignore}}};

constexpr std::array<std::pair<std::string_view, bool IgnoreOrigin::*>, 3> kDirectives{
    {{"no-store", &IgnoreOrigin::no_store},
     {"private", &IgnoreOrigin::private_},
     {"no-cache", &IgnoreOrigin::no_cache}}};

void read_negative(const Value& value, std::map<unsigned, milliseconds>& out) {
  value.read_map("a map from status to duration such as {404: 10s}", [&](Map& map) {
    for (const auto& [key, entry] : map.entries()) {
      const auto status = ascii::parse_uint(key);
      if (!status || *status < kFirstErrorStatus || *status > kLastErrorStatus) {
        entry.problem(fmt::format("expected a status from 400 to 599, found {}", quoted(key)));
        continue;
      }
      milliseconds ttl{0};
      read(entry, ttl);
      out[static_cast<unsigned>(*status)] = ttl;
    }
  });
}

void read_ignore_origin(const Value& value, IgnoreOrigin& out) {
  const auto elements = value.list("a list of directives such as [no-cache]");
  if (!elements) return;
  for (const Value& element : *elements) {
    bool IgnoreOrigin::*directive = nullptr;
    read_choice(element, directive, kDirectives);
    if (directive != nullptr) out.*directive = true;
  }
}

/// `bypass`, `ignore` or `{key: [names]}`.
void read_cookies(const Value& value, CookieRule& out) {
  if (value.is_text()) return read_choice(value, out.mode, kCookieModes);
  value.read_map("bypass, ignore or {key: [names]}", [&](Map& map) {
    out.mode = CookieRule::Mode::Key;
    map.require("key", out.names, [](const Value& v, std::vector<std::string>& names) {
      const std::size_t before = v.problem_count();
      read_texts(v, names,
                 [](const std::string& text) { return parse_token(text, "cookie name"); });
      if (!names.empty() || v.problem_count() > before) return;
      v.problem("must not be empty: `ignore` keys on no cookie");
    });
  });
}

void read_query(const Value& value, QueryRule& out) {
  value.read_map("a map such as {include: [page, size]}", [&](Map& map) {
    map.get("include", out.include);
    map.get("exclude", out.exclude);
    map.get("sort", out.sort);
  });
}

void read_fields(const Value& value, std::vector<std::string>& out) {
  read_texts(value, out, [](const std::string& text) { return parse_token(text, "field name"); });
}

/// `64MiB` or `10%`.
void read_share(const Value& value, Share& out) {
  read_parsed(value, out, "a size such as 64MiB or a percentage",
              [](std::string_view text) { return parse_share(text); });
}

void read_memory(const Value& value, RouteMemory& out) {
  value.read_map("a map such as {share: 10%}", [&](Map& map) {
    map.get("share", out.share, optionally<Share>(read_share));
    map.get("admit", out.admit,
            [](const Value& v, Admit& admit) { read_choice(v, admit, kAdmit); });
    map.get("max_object_size", out.max_object_size);
  });
}

void read_tags(const Value& value, std::vector<std::string>& out) {
  read_texts(value, out, [](const std::string& text) -> Parsed<std::string> {
    const auto parsed = parse_text_template(text);
    if (!parsed) return parsed.error();
    return text;
  });
}

void read_hide_tags(const Value& value, std::vector<std::string>& out) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWords{
      {{kTagFields[0], kTagFields[0]},
       {kTagFields[1], kTagFields[1]},
       {kTagFields[2], kTagFields[2]}}};
  const auto elements = value.list("a list of fields such as [Surrogate-Key]");
  if (!elements) return;
  out.clear();
  for (const Value& element : *elements) {
    std::string_view field;
    read_choice(element, field, kWords);
    if (!field.empty()) out.emplace_back(field);
  }
}

}  // namespace

void read(const Value& value, Cache& out) {
  value.read_map("a map of caching rules", [&](Map& map) {
    map.get("ttl", out.ttl);
    map.get("ttl_override", out.ttl_override);
    map.get("min_ttl", out.min_ttl);
    map.get("max_ttl", out.max_ttl);
    map.get("stale_while_revalidate", out.stale_while_revalidate);
    map.get("stale_if_error", out.stale_if_error);
    map.get("grace", out.grace);
    map.get("jitter_percent", out.jitter_percent, read_percent);
    map.get("early_refresh", out.early_refresh, read_percent);
    map.get("negative", out.negative, read_negative);
    map.get("ignore_origin", out.ignore_origin, read_ignore_origin);
    map.get("set_cookie", out.set_cookie,
            [](const Value& v, SetCookieRule& rule) { read_choice(v, rule, kSetCookie); });
    map.get("cookies", out.cookies, read_cookies);
    map.get("query", out.query, read_query);
    map.get("key_headers", out.key_headers, read_fields);
    map.get("forward_headers", out.forward_headers, read_fields);
    map.get("tags", out.tags, read_tags);
    map.get("hide_tags", out.hide_tags, read_hide_tags);
    map.get("max_variants", out.max_variants, number({.least = 1, .most = kMostVariants}));
    map.get("max_object_size", out.max_object_size,
            optionally<Bytes>([](const Value& v, Bytes& size) { read_positive(v, size); }));
    map.get("memory", out.memory, read_memory);
    map.get("compress", out.compress,
            [](const Value& v, Compress& compress) { read_choice(v, compress, kCompress); });
  });
}

}  // namespace wf::config
