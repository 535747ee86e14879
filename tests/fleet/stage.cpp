#include "tests/fleet/stage.hpp"

#include "tests/walk/scenes.hpp"

namespace wf::test {

Stage::Stage(StageSettings settings)
    : settings_(std::move(settings)),
      redis_(settings_.redis_options),
      link_(redis_.address()),
      origin_([this](const OriginRequest& request) { return answer(request); }) {
  for (std::size_t i = 0; i < settings_.proxies; ++i) {
    proxies_.push_back(std::make_unique<ChildProxy>(yaml()));
  }
}

std::string Stage::yaml() const {
  std::string yaml = "log: {level: info, access: \"off\"}\nworkers: 1\nstore:\n  memory: {size: ";
  yaml += settings_.memory + "}\n  redis: {url: \"redis://127.0.0.1:";
  yaml += std::to_string(link_.port()) + "/0\"";
  if (!settings_.redis_extra.empty()) yaml += ", " + settings_.redis_extra;
  yaml += "}\nupstreams:\n  origin: {servers: [\"http://127.0.0.1:";
  yaml += std::to_string(origin_.address().port) + "\"], max_connections: 4096}\nroutes:\n";
  yaml += "  - {name: all, match: \"/**\", upstream: origin, cache: " + settings_.cache + "}\n";
  return yaml;
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
  proxies_.at(number) = std::make_unique<ChildProxy>(yaml());
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
