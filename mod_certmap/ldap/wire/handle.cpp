#include "ldap/wire/handle.h"

#include <openldap.h>
#include <sys/time.h>

#include <ctime>
#include <string_view>

namespace certmap {
namespace {

using Kind = LdapFailure::Kind;
using Text = std::unique_ptr<char, decltype([](char* t) { ldap_memfree(t); })>;

/// Of one message. A schema is the largest thing that is read.
constexpr ber_len_t kMaxMessage = 16 * 1024 * 1024;

LDAP* make(int socket, const std::string& server) {
  LDAP* made = nullptr;
  // The URL is what the server's certificate is compared with.
  if (ldap_init_fd(socket, LDAP_PROTO_EXT, server.c_str(), &made) != LDAP_SUCCESS)
    throw LdapFailure(Kind::Server, "cannot be used: libldap refuses its URL");
  return made;
}

Sockbuf* buffer_of(LDAP* handle) {
  Sockbuf* buffer = nullptr;
  ldap_get_option(handle, LDAP_OPT_SOCKBUF, &buffer);
  return buffer;
}

std::string last_message(LDAP* handle) {
  char* text = nullptr;
  ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
  const Text owner(text);
  return text == nullptr ? std::string() : for_log(text);
}

/// GnuTLS has no words for a certificate that was refused, and libldap takes localhost for the
/// machine's own name.
std::string tls_failure(LDAP* handle) {
  const auto text = last_message(handle);
  if (!text.empty() && text != "(unknown error code)") return "fails in TLS: " + text;
  return "cannot be trusted: its certificate is not from CertMapLDAPCACert, not valid now, or not "
         "for the host in the URL (in subjectAltName; for localhost, this machine's own name)";
}

/// GnuTLS is not told of LDAP_OPT_X_TLS_PROTOCOL_MIN, and to give it a cipher suite loses memory.
bool has_old_tls(LDAP* handle) {
  char* text = nullptr;
  ldap_get_option(handle, LDAP_OPT_X_TLS_VERSION, &text);
  const Text owner(text);
  const std::string_view version = text == nullptr ? "" : text;
  return version.empty() || version.starts_with("SSL") || version == "TLS1.0" ||
         version == "TLS1.1" || version == "TLSv1" || version == "TLSv1.1";
}

}  // namespace

LdapHandle::LdapHandle(Security security, const LdapOptions& options, const std::string& server,
                       Deadline deadline)
    : deadline_(deadline), socket_(server, deadline), ldap_(make(socket_.get(), server)) {
  auto* buffer = buffer_of(get());
  socket_.put_under(buffer);
  ber_len_t limit = kMaxMessage;
  ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &limit);
  options.set(get());
  if (security == Security::Plain || security == Security::Local) return;
  if (security == Security::StartTls) request_tls();
  install_tls();
}

void LdapHandle::set_deadline(Deadline deadline) {
  deadline_ = deadline;
  socket_.set_deadline(deadline);
}

LdapFailure LdapHandle::failure(const std::string& what) const {
  if (time_left(deadline_).count() == 0) return {Kind::Timeout, "does not answer in time"};
  return {Kind::Connection, what};
}

void LdapHandle::request_tls() const {
  int id = 0;
  expect_sent(ldap_start_tls(get(), nullptr, nullptr, &id));
  const auto message = receive(id);
  if (ldap_msgtype(message.get()) != LDAP_RES_EXTENDED)
    throw failure("answers StartTLS with something else");
  const auto answer = read_answer(message.get());
  if (answer.code != LDAP_SUCCESS)
    throw LdapFailure(Kind::Server, "refuses StartTLS: " + answer.text);
}

void LdapHandle::install_tls() const {
  if (ldap_install_tls(get()) != LDAP_SUCCESS || ldap_tls_inplace(get()) == 0)
    throw failure(tls_failure(get()));
  if (has_old_tls(get())) throw failure("speaks no TLS 1.2 or later");
}

void LdapHandle::expect_sent(int code) const {
  if (code == LDAP_SUCCESS) return;
  const auto why = last_message(get());
  throw failure(std::string("cannot be asked: ") + ldap_err2string(code) +
                (why.empty() ? "" : ": " + why));
}

LdapMessage LdapHandle::receive(int message_id) const {
  LDAPMessage* received = nullptr;
  std::chrono::milliseconds left;
  int type = 0;
  do {
    left = one_sleep(deadline_);
    timeval time{.tv_sec = static_cast<time_t>(left.count() / 1000),
                 .tv_usec = static_cast<suseconds_t>(left.count() % 1000 * 1000)};
    type = ldap_result(get(), LDAP_RES_ANY, LDAP_MSG_ONE, &time, &received);
  } while (type == 0 && time_left(deadline_).count() > 0);
  LdapMessage message(received);
  // The second: messages may come for ever.
  if (type == 0 || left.count() == 0) throw LdapFailure(Kind::Timeout, "does not answer in time");
  if (type < 0) throw failure("closed the connection, or sends what is no LDAP");
  if (ldap_msgid(received) != message_id)
    throw failure("ends the connection, or answers what was not asked");
  return message;
}

LdapAnswer LdapHandle::read_answer(LDAPMessage* message) const {
  LdapAnswer answer;
  char* text = nullptr;
  if (ldap_parse_result(get(), message, &answer.code, nullptr, &text, nullptr, nullptr, 0) !=
      LDAP_SUCCESS)
    throw failure("sends an answer that cannot be read");
  const Text owner(text);
  answer.text =
      std::string(ldap_err2string(answer.code)) + " (" + std::to_string(answer.code) + ")";
  if (text != nullptr && *text != '\0') answer.text += ": " + for_log(text);
  return answer;
}

}  // namespace certmap
