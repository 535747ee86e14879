#include "tests/support/origin_script.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::test {

std::string_view OriginRequest::path() const {
  return std::string_view{target}.substr(0, target.find('?'));
}

std::string_view OriginRequest::field(std::string_view name) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const OwnedField& f) { return ascii::iequals(f.name, name); });
  return it == fields.end() ? std::string_view{} : std::string_view{it->value};
}

Script& Script::cut_after(std::size_t bytes) {
  for (Step& step : steps_) {
    if (step.action != Action::Send) continue;
    std::string whole;
    for (; step.times > 0; --step.times) whole += step.text;
    whole.resize(std::min(whole.size(), bytes));
    bytes -= whole.size();
    step.text = std::move(whole);
    step.times = 1;
  }
  return *this;
}

std::string to_text(const Answer& answer, unsigned serial) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
  text += "X-Serial: " + std::to_string(serial) + "\r\n";
  for (const OwnedField& field : answer.fields) text += field.name + ": " + field.value + "\r\n";
  const bool bodiless = answer.status < 200 || answer.status == 204 || answer.status == 304;
  if (!bodiless) text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
  text += "\r\n";
  if (!bodiless) text += answer.body;
  return text;
}

Script reply(const OriginRequest& request, const Answer& answer) {
  std::string text = to_text(answer, request.serial);
  if (request.method == "HEAD") text.resize(text.find("\r\n\r\n") + 4);
  return Script{}.send(std::move(text));
}

Script echo(const OriginRequest& request) {
  Answer answer;
  answer.body = request.method + " " + request.target + " #" + std::to_string(request.serial);
  return reply(request, answer);
}

}  // namespace wf::test
