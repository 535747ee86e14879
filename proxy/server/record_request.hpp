// The request that a stored response answers, as far as the record tells it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/server/exchange.hpp"
#include "proxy/server/shared.hpp"

namespace wf::server {

/// A GET with the fields that the route keys on and those that Vary names, in their normal form;
/// nothing else of what the client said is known. Not moved: `request` is full of views.
class RecordRequest {
 public:
  /// As the routes of `footing` have it.
  RecordRequest(const std::shared_ptr<const Footing>& footing, cache::RecordPtr record);
  RecordRequest(const RecordRequest&) = delete;
  RecordRequest& operator=(const RecordRequest&) = delete;

  /// Null: it cannot be told. A QUERY's content is not kept, another route may have taken the
  /// place, and of a part nobody knows which range was asked for.
  [[nodiscard]] const Request* request() const noexcept { return request_ ? &*request_ : nullptr; }
  [[nodiscard]] Asker asker() const noexcept { return {keys_, {}, {}, scheme_, false}; }
  [[nodiscard]] const cache::RecordPtr& record() const noexcept { return record_; }

 private:
  const cache::RecordPtr record_;
  Keys keys_;
  OwnedFields fields_;
  std::string host_;  // scratch
  std::string_view scheme_;
  message::RequestHead head_;
  std::optional<Request> request_;
};

}  // namespace wf::server
