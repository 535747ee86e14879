#include "proxy/admin/purge_order.hpp"

#include <array>
#include <optional>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/wording.hpp"

namespace wf::admin {

namespace {

namespace json = boost::json;
using config::Wait;
using invalidation::PurgeMode;
using Failure = std::optional<std::string>;

constexpr std::array<std::pair<std::string_view, PurgeMode>, 3> kModes{
    {{"hard", PurgeMode::Hard}, {"soft", PurgeMode::Soft}, {"refresh", PurgeMode::Refresh}}};
constexpr std::array<std::pair<std::string_view, Wait>, 2> kWaits{
    {{"fleet", Wait::Fleet}, {"none", Wait::None}}};
constexpr std::array<std::string_view, 9> kMembers{
    "urls", "tags", "prefixes", "patterns", "namespaces", "host", "mode", "wait", "dry_run"};

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "nothing";
}

Failure read_text(std::string_view name, const json::value& value, std::string& out) {
  if (!value.is_string()) {
    return fmt::format("{}: expected a string, found {}", name, kind_of(value));
  }
  out = std::string{value.get_string()};
  if (out.empty()) return fmt::format("{}: must not be empty", name);
  return std::nullopt;
}

Failure read_texts(std::string_view name, const json::value& value, std::vector<std::string>& out) {
  if (!value.is_array()) {
    return fmt::format("{}: expected an array of strings, found {}", name, kind_of(value));
  }
  for (const json::value& element : value.get_array()) {
    const std::string place = fmt::format("{}[{}]", name, out.size());
    if (auto wrong = read_text(place, element, out.emplace_back())) return wrong;
  }
  return std::nullopt;
}

template <class T, std::size_t N>
Failure read_choice(std::string_view name, const json::value& value, T& out,
                    const std::array<std::pair<std::string_view, T>, N>& choices) {
  std::string text;
  if (auto wrong = read_text(name, value, text)) return wrong;
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) {
    words[i] = choices[i].first;
    if (text != words[i]) continue;
    out = choices[i].second;
    return std::nullopt;
  }
  return fmt::format("{}: expected {}, found {}{}", name, config::one_of(words),
                     config::quoted(text), config::suggestion(text, words));
}

std::vector<std::string>* targets(PurgeOrder& order, std::string_view name) {
  if (name == "urls") return &order.urls;
  if (name == "tags") return &order.tags;
  if (name == "prefixes") return &order.prefixes;
  if (name == "patterns") return &order.patterns;
  if (name == "namespaces") return &order.namespaces;
  return nullptr;
}

Failure read_member(std::string_view name, const json::value& value, PurgeOrder& order) {
  if (auto* list = targets(order, name)) return read_texts(name, value, *list);
  if (name == "host") return read_text(name, value, order.host);
  if (name == "mode") return read_choice(name, value, order.mode, kModes);
  if (name == "wait") return read_choice(name, value, order.wait, kWaits);
  if (name == "dry_run") {
    if (!value.is_bool()) {
      return fmt::format("dry_run: expected true or false, found {}", kind_of(value));
    }
    order.dry_run = value.get_bool();
    return std::nullopt;
  }
  return fmt::format("unknown member {}{}", config::quoted(name),
                     config::suggestion(name, kMembers));
}

template <class T, std::size_t N>
std::string word_of(T value, const std::array<std::pair<std::string_view, T>, N>& choices) {
  for (const auto& [word, meaning] : choices) {
    if (meaning == value) return std::string{word};
  }
  return {};
}

}  // namespace

boost::system::result<PurgeOrder, std::string> parse_purge_order(std::string_view text) {
  boost::system::error_code ec;
  const json::value root = json::parse({text.data(), text.size()}, ec);
  if (ec) return fmt::format("not JSON: {}", ec.message());
  if (!root.is_object()) return fmt::format("expected an object, found {}", kind_of(root));
  PurgeOrder order;
  for (const auto& [name, value] : root.get_object()) {
    if (auto wrong = read_member({name.data(), name.size()}, value, order)) return *wrong;
  }
  const std::size_t named = order.urls.size() + order.tags.size() + order.prefixes.size() +
                            order.patterns.size() + order.namespaces.size();
  if (named == 0) {
    return std::string{"nothing to purge: name urls, tags, prefixes, patterns or namespaces"};
  }
  if (named > kMostTargets) {
    return fmt::format("{} targets; one order has at most {}", named, kMostTargets);
  }
  return order;
}

std::string to_json(const PurgeOrder& order) {
  json::object root;
  const auto add = [&](std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json::array& list = root[{name.data(), name.size()}].emplace_array();
    for (const std::string& text : texts) list.emplace_back(text);
  };
  add("urls", order.urls);
  add("tags", order.tags);
  add("prefixes", order.prefixes);
  add("patterns", order.patterns);
  add("namespaces", order.namespaces);
  if (!order.host.empty()) root["host"] = order.host;
  root["mode"] = word_of(order.mode, kModes);
  root["wait"] = word_of(order.wait, kWaits);
  if (order.dry_run) root["dry_run"] = true;
  return json::serialize(root);
}

}  // namespace wf::admin
