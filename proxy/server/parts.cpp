#include "proxy/server/parts.hpp"

#include <algorithm>

#include "proxy/message/write.hpp"
#include "proxy/server/fill_record.hpp"

namespace wf::server {

namespace {

/// One piece after the other, the octets of the second that the first has already left out.
std::vector<Chunk> joined(const policy::Extent& first, const std::vector<Chunk>& first_body,
                          const policy::Extent& second, const std::vector<Chunk>& second_body) {
  std::vector<Chunk> out = first_body;
  if (second.end() > first.end()) {
    append_slice(out, second_body, first.end() - second.first, second.end() - first.end());
  }
  return out;
}

}  // namespace

policy::Extent extent_of(const cache::Record& record) {
  if (!is_part(record)) return policy::whole_extent(record.body_size);
  const std::vector<Field> stored = cache::head_fields(record);
  return policy::stored_extent(record.facts.status, stored, record.body_size);
}

bool holds_enough(const cache::Record& record, const Request& request) {
  if (!is_part(record)) return true;
  if (request.method() != policy::Method::Get || !request.facts.range) return false;
  const std::vector<Field> stored = cache::head_fields(record);
  return policy::ranges_within(extent_of(record), request.facts.fields, stored).outcome ==
         policy::RangeOutcome::Satisfiable;
}

void append_slice(std::vector<Chunk>& out, const std::vector<Chunk>& body, std::uint64_t offset,
                  std::uint64_t size) {
  std::uint64_t at = 0;
  for (const Chunk& chunk : body) {
    const std::uint64_t from = std::max(offset, at);
    const std::uint64_t to = std::min(offset + size, at + chunk.size());
    if (from < to) out.push_back(chunk.slice(from - at, to - from));
    at += chunk.size();
  }
}

cache::Draft make_piece_record(Worker& worker, const FillOrder& order, Piece piece,
                               policy::ExchangeTimes times) {
  const std::vector<Field> received = views(piece.fields);
  const std::vector<Field> fields = policy::without_content_range(received);
  const bool whole = piece.extent.is_whole();
  cache::Draft begun =
      begin_record(worker, order, policy::response_facts(whole ? 200 : 206, fields), times);
  if (!whole) {
    std::string range;
    policy::append_content_range(piece.extent, range);
    static_cast<void>(message::append_field(begun.head, "Content-Range", range));
  }
  return complete_record(begun, std::move(piece.body));
}

std::optional<Piece> combine(const cache::Record& stored, const Piece& piece) {
  if (!cache::is_whole(stored)) return std::nullopt;  // most of it lies in Redis
  const std::vector<Field> fields = stored_fields(stored);
  const std::vector<Field> received = views(piece.fields);
  if (!policy::may_combine(fields, received)) return std::nullopt;
  const policy::Extent held = extent_of(stored);
  const auto extent = policy::combined_extent(held, piece.extent);
  if (!extent) return std::nullopt;
  Piece out{*extent, policy::combined_fields(fields, received), {}};
  out.body = held.first <= piece.extent.first
                 ? joined(held, cache::chunks_of(stored), piece.extent, piece.body)
                 : joined(piece.extent, piece.body, held, cache::chunks_of(stored));
  return out;
}

}  // namespace wf::server
