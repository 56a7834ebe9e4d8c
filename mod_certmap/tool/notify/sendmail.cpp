#include "tool/notify/sendmail.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/command.h"
#include "tool/pipe.h"

extern char** environ;

namespace certmap {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{60};
constexpr int kGlance = 20;  // milliseconds between two looks at the program

/// The program is the head of a process group of its own, so that all of it can be ended.
pid_t start(std::vector<std::string> words, Pipe& input) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw ToolError("cannot run " + words[0] + ": " + std::strerror(error));
  return pid;
}

/// Writes what the program reads; it may end before it has read all.
void feed(Pipe& input, std::string_view message, Clock::time_point deadline) {
  pollfd writable{input.ends[1], POLLOUT, 0};
  while (!message.empty() && Clock::now() < deadline) {
    if (poll(&writable, 1, kGlance) < 0 && errno != EINTR) break;
    const auto written = write(input.ends[1], message.data(), message.size());
    if (written > 0)
      message.remove_prefix(static_cast<std::size_t>(written));
    else if (written < 0 && errno != EAGAIN && errno != EINTR)
      break;
  }
  input.close_end(1);
}

/// The program's status by waitpid(2), empty where that has none; after the deadline it is killed.
std::optional<int> wait_for(pid_t pid, Clock::time_point deadline) {
  int status = 0;
  for (;;) {
    const auto ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return status;
    if (ended < 0 && errno != EINTR) return {};
    if (Clock::now() >= deadline) kill(-pid, SIGKILL);
    poll(nullptr, 0, kGlance);
  }
}

}  // namespace

Sendmail::Sendmail(std::string path, std::string from)
    : path_(std::move(path)), from_(std::move(from)) {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      access(path_.c_str(), X_OK) != 0)
    throw ToolError(path_ +
                    " is no program; install a mail server or msmtp-mta, or name one with "
                    "--sendmail");
  // A program that ends early would end this one.
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<std::string> Sendmail::send(const std::string& address,
                                          const std::string& message) const {
  Pipe input;
  fcntl(input.ends[1], F_SETFL, O_NONBLOCK);
  const auto deadline = Clock::now() + kPatience;
  const auto pid = start({path_, "-i", "-f", from_, "--", address}, input);
  input.close_end(0);
  feed(input, message, deadline);
  const auto status = wait_for(pid, deadline);
  if (Clock::now() >= deadline)
    return path_ + " took longer than " + std::to_string(kPatience.count()) + " s";
  if (!status) return "how " + path_ + " ended could not be learned";
  if (WIFSIGNALED(*status))
    return path_ + " was ended by signal " + std::to_string(WTERMSIG(*status));
  if (WEXITSTATUS(*status) != 0)
    return path_ + " ended with status " + std::to_string(WEXITSTATUS(*status));
  return {};
}

}  // namespace certmap
