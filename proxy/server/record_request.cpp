#include "proxy/server/record_request.hpp"

#include "proxy/policy/key.hpp"
#include "proxy/policy/vary.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

/// Keyed headers and cookies, and what Vary names; what stands in both, once.
std::optional<OwnedFields> fields_of(const policy::DecodedKey& key, const cache::Record& record) {
  auto fields = policy::fields_of_variant(record.vary(), record.variant());
  if (!fields) return std::nullopt;
  for (const Field& header : key.headers) {
    if (!has_field(views(*fields), header.name)) {
      fields->push_back({std::string{header.name}, std::string{header.value}});
    }
  }
  std::string cookies;
  for (const Field& cookie : key.cookies) {
    if (!cookies.empty()) cookies += "; ";
    cookies.append(cookie.name).append("=").append(cookie.value);
  }
  if (!cookies.empty()) fields->push_back({"Cookie", std::move(cookies)});
  return fields;
}

}  // namespace

RecordRequest::RecordRequest(const std::shared_ptr<const Footing>& footing, cache::RecordPtr record)
    : record_(std::move(record)) {
  const auto key = policy::decode_key(record_->key());
  if (!key || key->parts.method_class != "GET" || is_part(*record_)) return;
  const policy::KeyParts& parts = key->parts;
  auto fields = fields_of(*key, *record_);
  const auto host = policy::parse_host(parts.host, host_);
  if (!fields || !host) return;
  const policy::RouteMatch route = footing->routes().match(host->host, "GET", parts.path);
  if (route.route == nullptr || !route.route->cache || route.route->name != parts.name_space) {
    return;
  }
  fields_ = std::move(*fields);
  scheme_ = parts.scheme;
  keys_.key = record_->key();
  keys_.variant = record_->variant();
  keys_.set_variant();
  head_.method = policy::Method::Get;
  head_.method_text = "GET";
  head_.target.path = parts.path;
  head_.target.query = parts.query;
  head_.target.has_query = parts.has_query;
  head_.host = *host;
  head_.fields = views(fields_);
  request_.emplace(Request{head_,
                           parts.host,
                           head_.target,
                           policy::request_facts(head_.method, head_.fields, false),
                           route,
                           {},
                           "GET",
                           footing});
}

}  // namespace wf::server
