#include "tool/cert/pkcs12.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <array>
#include <cstddef>

#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/text/encodings.h"
#include "tool/command.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

using Provider =
    std::unique_ptr<OSSL_PROVIDER, decltype([](OSSL_PROVIDER* p) { OSSL_PROVIDER_unload(p); })>;
using Certificates =
    std::unique_ptr<STACK_OF(X509),
                    decltype([](STACK_OF(X509) * list) { sk_X509_pop_free(list, X509_free); })>;

enum class Outcome { Opened, WrongPassword, Unsupported, Damaged };

struct Content {
  Outcome outcome;
  OpenSslHandle<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;  ///< of the key
  Certificates others;
};

Decoded<PKCS12> read_pkcs12(std::string_view content) {
  return decode_start(content, d2i_PKCS12, PKCS12_free);
}

bool has_password(PKCS12* file, const std::string& password) {
  if (PKCS12_verify_mac(file, password.c_str(), -1) == 1) return true;
  // An empty password is written in two ways.
  return password.empty() && PKCS12_verify_mac(file, nullptr, 0) == 1;
}

/// Looks at OpenSSL's error queue and empties it.
bool lacks_an_algorithm() {
  bool lacking = false;
  while (const auto error = ERR_get_error()) {
    const int reason = ERR_GET_REASON(error);
    lacking |= reason == ERR_R_UNSUPPORTED;
    lacking |= ERR_GET_LIB(error) == ERR_LIB_EVP &&
               (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM);
    lacking |= ERR_GET_LIB(error) == ERR_LIB_PKCS12 && reason == PKCS12_R_UNKNOWN_DIGEST_ALGORITHM;
  }
  return lacking;
}

/// PKCS12_parse() of OpenSSL 3.0 refuses files without a MAC: they get one, of this password.
void seal(PKCS12* file, const std::string& password) {
  PKCS12_set_mac(file, password.c_str(), -1, nullptr, 0, 0, EVP_sha256());
}

Content open(std::string_view octets, const std::string& password) {
  ERR_clear_error();
  const auto decoded = read_pkcs12(octets);
  auto* const file = decoded.get();
  const bool sealed = PKCS12_mac_present(file) == 1;
  if (!sealed) seal(file, password);
  if (!has_password(file, password))
    return {lacks_an_algorithm() ? Outcome::Unsupported : Outcome::WrongPassword};
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* others = nullptr;
  const bool parsed = PKCS12_parse(file, password.c_str(), &key, &certificate, &others) == 1;
  Content content{Outcome::Opened,
                  OpenSslHandle<EVP_PKEY>(key),
                  {certificate, X509_free},
                  Certificates(others)};
  if (!parsed)
    content.outcome = lacks_an_algorithm() ? Outcome::Unsupported
                      : sealed             ? Outcome::Damaged
                                           : Outcome::WrongPassword;
  return content;
}

[[noreturn]] void refuse(Outcome outcome, const std::string& name,
                         const std::optional<std::string>& password_file) {
  if (outcome == Outcome::Unsupported)
    throw ToolError(
        name +
        " is encrypted in a way that needs OpenSSL's legacy provider or a newer OpenSSL; install "
        "the provider (Debian 13: openssl-provider-legacy), or give the certificate as PEM");
  if (outcome == Outcome::Damaged)
    throw ToolError(name +
                    " is damaged: OpenSSL cannot read it with the right password; export it again");
  if (password_file)
    throw ToolError("the password in " + *password_file + " is not that of " + name +
                    "; write the right one in its first line");
  throw ToolError("the password is not that of " + name + "; try again");
}

constexpr std::size_t kLongestPassword = 1024;

/// OpenSSL would read the password from standard input instead.
bool has_terminal() {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  return terminal.get() >= 0;
}

/// The first line of the file. Throws ToolError.
std::string password_of_file(const std::string& path) {
  const auto content = read_input(path);
  const auto start = content.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  auto line = content.substr(start, content.find('\n', start) - start);
  if (line.ends_with('\r')) line.pop_back();
  if (line.size() > kLongestPassword)
    throw ToolError("the first line of " + path + " is too long for a password");
  return line;
}

/// Asks the terminal, without echo. Throws ToolError where there is none, or no answer.
std::string ask_password(const std::string& name) {
  if (!has_terminal())
    throw ToolError(
        name +
        " needs a password, and there is no terminal to ask; give it by --password-file FILE");
  std::array<char, kLongestPassword + 1> answer{};
  const auto prompt = "Password of " + name + ": ";
  if (EVP_read_pw_string(answer.data(), static_cast<int>(answer.size()), prompt.c_str(), 0) != 0)
    throw ToolError(
        name + " needs a password, and none was given; try again, or use --password-file FILE");
  std::string password(answer.data());
  OPENSSL_cleanse(answer.data(), answer.size());
  return password;
}

Content open_with_password(std::string_view octets, const std::string& name,
                           const std::optional<std::string>& password_file) {
  auto content = open(octets, password_file ? password_of_file(*password_file) : std::string());
  if (content.outcome == Outcome::WrongPassword && !password_file)
    content = open(octets, ask_password(name));
  if (content.outcome != Outcome::Opened) refuse(content.outcome, name, password_file);
  return content;
}

std::vector<std::shared_ptr<X509>> in_order(const Content& content, const std::string& name) {
  std::vector<std::shared_ptr<X509>> all;
  if (content.certificate) all.push_back(content.certificate);
  while (sk_X509_num(content.others.get()) > 0)
    all.emplace_back(sk_X509_shift(content.others.get()), X509_free);
  if (content.certificate) return all;
  if (all.empty())
    throw ToolError(name + " holds no certificate; export it again with its certificate");
  if (content.key)
    throw ToolError("no certificate in " + name +
                    " belongs to its key; give the certificate as PEM");
  return all;
}

}  // namespace

std::vector<std::shared_ptr<X509>> certificates_of_pkcs12(
    std::string_view content, const std::string& name,
    const std::optional<std::string>& password_file) {
  if (!read_pkcs12(content)) return {};
  // RC2 with 40 bits, as Windows and OpenSSL 1 write it. Where the provider is missing, parsing
  // says so.
  const Provider legacy(OSSL_PROVIDER_try_load(nullptr, "legacy", 1));
  return in_order(open_with_password(content, name, password_file), name);
}

}  // namespace certmap
