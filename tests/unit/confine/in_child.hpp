// What cannot be undone is tried in a process of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace wf::test {

/// What `work()`, 0 to 99, returned in a forked child; 100: it threw; 200 and the signal's number:
/// it was killed.
template <class Work>
[[nodiscard]] int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 100;
    try {
      result = work();
    } catch (const std::exception&) {
      result = 100;
    }
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

}  // namespace wf::test
