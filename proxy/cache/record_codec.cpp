#include "proxy/cache/record_codec.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "proxy/cache/chunk_map.hpp"

namespace wf::cache {
namespace {

constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kFixedBytes = 152;
static_assert(kFixedBytes + kChecksumBytes == kRecordOverhead);

constexpr std::uint8_t kMustRevalidate = 1;
constexpr std::uint8_t kNoCache = 2;
constexpr std::uint8_t kHasValidator = 4;
constexpr std::uint8_t kAllFlags = kMustRevalidate | kNoCache | kHasValidator;

// Times beyond this are nobody's (2^45 ms are a thousand years), and sums of those within cannot
// overflow.
constexpr std::int64_t kLongest = std::int64_t{1} << 45U;

// A list's element takes eight times as much memory as its length on the wire; no list that a head
// can carry comes near this.
constexpr std::uint64_t kLongestList = 256 * 1024;

std::uint64_t checksum(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

class Writer {
 public:
  explicit Writer(std::size_t size) { out_.reserve(size); }

  template <class Integer>
  void number(Integer value) {
    using Unsigned = std::make_unsigned_t<Integer>;
    auto rest = static_cast<std::uint64_t>(static_cast<Unsigned>(value));
    for (std::size_t i = 0; i < sizeof(Integer); ++i, rest >>= 8U) {
      out_.push_back(static_cast<char>(rest & 0xFFU));
    }
  }
  void time(Millis value) { number(std::int64_t{value.count()}); }
  void length(std::size_t value) { number(static_cast<std::uint32_t>(value)); }
  void text(std::string_view value) { out_.append(value); }
  void list(const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      length(value.size());
      text(value);
    }
  }
  [[nodiscard]] std::string finish() && {
    number(checksum(out_));
    return std::move(out_);
  }

 private:
  std::string out_;
};

// Reads past the end give zeros and are remembered, so that one look at the end is enough.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class Integer>
  Integer number() noexcept {
    std::uint64_t value = 0;
    const std::string_view bytes = text(sizeof(Integer));
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return static_cast<Integer>(value);
  }
  Millis time() noexcept {
    const auto count = number<std::int64_t>();
    if (count > kLongest || count < -kLongest) sound_ = false;
    return sound_ ? Millis{count} : Millis{0};
  }
  std::string_view text(std::uint64_t length) noexcept {
    if (length > rest_.size()) {
      sound_ = false;
      return {};
    }
    const std::string_view out = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(out.size());
    return out;
  }
  std::vector<std::string> list(std::uint64_t length) {
    if (length > kLongestList) sound_ = false;
    Reader inner{sound_ ? text(length) : std::string_view{}};
    std::vector<std::string> out;
    while (inner.sound_ && !inner.rest_.empty()) {
      out.emplace_back(inner.text(inner.number<std::uint32_t>()));
    }
    sound_ = sound_ && inner.sound_;
    return out;
  }
  /// Everything was there, and nothing is left.
  [[nodiscard]] bool complete() const noexcept { return sound_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

std::size_t list_bytes(const std::vector<std::string>& values) noexcept {
  std::size_t sum = 0;
  for (const std::string& value : values) sum += sizeof(std::uint32_t) + value.size();
  return sum;
}

/// What of the body is encoded: chunk 0 where the others lie in keys of their own.
std::vector<std::string_view> inline_body(const Record& record, const EntityId& body_id) {
  std::uint64_t room = body_id == EntityId{} ? UINT64_MAX : kInlineBody;
  const BodyView body = record.body();
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < body.pieces(); ++i) {
    const std::string_view piece = body[i].substr(0, std::min<std::uint64_t>(room, body[i].size()));
    room -= piece.size();
    if (!piece.empty()) pieces.push_back(piece);
  }
  return pieces;
}

std::uint64_t size_of(const std::vector<std::string_view>& pieces) noexcept {
  std::uint64_t sum = 0;
  for (const std::string_view piece : pieces) sum += piece.size();
  return sum;
}

void write_id(Writer& out, const EntityId& id) {
  for (const std::uint8_t byte : id) out.number(byte);
}

void read_id(Reader& in, EntityId& id) noexcept {
  const std::string_view bytes = in.text(id.size());
  std::copy(bytes.begin(), bytes.end(), id.begin());
}

/// Whether a record can hold so much of its body: all, chunk 0, or nothing of one that arrives.
bool can_be(std::uint64_t inlined, const Record::Parts& record) noexcept {
  if (record.body_id == EntityId{}) return inlined == record.body_size;
  return record.body_size > kInlineBody && (inlined == kInlineBody || inlined == 0);
}

std::uint8_t flags_of(const policy::StoredFacts& facts) noexcept {
  unsigned flags = 0;
  if (facts.must_revalidate) flags |= kMustRevalidate;
  if (facts.no_cache) flags |= kNoCache;
  if (facts.has_validator) flags |= kHasValidator;
  return static_cast<std::uint8_t>(flags);
}

std::optional<RecordKind> kind_of(std::uint8_t byte) noexcept {
  for (const RecordKind kind :
       {RecordKind::Response, RecordKind::VaryIndex, RecordKind::Uncacheable}) {
    if (byte == static_cast<std::uint8_t>(kind)) return kind;
  }
  return std::nullopt;
}

void write_facts(Writer& out, const policy::StoredFacts& facts) {
  out.time(facts.born.time_since_epoch());
  out.time(facts.initial_age);
  out.time(facts.lifetime);
  out.time(facts.stale_while_revalidate);
  out.time(facts.stale_if_error);
  out.time(facts.grace);
}

void read_facts(Reader& in, policy::StoredFacts& facts) noexcept {
  facts.born = UnixTime{in.time()};
  facts.initial_age = in.time();
  facts.lifetime = in.time();
  facts.stale_while_revalidate = in.time();
  facts.stale_if_error = in.time();
  facts.grace = in.time();
}

void write_stamp(Writer& out, const Stamp& stamp) {
  out.number(stamp.birth.value);
  out.number(stamp.sequence.ms);
  out.number(stamp.sequence.n);
}

Stamp read_stamp(Reader& in) noexcept {
  Stamp stamp;
  stamp.birth.value = in.number<std::uint64_t>();
  stamp.sequence.ms = in.number<std::uint64_t>();
  stamp.sequence.n = in.number<std::uint64_t>();
  return stamp;
}

Error malformed(std::string_view what) {
  return {ErrorCode::Malformed, Side::Store, Retry::No, "stored record: " + std::string{what}};
}

/// The record as views into the encoded bytes; nothing: they make none.
std::optional<Record::Parts> parse(std::string_view bytes) {
  Reader in{bytes.substr(kRecordPrefix.size())};
  const auto kind = kind_of(in.number<std::uint8_t>());
  const auto flags = in.number<std::uint8_t>();
  if (!kind || (flags & ~kAllFlags) != 0) return std::nullopt;

  Record::Parts record;
  record.kind = *kind;
  read_id(in, record.id);
  record.as_of = read_stamp(in);
  record.facts.status = in.number<std::uint32_t>();
  record.facts.must_revalidate = (flags & kMustRevalidate) != 0;
  record.facts.no_cache = (flags & kNoCache) != 0;
  record.facts.has_validator = (flags & kHasValidator) != 0;
  const auto key_length = in.number<std::uint32_t>();
  read_facts(in, record.facts);
  const auto variant_length = in.number<std::uint32_t>();
  const auto vary_length = in.number<std::uint32_t>();
  const auto tags_length = in.number<std::uint32_t>();
  const auto head_length = in.number<std::uint32_t>();
  record.body_size = in.number<std::uint64_t>();
  const auto inlined = in.number<std::uint64_t>();
  read_id(in, record.body_id);
  record.key = in.text(key_length);
  record.variant = in.text(variant_length);
  record.vary = in.list(vary_length);
  record.tags = in.list(tags_length);
  record.head = in.text(head_length);
  record.inlaid = BodyView{in.text(inlined)};
  if (!in.complete() || !can_be(inlined, record)) return std::nullopt;
  return record;
}

// Sharing saves the copy of a large body; for a small one it would keep the key and the head in
// memory twice, or the spare capacity that the reply was read into. What is not shared is inlaid.
bool worth_sharing(const std::string& bytes, std::size_t body) noexcept {
  return body > 0 && bytes.capacity() - body <= body / 8;
}

}  // namespace

std::string encode(const Record& record) { return encode(record, record.body_id()); }

std::string encode(const Record& record, const EntityId& body_id) {
  const std::vector<std::string_view> body = inline_body(record, body_id);
  const std::size_t vary = list_bytes(record.vary());
  const std::size_t tags = list_bytes(record.tags());
  Writer out{kRecordOverhead + record.slot().size() + vary + tags + record.head().size() +
             static_cast<std::size_t>(size_of(body))};
  out.text(kRecordPrefix);
  out.number(static_cast<std::uint8_t>(record.kind));
  out.number(flags_of(record.facts));
  write_id(out, record.id);
  write_stamp(out, record.as_of);
  out.number(std::uint32_t{record.facts.status});
  out.length(record.key().size());
  write_facts(out, record.facts);
  out.length(record.variant().size());
  out.length(vary);
  out.length(tags);
  out.length(record.head().size());
  out.number(body_id == EntityId{} ? size_of(body) : record.body_size);
  out.number(size_of(body));
  write_id(out, body_id);
  out.text(record.key());
  out.text(record.variant());
  out.list(record.vary());
  out.list(record.tags());
  out.text(record.head());
  for (const std::string_view piece : body) out.text(piece);
  return std::move(out).finish();
}

Result<RecordPtr> decode(std::string bytes) { return decode_from(bytes); }

Result<RecordPtr> decode_from(std::string& bytes) {
  if (bytes.size() < kRecordOverhead) return malformed("too short");
  if (!bytes.starts_with(kRecordPrefix)) return malformed("not a record of this version");
  const std::string_view covered = std::string_view{bytes}.substr(0, bytes.size() - kChecksumBytes);
  Reader trailer{std::string_view{bytes}.substr(covered.size())};
  if (trailer.number<std::uint64_t>() != checksum(covered)) return malformed("checksum");

  std::optional<Record::Parts> parts = parse(covered);
  if (!parts) return malformed("fields, lengths or times that cannot be");
  const std::size_t body = parts->inlaid.size();
  if (!worth_sharing(bytes, body)) return Record::make(std::move(*parts));
  // The texts are views into bytes that move from one owner to another, but stay where they are.
  const auto owner = std::make_shared<const std::string>(std::exchange(bytes, {}));
  const std::string_view view = std::exchange(parts->inlaid, {})[0];
  parts->chunks.emplace_back(std::shared_ptr<const char[]>{owner, owner->data()}, view);
  return Record::make(std::move(*parts));
}

}  // namespace wf::cache
