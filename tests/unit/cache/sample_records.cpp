#include "tests/unit/cache/sample_records.hpp"

namespace wf::cache::testing {

Draft response_draft(std::string key, std::size_t body_size) {
  Draft record;
  record.key = std::move(key);
  record.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body_size) + "\r\n";
  if (body_size > 0) record.body.push_back(Chunk::copy_of(std::string(body_size, 'b')));
  record.body_size = body_size;
  record.id.fill(1);
  record.facts.lifetime = Millis{60'000};
  return record;
}

RecordPtr response(std::string key, std::size_t body_size) {
  return Record::make(response_draft(std::move(key), body_size));
}

std::size_t below(Chance& chance, std::size_t most) {
  return std::uniform_int_distribution<std::size_t>{0, most}(chance);
}

std::string random_text(Chance& chance, std::size_t longest) {
  std::string text(below(chance, longest), '\0');
  for (char& c : text) c = static_cast<char>(below(chance, 255));
  return text;
}

namespace {

std::vector<std::string> random_list(Chance& chance) {
  std::vector<std::string> list(below(chance, 4));
  for (std::string& text : list) text = random_text(chance, 20);
  return list;
}

Millis random_time(Chance& chance) {
  return Millis{std::uniform_int_distribution<std::int64_t>{-1, std::int64_t{1} << 44U}(chance)};
}

policy::StoredFacts random_facts(Chance& chance) {
  policy::StoredFacts facts;
  facts.status = static_cast<unsigned>(below(chance, 599));
  facts.born = UnixTime{random_time(chance)};
  facts.initial_age = random_time(chance);
  facts.lifetime = random_time(chance);
  facts.stale_while_revalidate = random_time(chance);
  facts.stale_if_error = random_time(chance);
  facts.grace = random_time(chance);
  facts.must_revalidate = below(chance, 1) == 1;
  facts.no_cache = below(chance, 1) == 1;
  facts.has_validator = below(chance, 1) == 1;
  return facts;
}

}  // namespace

Draft random_draft(Chance& chance) {
  Draft record;
  record.kind = static_cast<RecordKind>(below(chance, 2));
  record.key = random_text(chance, 80);
  record.variant = random_text(chance, 30);
  for (std::uint8_t& byte : record.id) byte = static_cast<std::uint8_t>(below(chance, 255));
  record.as_of = {{chance()}, {chance(), chance()}};
  record.facts = random_facts(chance);
  record.vary = random_list(chance);
  record.tags = random_list(chance);
  record.head = random_text(chance, 200);
  for (std::size_t chunks = below(chance, 3); chunks > 0; --chunks) {
    record.body.push_back(Chunk::copy_of(random_text(chance, 3000)));
    record.body_size += record.body.back().size();
  }
  return record;
}

RecordPtr random_record(Chance& chance) { return Record::make(random_draft(chance)); }

std::string body_of(const Record& record) {
  std::string body;
  const BodyView view = record.body();
  for (std::size_t i = 0; i < view.pieces(); ++i) body += view[i];
  return body;
}

bool equal(const Record& a, const Record& b) {
  return a.kind == b.kind && a.key() == b.key() && a.variant() == b.variant() && a.id == b.id &&
         a.as_of == b.as_of && a.facts == b.facts && a.vary() == b.vary() && a.tags() == b.tags() &&
         a.head() == b.head() && a.body_size == b.body_size && body_of(a) == body_of(b);
}

}  // namespace wf::cache::testing
