// Two hashes of a key's canonical text: a fast one for memory, a strong one for names in Redis.
// Neither is proof of identity: whoever finds a record compares the text (SEC-16).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wf::cache {

/// What a record is looked up by in memory. `text` is the canonical text of the resource followed
/// by that of the variant (see `slot_text`); a view, so its bytes must outlive the call it is given
/// to.
struct LookupKey {
  std::string_view text;
  std::uint64_t hash = 0;
};

/// Hashed with a seed that this process drew by chance, so that no client can aim at one bucket.
/// The hash means nothing outside this process. Never allocates.
[[nodiscard]] LookupKey lookup_key(std::string_view text) noexcept;

/// The first 128 bits of SHA-256: 32 lower-case hexadecimal digits, equal in every process.
struct KeyHash {
  std::string hex;
  bool operator==(const KeyHash&) const = default;
};
[[nodiscard]] KeyHash key_hash(std::string_view text);

/// All of SHA-256, in lower-case hexadecimal: for a text that stands for another one in a key.
[[nodiscard]] std::string digest(std::string_view text);

}  // namespace wf::cache
