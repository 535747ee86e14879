#include "proxy/cache/name_memo.hpp"

#include <algorithm>
#include <stdexcept>

namespace wf::cache {

RecordName::RecordName(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
  if (text.size() > kLongest) throw std::length_error("a name in Redis");
  std::copy(text.begin(), text.end(), text_.begin());
}

RecordName NameMemo::of(std::string_view key, std::string_view variant) {
  if (places_.empty()) places_.resize(kPlaces);
  const std::uint64_t hash =
      lookup_key(key).hash ^ (variant.empty() ? 0 : lookup_key(variant).hash);
  Place& place = places_[hash % kPlaces];
  // The hash chooses a place, the texts say whether the name there is theirs (SEC-16).
  const bool known = !place.name.view().empty() && place.key == key && place.variant == variant;
  if (known) return place.name;
  const RecordName name{keys_.record(slot_of(key, variant))};
  if (key.size() + variant.size() <= kLongestText) {
    place.key = key;
    place.variant = variant;
    place.name = name;
  }
  return name;
}

}  // namespace wf::cache
