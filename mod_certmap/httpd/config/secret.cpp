#include "httpd/config/secret.h"

#include <apr_thread_proc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>

#include "core/text/error.h"
#include "ldap/config/config_file.h"

namespace certmap {
namespace {

constexpr std::size_t kMaxSecret = 65536;
constexpr apr_interval_time_t kPatience = apr_time_from_sec(30);
constexpr apr_interval_time_t kGlance = apr_time_from_msec(20);

void check_owner_and_mode(const ConfigFile& file) {
  if (file.owner != 0 && file.owner != geteuid())
    throw ConfigError(file.path + " belongs to uid " + std::to_string(file.owner) +
                      "; it must belong to root or to the user who starts httpd: chown root " +
                      file.path);
  if ((file.mode & (S_IWGRP | S_IRWXO)) != 0)
    throw ConfigError(file.path +
                      " can be read by all, or written by others than its owner: chmod 600 " +
                      file.path);
}

[[noreturn]] void fail(const std::string& what) {
  throw ConfigError("the program behind exec: " + what +
                    "; run it by hand as the user who starts httpd");
}

char** arguments_of(apr_pool_t* pool, const std::string& command) {
  char** argv = nullptr;
  if (apr_tokenize_to_argv(command.c_str(), &argv, pool) != APR_SUCCESS || !argv[0])
    throw ConfigError("write a program behind exec:, for example exec:/usr/local/bin/ldap-secret");
  argv[0] = ap_server_root_relative(pool, argv[0]);
  if (!argv[0]) fail("has no usable path");
  return argv;
}

apr_proc_t start(apr_pool_t* pool, const char* const* argv) {
  apr_procattr_t* attributes = nullptr;
  apr_proc_t process{};
  if (apr_procattr_create(&attributes, pool) != APR_SUCCESS ||
      apr_procattr_io_set(attributes, APR_NO_PIPE, APR_FULL_BLOCK, APR_NO_PIPE) != APR_SUCCESS ||
      apr_procattr_cmdtype_set(attributes, APR_PROGRAM) != APR_SUCCESS ||
      apr_procattr_error_check_set(attributes, 1) != APR_SUCCESS ||
      apr_proc_create(&process, argv[0], argv, nullptr, attributes, pool) != APR_SUCCESS)
    fail("could not be run");
  return process;
}

/// Waits a moment for output; false where there is none now, or none any more.
bool read_some(apr_file_t* output, std::string& text) {
  std::array<char, 4096> octets{};
  apr_size_t length = octets.size();
  if (apr_file_read(output, octets.data(), &length) != APR_SUCCESS) return false;
  text.append(octets.data(), std::min(length, kMaxSecret - text.size()));
  return true;
}

/// What it has printed when it ends. Whoever it has started may hold its output open for longer.
std::string output_of(apr_proc_t& process) {
  const auto deadline = apr_time_now() + kPatience;
  std::string text;
  int code = 0;
  apr_exit_why_e why{};
  apr_file_pipe_timeout_set(process.out, kGlance);
  while (apr_proc_wait(&process, &code, &why, APR_NOWAIT) == APR_CHILD_NOTDONE) {
    if (apr_time_now() > deadline) {
      apr_proc_kill(&process, SIGKILL);
      apr_proc_wait(&process, &code, &why, APR_WAIT);
      fail("did not end in " + std::to_string(apr_time_sec(kPatience)) + " seconds");
    }
    if (!read_some(process.out, text)) apr_sleep(kGlance);
  }
  if (!APR_PROC_CHECK_EXIT(why) || code != 0) fail("failed");
  while (text.find('\n') == text.npos && text.size() < kMaxSecret && read_some(process.out, text)) {
  }
  return text;
}

}  // namespace

std::string read_secret_file(const std::string& path) {
  auto file = read_config_file(path);
  check_owner_and_mode(file);
  auto& text = file.content;
  if (text.size() > kMaxSecret)
    throw ConfigError(path + " is too large for a secret; 32 random bytes are enough");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::string first_line_of_program(cmd_parms* cmd, const std::string& command) {
  auto process = start(cmd->temp_pool, arguments_of(cmd->temp_pool, command));
  const auto output = output_of(process);
  apr_file_close(process.out);
  const auto line = output.substr(0, output.find_first_of("\r\n"));
  if (line.empty()) fail("printed nothing");
  return line;
}

}  // namespace certmap
