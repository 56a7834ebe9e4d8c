#include "tool/cert/password.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "core/text/encodings.h"
#include "tool/command.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

constexpr std::size_t kLongest = 1024;

/// OpenSSL would read the password from standard input instead.
bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return false;
  ::close(terminal);
  return true;
}

}  // namespace

std::string password_of_file(const std::string& path) {
  const auto content = read_input(path);
  const auto start = content.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  auto line = content.substr(start, content.find('\n', start) - start);
  if (line.ends_with('\r')) line.pop_back();
  if (line.size() > kLongest)
    throw ToolError("the first line of " + path + " is too long for a password");
  return line;
}

std::string ask_password(const std::string& name) {
  if (!has_terminal())
    throw ToolError(
        name +
        " needs a password, and there is no terminal to ask; give it by --password-file FILE");
  std::array<char, kLongest + 1> answer{};
  const auto prompt = "Password of " + name + ": ";
  if (EVP_read_pw_string(answer.data(), static_cast<int>(answer.size()), prompt.c_str(), 0) != 0)
    throw ToolError(
        name + " needs a password, and none was given; try again, or use --password-file FILE");
  std::string password(answer.data());
  OPENSSL_cleanse(answer.data(), answer.size());
  return password;
}

}  // namespace certmap
