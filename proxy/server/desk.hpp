// What a request needs and an idle connection does not: buffers, parser, texts, log entry.
//
// A connection takes a desk when bytes have come and gives it back when it waits for the next
// request. So idle connections are small, the few desks in use stay in the processor's cache, and
// a request on a warm worker allocates nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/pace.hpp"
#include "proxy/net/read_buffer.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/server/request.hpp"

namespace wf::server {

/// The texts under which an answer is stored. Kept for the strings' capacity.
struct Keys {
  std::string key;      ///< canonical tuple of the resource
  std::string variant;  ///< of the variant, once its Vary names are known; else empty
  std::string slot;     ///< key + variant: what stores and fills are asked for
  std::vector<Field> headers;
  std::vector<Field> cookies;
  std::string query;  ///< scratch of the query rule
  std::string extra;  ///< scratch of the fields that differ from hit to hit

  void set_key_only() {
    variant.clear();
    slot = key;
  }
  void set_variant() { slot.assign(key).append(variant); }
};

/// The rules, and what they are views of.
struct DeskRules {
  message::RequestRules rules;
  std::shared_ptr<const config::Config> config{};  ///< null: they refer to nothing
};

struct Desk {
  explicit Desk(const DeskRules& from) : config(from.config), reader(from.rules) {}

  std::shared_ptr<const config::Config> config;  // of the reader's rules
  message::RequestReader reader;
  net::ReadBuffer head_bytes;
  net::ReadBuffer body_bytes;  // only of requests with a body
  std::string ahead;           // what of a body was read ahead
  net::Pace body_pace{net::milliseconds{0}, Bytes{}};
  Keys keys;
  std::optional<Request> request;  // views into all of these
  SteadyTime began{};              // when its head was there
  observe::AccessEntry log;
};

/// The desks of one listener on one worker; used on its thread only.
class DeskStock {
 public:
  /// So many are kept for the next ones who need one.
  static constexpr std::size_t kMostSpare = 64;

  explicit DeskStock(message::RequestRules rules) : rules_{std::move(rules)} {}
  explicit DeskStock(DeskRules rules) : rules_(std::move(rules)) {}
  /// For the desks that are taken from now on.
  void replace(DeskRules rules);

  /// Its buffers are empty and its reader stands before a message.
  [[nodiscard]] std::unique_ptr<Desk> take();
  void give_back(std::unique_ptr<Desk> desk) noexcept;
  [[nodiscard]] const message::RequestRules& rules() const noexcept { return rules_.rules; }

 private:
  DeskRules rules_;
  std::vector<std::unique_ptr<Desk>> spare_;
};

}  // namespace wf::server
