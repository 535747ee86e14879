// Records for tests, simple or drawn by chance.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "proxy/cache/record.hpp"

namespace wf::cache::testing {

/// A response whose body is `body_size` bytes.
[[nodiscard]] Draft response_draft(std::string key, std::size_t body_size);
[[nodiscard]] RecordPtr response(std::string key, std::size_t body_size);

using Chance = std::mt19937_64;
/// 0 … most.
[[nodiscard]] std::size_t below(Chance& chance, std::size_t most);
[[nodiscard]] std::string random_text(Chance& chance, std::size_t longest);
/// Every member drawn by chance, bodies of up to three chunks.
[[nodiscard]] Draft random_draft(Chance& chance);
[[nodiscard]] RecordPtr random_record(Chance& chance);

[[nodiscard]] std::string body_of(const Record& record);
/// Every member but `checked`; bodies by their bytes.
[[nodiscard]] bool equal(const Record& a, const Record& b);

}  // namespace wf::cache::testing
