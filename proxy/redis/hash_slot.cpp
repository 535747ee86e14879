#include "proxy/redis/hash_slot.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "proxy/base/ascii.hpp"

namespace wf::redis {
namespace {

/// Where the keys of a command stand.
enum class Keys : std::uint8_t {
  None,     ///< PING, TIME, PUBLISH: a channel is no key
  First,    ///< the first argument
  All,      ///< every argument
  Counted,  ///< their number is the second argument, they follow: EVAL
  Streams,  ///< the first half of what follows STREAMS
};

struct Form {
  std::string_view name;
  Keys keys;
};

// What is used here, in proxy/cache and in proxy/invalidation, and what an operator's tools need.
constexpr std::array kForms{
    Form{"AUTH", Keys::None},       Form{"CLIENT", Keys::None},     Form{"CLUSTER", Keys::None},
    Form{"CONFIG", Keys::None},     Form{"DEL", Keys::All},         Form{"ECHO", Keys::None},
    Form{"EVAL", Keys::Counted},    Form{"EVALSHA", Keys::Counted}, Form{"EXISTS", Keys::All},
    Form{"FCALL", Keys::Counted},   Form{"FUNCTION", Keys::None},   Form{"GET", Keys::First},
    Form{"GETRANGE", Keys::First},  Form{"HDEL", Keys::First},      Form{"HGET", Keys::First},
    Form{"HSET", Keys::First},      Form{"INFO", Keys::None},       Form{"LPUSH", Keys::First},
    Form{"MGET", Keys::All},        Form{"PEXPIRE", Keys::First},   Form{"PING", Keys::None},
    Form{"PTTL", Keys::First},      Form{"PUBLISH", Keys::None},    Form{"ROLE", Keys::None},
    Form{"SCRIPT", Keys::None},     Form{"SET", Keys::First},       Form{"STRLEN", Keys::First},
    Form{"TIME", Keys::None},       Form{"UNLINK", Keys::All},      Form{"XADD", Keys::First},
    Form{"XLEN", Keys::First},      Form{"XRANGE", Keys::First},    Form{"XREAD", Keys::Streams},
    Form{"XREVRANGE", Keys::First}, Form{"ZADD", Keys::First},      Form{"ZSCORE", Keys::First}};

const Form* form_of(std::string_view name) noexcept {
  const auto* found = std::find_if(kForms.begin(), kForms.end(), [name](const Form& form) {
    return ascii::iequals(form.name, name);
  });
  return found != kForms.end() ? found : nullptr;
}

Args counted_keys(Args args) {
  if (args.size() < 3) return {};
  const auto number = ascii::parse_uint(args[2]);
  if (!number || *number > args.size() - 3) return {};
  return args.subspan(3, static_cast<std::size_t>(*number));
}

Args stream_keys(Args args) {
  const auto word = std::find_if(args.begin(), args.end(), [](std::string_view arg) {
    return ascii::iequals(arg, "STREAMS");
  });
  if (word == args.end()) return {};
  const Args after = args.subspan(static_cast<std::size_t>(word - args.begin()) + 1);
  return after.first(after.size() / 2);
}

Args keys_of(Keys where, Args args) {
  switch (where) {
    case Keys::None:
      return {};
    case Keys::First:
      return args.size() > 1 ? args.subspan(1, 1) : Args{};
    case Keys::All:
      return args.subspan(1);
    case Keys::Counted:
      return counted_keys(args);
    case Keys::Streams:
      return stream_keys(args);
  }
  return {};
}

// CRC-16/XMODEM: polynomial 0x1021, nothing reflected, begins with 0.
constexpr std::array<std::uint16_t, 256> make_crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    }
    table[byte] = static_cast<std::uint16_t>(crc & 0xFFFFU);
  }
  return table;
}

std::uint16_t crc16(std::string_view text) noexcept {
  static constexpr auto kTable = make_crc_table();
  unsigned crc = 0;
  for (const char c : text) {
    const auto index = ((crc >> 8U) ^ static_cast<unsigned char>(c)) & 0xFFU;
    crc = ((crc << 8U) ^ kTable[index]) & 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc);
}

std::string_view hashed_part(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open == std::string_view::npos) return key;
  const auto close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

Error unroutable(std::string detail) {
  return {ErrorCode::Unsupported, Side::Self, Retry::No, std::move(detail)};
}

}  // namespace

HashSlot hash_slot(std::string_view key) noexcept {
  return static_cast<HashSlot>(crc16(hashed_part(key)) % kHashSlots);
}

Result<std::optional<HashSlot>> slot_of_command(Args args) {
  const Form* form = form_of(args[0]);
  if (form == nullptr) {
    return unroutable(std::string{args[0]} + ": where its keys stand is not known");
  }
  std::optional<HashSlot> slot;
  for (const std::string_view key : keys_of(form->keys, args)) {
    const HashSlot mine = hash_slot(key);
    if (slot.value_or(mine) != mine) {
      return unroutable(std::string{args[0]} + ": keys of several slots");
    }
    slot = mine;
  }
  return slot;
}

bool is_plain_read(Args args) noexcept {
  return ascii::iequals(args[0], "GET") || ascii::iequals(args[0], "GETRANGE");
}

}  // namespace wf::redis
