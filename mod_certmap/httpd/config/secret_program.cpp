#include "httpd/config/secret_program.h"

#include <apr_thread_proc.h>

#include <cstddef>

#include "core/text/error.h"

namespace certmap {
namespace {

constexpr std::size_t kMaxOutput = 65536;

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

std::string read_all(apr_file_t* output) {
  std::string text(kMaxOutput, '\0');
  apr_size_t length = 0;
  const auto status = apr_file_read_full(output, text.data(), text.size(), &length);
  if (status != APR_SUCCESS && status != APR_EOF) fail("could not be read");
  text.resize(length);
  return text;
}

}  // namespace

std::string first_line_of_program(cmd_parms* cmd, const std::string& command) {
  auto process = start(cmd->temp_pool, arguments_of(cmd->temp_pool, command));
  const auto output = read_all(process.out);
  apr_file_close(process.out);
  int code = 0;
  apr_exit_why_e why{};
  apr_proc_wait(&process, &code, &why, APR_WAIT);
  if (!APR_PROC_CHECK_EXIT(why) || code != 0) fail("failed");
  const auto line = output.substr(0, output.find_first_of("\r\n"));
  if (line.empty()) fail("printed nothing");
  return line;
}

}  // namespace certmap
