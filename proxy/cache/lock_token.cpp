#include "proxy/cache/lock_token.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <openssl/rand.h>

#include "proxy/base/ascii.hpp"

namespace wf::cache {
namespace {

EntityId random_id() {
  EntityId id{};
  if (RAND_bytes(id.data(), static_cast<int>(id.size())) != 1) {
    throw std::runtime_error("no randomness for identities");
  }
  return id;
}

// Sequences use all 64 bits, and a number has one spelling only.
std::optional<std::uint64_t> number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return value;
}

std::string_view until(std::string_view& rest, char separator) noexcept {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

bool is_token(std::string_view text) noexcept {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::hex_value(c) >= 0 && ascii::lower(c) == c;
         });
}

}  // namespace

LockToken new_lock_token(const Stamp& as_of) {
  const EntityId id = random_id();
  return {ascii::hex(std::string(id.begin(), id.end())), as_of};
}

EntityId new_entity_id() {
  EntityId id = random_id();
  while (id == EntityId{}) id = random_id();
  return id;
}

std::string lock_value(const LockToken& token) {
  const Sequence& sequence = token.as_of.sequence;
  return token.token + ':' + std::to_string(token.as_of.birth.value) + ':' +
         std::to_string(sequence.ms) + '-' + std::to_string(sequence.n);
}

std::optional<LockToken> parse_lock_value(std::string_view value) {
  const std::string_view token = until(value, ':');
  const auto birth = number(until(value, ':'));
  const auto ms = number(until(value, '-'));
  const auto n = number(value);
  if (!is_token(token) || !birth || !ms || !n) return std::nullopt;
  return LockToken{std::string{token}, {{*birth}, {*ms, *n}}};
}

}  // namespace wf::cache
