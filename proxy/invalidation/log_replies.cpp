#include "proxy/invalidation/log_replies.hpp"

#include <charconv>
#include <cmath>

#include "proxy/invalidation/log_scripts.hpp"

namespace wf::invalidation {

namespace {

using redis::Reply;

Error malformed(std::string_view what) {
  return {ErrorCode::Malformed, Side::Store, Retry::No,
          "purge log: an answer of another shape to " + std::string{what}};
}

template <class Number>
bool parse(std::string_view text, Number& out) noexcept {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

std::optional<Millis> parse_millis(const Reply& reply) noexcept {
  if (reply.type() == Reply::Type::Integer) return Millis{reply.integer()};
  std::int64_t count = 0;
  if (!parse(reply.text(), count)) return std::nullopt;
  return Millis{count};
}

std::optional<Birth> parse_birth(const Reply& reply) noexcept {
  Birth birth;
  if (!parse(reply.text(), birth.value)) return std::nullopt;
  return birth;
}

std::optional<Node> read_node(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 5) return std::nullopt;
  const auto birth = parse_birth(parts[1]);
  const auto position = parse_sequence(parts[2].text());
  const auto left = parse_millis(parts[3]);
  const auto lease = parse_millis(parts[4]);
  if (!birth || !position || !left || !lease) return std::nullopt;
  return Node{std::string{parts[0].text()}, {*birth, *position}, *left, *lease};
}

/// [id, [b, birth, f, flags, s, selector, …]]. An entry that is not ours has no birth, which no
/// table has either.
std::optional<LogEntry> read_entry(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 2) return std::nullopt;
  const auto sequence = parse_sequence(parts[0].text());
  if (!sequence) return std::nullopt;
  LogEntry entry;
  entry.sequence = *sequence;
  const auto fields = parts[1].elements();
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string_view name = fields[i].text();
    const Reply& value = fields[i + 1];
    if (name == "b") entry.birth = parse_birth(value).value_or(Birth{});
    if (name == "f") {
      entry.awaited = value.text().find(scripts::kAwaitedFlag) != std::string_view::npos;
      entry.refetch = value.text().find(scripts::kRefetchFlag) != std::string_view::npos;
    }
    if (name == "s") entry.selectors.emplace_back(value.text());
  }
  return entry;
}

/// ms * 1024 + n, which a double holds exactly.
std::optional<Sequence> parse_score(std::string_view text) noexcept {
  double score = 0;
  if (!parse(text, score) || score < 0 || score > 9.007199254740992e15) return std::nullopt;
  const auto whole = static_cast<std::uint64_t>(score);
  return Sequence{whole / scripts::kPerMilli, whole % scripts::kPerMilli};
}

}  // namespace

std::string to_text(const Sequence& sequence) {
  return std::to_string(sequence.ms) + "-" + std::to_string(sequence.n);
}

std::optional<Sequence> parse_sequence(std::string_view text) noexcept {
  const auto dash = text.find('-');
  Sequence sequence;
  if (dash == std::string_view::npos || !parse(text.substr(0, dash), sequence.ms) ||
      !parse(text.substr(dash + 1), sequence.n)) {
    return std::nullopt;
  }
  return sequence;
}

Result<FleetReply> read_fleet(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 4) return malformed("append");
  const auto birth = parse_birth(parts[0]);
  const auto sequence = parse_sequence(parts[1].text());
  const auto quiet = parse_millis(parts[2]);
  if (!birth || !sequence || !quiet) return malformed("append");
  FleetReply out{*birth, *sequence, *quiet, {}};
  for (const Reply& element : parts[3].elements()) {
    auto node = read_node(element);
    if (!node) return malformed("nodes");
    out.nodes.push_back(std::move(*node));
  }
  return out;
}

Result<CatchUpReply> read_catch_up(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 6) return malformed("catch_up");
  const auto birth = parse_birth(parts[0]);
  const auto seconds = parse_millis(parts[2]);
  const auto micros = parse_millis(parts[3]);
  const auto lease = parse_millis(parts[4]);
  if (!birth || !seconds || !micros || !lease) return malformed("catch_up");
  CatchUpReply out;
  out.birth = *birth;
  out.reload = parts[1].integer() == 0;
  out.time = UnixTime{*seconds * 1000 + *micros / 1000};
  out.lease = *lease;
  for (const Reply& element : parts[5].elements()) {
    auto entry = read_entry(element);
    if (!entry) return malformed("catch_up");
    out.entries.push_back(std::move(*entry));
  }
  return out;
}

Result<ReloadReply> read_reload(const Reply& reply) {
  const auto parts = reply.elements();
  if (parts.size() != 4) return malformed("reload");
  const auto birth = parse_birth(parts[0]);
  const auto tail = parse_sequence(parts[1].text());
  if (!birth || !tail) return malformed("reload");
  ReloadReply out{*birth, *tail, std::string{parts[2].text()}, {}};
  const auto page = parts[3].elements();
  for (std::size_t i = 0; i + 1 < page.size(); i += 2) {
    const auto newest = parse_score(page[i + 1].text());
    if (!newest) return malformed("reload");
    out.page.push_back({std::string{page[i].text()}, *newest});
  }
  return out;
}

}  // namespace wf::invalidation
