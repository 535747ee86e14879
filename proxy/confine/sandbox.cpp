#include "proxy/confine/sandbox.hpp"

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>

#include <seccomp.h>

namespace wf::confine {

namespace {

struct Release {
  void operator()(scmp_filter_ctx filter) const noexcept { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release>;

Error failed(const std::string& what, int code) {
  return {ErrorCode::Unsupported, Side::Self, Retry::No,
          what + ": " + std::generic_category().message(-code)};
}

/// 0, or a negative errno.
int add(const Filter& filter, std::uint32_t action, const std::string& name,
        const std::vector<Condition>& conditions) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR || number < 0) return 0;  // not on this architecture
  std::vector<scmp_arg_cmp> compared;
  for (const Condition& c : conditions) {
    compared.push_back({c.argument, SCMP_CMP_MASKED_EQ, c.mask, c.value});
  }
  return seccomp_rule_add_array(filter.get(), action, number,
                                static_cast<unsigned>(compared.size()), compared.data());
}

Result<void> add_rules(const Filter& filter, const Needs& needs) {
  for (const std::string_view name : plain_calls()) {
    if (const int code = add(filter, SCMP_ACT_ALLOW, std::string{name}, {}); code != 0) {
      return failed("rule for " + std::string{name}, code);
    }
  }
  for (const Allowed& call : conditional_calls(needs)) {
    const int code = add(filter, SCMP_ACT_ALLOW, std::string{call.name}, call.conditions);
    if (code != 0) return failed("rule for " + std::string{call.name}, code);
  }
  for (const Answered& call : answered_calls()) {
    const auto action = SCMP_ACT_ERRNO(static_cast<std::uint32_t>(call.error));
    const int code = add(filter, action, std::string{call.name}, call.conditions);
    if (code != 0) return failed("rule for " + std::string{call.name}, code);
  }
  return {};
}

}  // namespace

Result<void> enter_sandbox(const Needs& needs, Otherwise otherwise) {
  const std::uint32_t action =
      otherwise == Otherwise::Kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
  const Filter filter{seccomp_init(action)};
  if (!filter) return failed("seccomp", -ENOMEM);
  // All threads that run already; and without the kernel's guard against a side channel between
  // parts of one process, of which we have none, and which costs every thread some of its pace.
  int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (code == 0) code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 1);
  if (code == 0) code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_SSB, 1);
  if (code != 0) return failed("seccomp for all threads", code);
  // So that the kernel's audit log tells what was refused; not every kernel can.
  static_cast<void>(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG, 1));
  if (auto added = add_rules(filter, needs); !added) return added;
  code = seccomp_load(filter.get());
  if (code != 0) return failed("seccomp", code);
  return {};
}

}  // namespace wf::confine
