#include "tests/model/step.hpp"

#include <array>

namespace model {

std::string_view name_of(Property property) {
  switch (property) {
    case Property::None:
      return "-";
    case Property::NoOlderVersion:
      return "P1";
    case Property::NoOverwrite:
      return "P2";
    case Property::EverythingEnds:
      return "P3";
    case Property::NoVainWait:
      return "P4";
  }
  return "";
}

std::string_view text_of(Property property) {
  switch (property) {
    case Property::None:
      return "nothing is broken";
    case Property::NoOlderVersion:
      return "after a purge has returned, no proxy begins to serve a version "
             "older than it";
    case Property::NoOverwrite:
      return "a late leader never overwrites a newer record";
    case Property::EverythingEnds:
      return "from every state, every purge and every request can end";
    case Property::NoVainWait:
      return "nobody waits out a lock whose holder's record it would refuse";
  }
  return "";
}

std::span<const std::span<const Step>> all_steps() {
  static const std::array<std::span<const Step>, 6> all{steps_of_purging(), steps_of_following(),
                                                        steps_of_leases(),  steps_of_serving(),
                                                        steps_of_filling(), steps_of_faults()};
  return all;
}

bool leads(const Request& request) {
  switch (request.phase) {
    case Phase::Asking:
    case Phase::Found:
    case Phase::Locked:
    case Phase::Unlocked:
    case Phase::Fetched:
      return true;
    case Phase::Idle:
    case Phase::Arrived:
    case Phase::Read:
    case Phase::Judged:
    case Phase::Storing:
    case Phase::Following:
      return false;
  }
  return false;
}

void end_request(Request& request) {
  const Byte done = next(request.done);
  request = {};
  request.done = done;
}

}  // namespace model
