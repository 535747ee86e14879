#include "proxy/upstream/address_book.hpp"

#include <algorithm>

#include "proxy/base/clock.hpp"

namespace wf::upstream {

namespace {

// A failed look-up is tried again sooner than a good one, but not by every request.
constexpr milliseconds kRetryInterval{1000};

bool is_name(const config::Address& address) {
  boost::system::error_code not_literal;
  net::asio::ip::make_address(address.host, not_literal);
  return address.unix_path.empty() && not_literal;
}

}  // namespace

AddressBook::AddressBook(const config::Upstream& settings, Balancer& balancer,
                         net::TaskGroup& tasks)
    : settings_(settings), balancer_(balancer), tasks_(tasks) {
  for (const config::Server& server : settings.servers) {
    entries_.push_back(Entry{server.address, {}});
  }
}

bool AddressBook::ready_now(TimePoint now) {
  refresh_if_due(now);
  return !balancer_.empty();
}

net::Task<Result<void>> AddressBook::ready(TimePoint now) {
  refresh_if_due(now);
  const TimePoint give_up = now + settings_.connect_timeout;
  while (balancer_.empty() && refreshing_ && timer_now() < give_up) {
    co_await changed_.wait(changed_.epoch(), give_up);
  }
  if (balancer_.empty()) co_return no_address();
  co_return Result<void>{};
}

Error AddressBook::no_address() const {
  if (last_error_) return *last_error_;
  return {ErrorCode::Timeout, Side::Upstream, Retry::Safe, "looking up the origin's name"};
}

void AddressBook::refresh_if_due(TimePoint now) {
  if (refreshing_ || !due_ || now < *due_) return;
  tasks_.spawn(refresh());
}

/// However a look-up ends, another may follow, and who waits looks again.
struct AddressBook::Refreshing {
  AddressBook& book;
  explicit Refreshing(AddressBook& of) noexcept : book(of) { book.refreshing_ = true; }
  Refreshing(const Refreshing&) = delete;
  Refreshing& operator=(const Refreshing&) = delete;
  ~Refreshing() {
    book.refreshing_ = false;
    book.changed_.notify_all();
  }
};

net::Task<void> AddressBook::refresh() {
  const Refreshing refreshing{*this};
  std::optional<Error> failure;
  for (Entry& entry : entries_) {
    Result<std::vector<Endpoint>> found = co_await net::resolve(entry.address, Side::Upstream);
    if (found) {
      entry.endpoints = std::move(*found);
      publish();
    } else {
      failure = found.error();
    }
  }
  last_error_ = failure;
  const bool names = std::any_of(entries_.begin(), entries_.end(),
                                 [](const Entry& e) { return is_name(e.address); });
  due_.reset();
  if (names) {
    const milliseconds soon = std::min(kRetryInterval, settings_.resolve_interval);
    due_ = timer_now() + (failure ? soon : settings_.resolve_interval);
  }
}

void AddressBook::publish() {
  std::vector<Endpoint> all;
  for (const Entry& entry : entries_) {
    all.insert(all.end(), entry.endpoints.begin(), entry.endpoints.end());
  }
  balancer_.replace(all);
  changed_.notify_all();
}

}  // namespace wf::upstream
