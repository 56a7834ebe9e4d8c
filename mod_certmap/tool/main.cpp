// certmapctl: docs/tools.md.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/visible.h"
#include "tool/commands.h"

namespace certmap {
namespace {

constexpr const char* kHelpOption = "--help";

/// Takes the place of standard streams that are closed, so that no file which is opened later does,
/// and gets what is said. Reading and writing them fails as before. Throws ToolError.
void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0 &&
        open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream)
      throw ToolError("a standard stream is closed, and /dev/null cannot be opened; mend either");
}

/// Whoever starts certmapctl may have had a child's end forgotten, which is then no answer of
/// waitpid(). A limit of size is an error of write().
void set_signals() {
  std::signal(SIGCHLD, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);
}

/// In the order of the help.
std::vector<Command> all_commands() {
  return {show_command(),   explain_command(),  replay_command(),  lint_command(),
          add_command(),    block_command(),    unblock_command(), remove_command(),
          import_command(), expiring_command(), notify_command()};
}

std::string help() {
  std::string text =
      "Usage: certmapctl COMMAND [OPTION...] ARGUMENT...\n\n"
      "Looks at certificates, map files and decisions of mod_certmap.\n\n";
  for (const auto& command : all_commands())
    text +=
        "  " + command.name + std::string(10 - command.name.size(), ' ') + command.summary + "\n";
  return text +
         "\ncertmapctl COMMAND --help says more of each, certmapctl --version the version.\n"
         "Exit status: 0 yes, 1 no (refused, errors found, nothing found), 2 it could not\n"
         "be told.\n";
}

bool asks_for_help(int argc, char** argv) {
  const auto* end = std::find(argv, argv + argc, std::string_view("--"));
  return std::find(argv, const_cast<char**>(end), std::string_view(kHelpOption)) != end;
}

int run_command(int argc, char** argv) {
  const auto commands = all_commands();
  const auto command = std::ranges::find(commands, argv[0], &Command::name);
  if (command == commands.end())
    throw ToolError(std::string("there is no command \"") + argv[0] + "\"; see certmapctl --help");
  if (asks_for_help(argc, argv)) {
    std::cout << help_of(*command);
    return kYes;
  }
  return command->run(parse_arguments(*command, argc, argv));
}

int run(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first.empty()) throw ToolError("name a command; see certmapctl --help");
  if (first == kHelpOption || first == "help") {
    std::cout << help();
    return kYes;
  }
  if (first == "--version") {
    std::cout << "certmapctl " CERTMAP_VERSION "\n";
    return kYes;
  }
  return run_command(argc - 1, argv + 1);
}

}  // namespace
}  // namespace certmap

int main(int argc, char** argv) {
  try {
    certmap::keep_standard_streams();
    certmap::set_signals();
    const int status = certmap::run(argc, argv);
    std::cout.flush();
    if (!std::cout) throw certmap::ToolError("cannot write to standard output");
    return status;
  } catch (const std::exception& error) {
    std::cerr << "certmapctl: " << certmap::visible(error.what()) << "\n";
    return dynamic_cast<const certmap::Refused*>(&error) ? certmap::kNo : certmap::kCannotTell;
  }
}
