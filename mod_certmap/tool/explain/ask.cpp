#include "tool/explain/ask.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/input_file.h"
#include "tool/pipe.h"

extern char** environ;

namespace certmap {
namespace {

constexpr std::size_t kMaxArgument = 128 * 1024 - 1;  // Linux: MAX_ARG_STRLEN
constexpr std::array kNames = {"apache2ctl", "apachectl", "httpd", "apache2"};

std::string argument_of(const ExplainQuery& query) {
  auto define = define_of(query);
  if (define.size() > kMaxArgument)
    throw ToolError(
        "the certificate is too big to be handed to httpd on its command line; leave CAs out "
        "of its file");
  return define;
}

/// What a program printed, and how it ended.
struct Run {
  std::string output;
  int status = 0;
};

pid_t start(const std::vector<std::string>& words, Pipe& pipe, int input) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input != STDIN_FILENO) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe.ends[1], STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw ToolError("cannot run " + words[0] + ": " + std::strerror(error) +
                    "; name httpd's command with --httpd");
  return pid;
}

Run run(const std::string& command, const std::string& define, int input = STDIN_FILENO) {
  auto words = split_command(command);
  words.insert(words.end(), {"-t", "-D", define});
  Pipe pipe;
  const pid_t pid = start(words, pipe, input);
  pipe.close_end(1);
  Run result;
  result.output = read_all(pipe.ends[0], "what httpd says");
  while (waitpid(pid, &result.status, 0) < 0)
    if (errno != EINTR)
      throw ToolError("how " + command + " ended could not be learned; try again");
  return result;
}

/// httpd's words, on a terminal.
void show_messages(const std::string& output) {
  for (auto line : split(output, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) std::cerr << visible(line) << "\n";
  }
}

[[noreturn]] void fail(const std::string& command, const Run& result) {
  show_messages(result.output);
  if (WIFSIGNALED(result.status))
    throw ToolError(command + " -t was ended by signal " + std::to_string(WTERMSIG(result.status)) +
                    "; see whether it does so without certmapctl");
  if (result.status != 0)
    throw ToolError(command + " -t failed" + (result.output.empty() ? "" : ", as said above") +
                    "; mend the configuration, or name httpd's command with --httpd");
  throw ToolError(command +
                  " -t did not answer: its configuration does not load mod_certmap, or one that is "
                  "older than certmapctl; see LoadModule certmap_module");
}

}  // namespace

std::vector<std::string> split_command(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    if (c == '\\' && quote != '\'' && i + 1 < line.size())
      words.back() += line[++i];
    else if (c == quote)
      quote = '\0';
    else if (quote == '\0' && (c == '"' || c == '\''))
      quote = c;
    else
      words.back() += c;
  }
  if (quote != '\0') throw ToolError("--httpd has a quote that is not closed");
  if (words.empty()) throw ToolError("--httpd is empty; name httpd's command");
  return words;
}

std::string default_httpd() {
  const char* path = std::getenv("PATH");
  const std::string folders = std::string(path ? path : "") + ":/usr/sbin:/usr/local/sbin";
  for (const char* name : kNames) {
    for (const auto folder : split(folders, ':')) {
      const auto file = std::string(folder) + "/" + name;
      std::error_code unreadable;  // of the folder, as for a shell: it is passed over
      if (!folder.empty() && std::filesystem::is_regular_file(file, unreadable) &&
          access(file.c_str(), X_OK) == 0)
        return file;
    }
  }
  throw ToolError("found neither apache2ctl nor apachectl nor httpd; name it with --httpd");
}

std::string ask_httpd(const std::string& command, const ExplainQuery& query) {
  const auto result = run(command, argument_of(query));
  if (auto answer = answer_in(result.output)) return *std::move(answer);
  fail(command, result);
}

std::vector<ReplayAnswer> ask_httpd(const std::string& command, int questions) {
  auto result = run(command, std::string(kReplayDefine), questions);
  if (auto answers = replay_answers_in(result.output)) return *std::move(answers);
  result.output = without_replay_answers(result.output);
  fail(command, result);
}

}  // namespace certmap
