#include "proxy/server/tags.hpp"

#include <algorithm>

#include "proxy/message/json_members.hpp"
#include "proxy/policy/tags.hpp"

namespace wf::server {

namespace {

policy::PathParams params_of(const TagOrder& order) {
  policy::PathParams params;
  for (const OwnedField& param : order.params) params.push(param.name, param.value);
  return params;
}

/// Whether the template waits for the body.
bool needs_body(const policy::TextTemplate& text) {
  return !text.names(policy::ValueSource::Response).empty();
}

void add(std::string tag, std::vector<std::string>& tags) {
  if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
}

/// The templates that do, or do not, need the body.
enum class Needing : std::uint8_t { Head, Body };

policy::Expanded expand(const std::vector<policy::TextTemplate>& templates,
                        const policy::TemplateValues& values, Needing needing) {
  policy::Expanded out;
  for (const policy::TextTemplate& text : templates) {
    if (needs_body(text) != (needing == Needing::Body)) continue;
    const auto tag = text.expand(values, policy::ValueForm::Tag);
    if (tag) {
      add(policy::normal_tag(*tag), out.texts);
    } else {
      ++out.missing;
    }
  }
  return out;
}

}  // namespace

TagOrder tag_order(const Request& request, std::string_view scheme) {
  TagOrder order;
  order.templates = request.route.templates;
  for (const auto& param : request.route.params.all()) {
    order.params.push_back({std::string{param.name}, std::string{param.value}});
  }
  order.query = request.target.query;
  order.origin.append(scheme).append("://").append(request.authority);
  return order;
}

bool tags_in_body(const policy::RouteTemplates& templates) {
  return !templates.tag_members.empty();
}

policy::Expanded tags_of_head(const TagOrder& order, FieldSpan request, FieldSpan response) {
  const policy::PathParams params = params_of(order);
  policy::Expanded out =
      expand(order.templates->tags, {params, order.query, request}, Needing::Head);
  policy::append_response_tags(response, order.origin, out.texts);
  return out;
}

void add_tags_of_body(Worker& worker, const TagOrder& order, FieldSpan request,
                      const std::vector<Chunk>& body, std::vector<std::string>& tags) {
  if (!tags_in_body(*order.templates)) return;
  std::string text;
  for (const Chunk& chunk : body) text += chunk.view();
  const OwnedFields members = message::json_scalars(text, order.templates->tag_members);
  const std::vector<Field> found = views(members);
  const policy::PathParams params = params_of(order);
  policy::Expanded more =
      expand(order.templates->tags, {params, order.query, request, {}, found}, Needing::Body);
  add_tags(more.texts, tags);
  worker.tally().missing_values.add(more.missing);
}

void add_tags(const std::vector<std::string>& more, std::vector<std::string>& tags) {
  for (const std::string& tag : more) add(tag, tags);
}

std::uint64_t largest_stored(const Shared& shared, const policy::RouteMatch& route) {
  const auto& cache = route.route->cache;
  const Bytes most = cache ? cache->max_object_size.value_or(shared.config->store.max_object_size)
                           : shared.config->store.max_object_size;
  // Of a longer one the tags would not be known, and no purge could find it.
  if (tags_in_body(*route.templates)) return std::min<std::uint64_t>(most.count, kLookInto);
  return most.count;
}

bool may_follow(Worker& worker, const policy::RouteMatch& route, const cache::Stamp& as_of) {
  Shared& shared = worker.shared();
  if (!tags_in_body(*route.templates)) return true;
  return shared.purges.position() == as_of && shared.purge_log.pending() == 0;
}

}  // namespace wf::server
