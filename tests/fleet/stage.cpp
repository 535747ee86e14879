#include "tests/fleet/stage.hpp"

#include <algorithm>

#include "tests/walk/scenes.hpp"

namespace wf::test {

Stage::Stage(StageSettings settings)
    : settings_(std::move(settings)),
      redis_(settings_.redis_options),
      origin_([this](const OriginRequest& request) { return answer(request); }) {
  const std::size_t links = settings_.own_links ? settings_.proxies : 1;
  for (std::size_t i = 0; i < links; ++i) {
    links_.push_back(std::make_unique<fault::FaultProxy>(redis_.address()));
  }
  for (std::size_t i = 0; i < settings_.proxies; ++i) {
    admin_ports_.push_back(settings_.admin_token.empty() ? std::uint16_t{0} : free_port());
    proxies_.push_back(start(i));
  }
}

std::unique_ptr<ChildProxy> Stage::start(std::size_t number) const {
  const std::vector<std::string> none;
  return std::make_unique<ChildProxy>(yaml(number), number == 0 ? settings_.environment : none);
}

std::string Stage::yaml(std::size_t number) const {
  const fault::FaultProxy& link = *links_[std::min(number, links_.size() - 1)];
  std::string yaml = "log: {level: info, access: \"off\"}\nworkers: 1\nstore:\n  memory: {size: ";
  yaml += settings_.memory + "}\n  redis: {url: \"redis://127.0.0.1:";
  yaml += std::to_string(link.port()) + "/0\"";
  if (!settings_.redis_extra.empty()) yaml += ", " + settings_.redis_extra;
  yaml += "}\n";
  if (!settings_.store_extra.empty()) yaml += "  " + settings_.store_extra + "\n";
  yaml += "upstreams:\n  origin: {servers: [\"http://127.0.0.1:";
  yaml += std::to_string(origin_.address().port) + "\"], max_connections: 4096}\nroutes:\n";
  yaml += "  - {name: all, match: \"/**\", upstream: origin, cache: " + settings_.cache + "}\n";
  if (settings_.admin_token.empty()) return yaml;
  return yaml + "admin: {address: \"127.0.0.1:" + std::to_string(admin_ports_[number]) +
         "\", token: \"" + settings_.admin_token + "\"}\n";
}

Response Stage::purge(std::size_t number, const std::string& order) const {
  const OwnedFields fields{{"Authorization", "Bearer " + settings_.admin_token}};
  return ask(admin_ports_.at(number), {"POST", "/purge", fields, order});
}

Script Stage::answer(const OriginRequest& request) const {
  Script script;
  if (settings_.takes.count() > 0) script.take(settings_.takes);
  return script.send(
      to_text({200, {}, Load::body_of(request.target, settings_.body)}, request.serial));
}

std::vector<std::uint16_t> Stage::ports() const {
  std::vector<std::uint16_t> all;
  for (const auto& proxy : proxies_) all.push_back(proxy->port());
  return all;
}

ChildProxy& Stage::restart(std::size_t number) {
  proxies_.at(number) = start(number);
  return *proxies_[number];
}

LoadPlan Stage::plan() const {
  LoadPlan plan;
  plan.ports = ports();
  plan.body = settings_.body;
  return plan;
}

bool Stage::shared() {
  const std::string target = "/probe/" + std::to_string(++probes_);
  const Response fetched = get(proxies_.front()->port(), target);
  const Response found = get(proxies_.back()->port(), target);
  return fetched.status == 200 && found.says("detail=redis") && found.body == fetched.body;
}

}  // namespace wf::test
