// Stored parts of a representation (see policy/partial): as records, and as bodies.
#pragma once

#include <memory>
#include <vector>

#include "proxy/cache/record.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/partial.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/fill.hpp"

namespace wf::server {

[[nodiscard]] inline bool is_part(const cache::Record& record) noexcept {
  return record.kind == cache::RecordKind::Response && record.facts.status == 206;
}
[[nodiscard]] policy::Extent extent_of(const cache::Record& record);

/// Whether the stored response holds all that the request asks for: any whole one does.
[[nodiscard]] bool holds_enough(const cache::Record& record, const Request& request);

/// Appends `size` octets from `offset` on: slices, no byte is copied.
void append_slice(std::vector<Chunk>& out, const std::vector<Chunk>& body, std::uint64_t offset,
                  std::uint64_t size);

/// What one exchange has brought of a representation.
struct Piece {
  policy::Extent extent;
  OwnedFields fields;  ///< of the response, Date among them
  std::vector<Chunk> body;
};

/// The piece as a record: a 206, or the whole 200 if it is all.
[[nodiscard]] cache::Draft make_piece_record(Worker& worker, const FillOrder& order, Piece piece,
                                             policy::ExchangeTimes times);

/// The stored part and the new piece as one; nothing if they may not, or cannot, be combined.
[[nodiscard]] std::optional<Piece> combine(const cache::Record& stored, const Piece& piece);

}  // namespace wf::server
