#include "config/wording.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::size_t kLongestQuote = 60;  // bytes shown of a value
constexpr std::size_t kLongestWord = 40;   // longer words are not compared

/// The optimal string alignment distance: insert, delete, replace, swap neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  std::size_t used = 0;
  for (const char c : text) {
    // A multi-byte character is not cut in two.
    if (used++ >= kLongestQuote && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      return out + "…\"";
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestWord) return {};
  const std::string wanted = ascii::to_lower(word);
  // A third of the letters may differ, at least one: "tll" is near "ttl", "grace" is not.
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(wanted, ascii::to_lower(candidate));
    if (d < best && d < candidate.size()) {
      best = d;
      nearest = candidate;
    }
  }
  return nearest.empty() ? std::string{} : fmt::format(" (did you mean {}?)", quoted(nearest));
}

std::string one_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace wf::config
