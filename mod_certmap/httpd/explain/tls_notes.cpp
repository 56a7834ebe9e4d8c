#include "httpd/explain/tls_notes.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>

#include "core/certificate/name.h"
#include "core/text/encodings.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/ssl_lines.h"

namespace certmap {
namespace {

using Names = std::unique_ptr<STACK_OF(X509_NAME), void (*)(STACK_OF(X509_NAME)*)>;

/// mod_ssl asks again after the handshake only where the place asks for more.
int strictness(const std::string& mode) { return mode == "require" ? 2 : mode == "none" ? 0 : 1; }

/// As mod_ssl reads SSLProtocol: a name without a sign replaces what stood before.
bool has_tls13(const HeldLines& lines, apr_pool_t* pool) {
  const auto* line = ssl_line(lines, "SSLProtocol");
  if (!line) return true;
  bool has = false;
  for (const auto& word : words_in(line, pool)) {
    const bool is_signed = word[0] == '+' || word[0] == '-';
    const auto name = to_lower(word.substr(is_signed ? 1 : 0));
    if (name == "all" || name == "tlsv1.3")
      has = word[0] != '-';
    else if (!is_signed)
      has = false;
  }
  return has;
}

bool has_http2(const HeldLines& lines, apr_pool_t* pool) {
  const auto words = words_in(lines.find_in_server("Protocols"), pool);
  return std::ranges::find(words, "h2") != words.end();
}

/// The line in a section for which mod_ssl asks after the handshake; null: it does not.
const ap_directive_t* late_line(const HeldLines& lines) {
  const auto* line = lines.find("SSLVerifyClient");
  if (strictness(verify_mode(line)) > strictness(asked_at_handshake(lines))) return line;
  const auto* depth = lines.find("SSLVerifyDepth");
  return verify_depth(depth) < verify_depth(ssl_line(lines, "SSLVerifyDepth")) ? depth : nullptr;
}

/// OpenSSL asks no TLS 1.3 client twice, whether it gave a certificate or not.
std::string late_note(const HeldLines& lines, apr_pool_t* pool) {
  const auto* line = late_line(lines);
  if (!line) return {};
  const bool again = asked_at_handshake(lines) != "none";
  std::string who;
  if (has_tls13(lines, pool))
    who = again ? "all TLS 1.3 clients"
                : "TLS 1.3 clients without post-handshake authentication, which browsers lack,";
  if (has_http2(lines, pool)) who += (who.empty() ? "" : " and ") + std::string("HTTP/2 clients");
  if (who.empty()) return {};
  return with_place(line) + " stands in a section" +
         (again ? " and asks again, for more than the handshake did: " + who +
                      " get 403; delete that line"
                : ", so that the certificate is asked for after the handshake: " + who +
                      " get 403; write SSLVerifyClient optional outside of sections");
}

std::string unused_list_note(const HeldLines& lines) {
  if (ssl_word(lines, "SSLCARevocationCheck", "none") != "none") return {};
  for (const char* name : {"SSLCARevocationFile", "SSLCARevocationPath"})
    if (const auto* line = ssl_line(lines, name))
      return with_place(line) +
             " is not looked at, so that revoked certificates pass; write SSLCARevocationCheck "
             "chain";
  return {};
}

std::string responder_note(const HeldLines& lines) {
  if (ssl_word(lines, "SSLOCSPEnable", "off") == "off") return {};
  return with_place(ssl_line(lines, "SSLOCSPEnable")) +
         " asks an OCSP responder, which is not asked here, and refuses whom that does not call "
         "good";
}

/// The CAs whose certificates the server asks clients for; empty: those that it trusts.
Names wanted_names(const HeldLines& lines, apr_pool_t* pool) {
  const auto* file = ssl_path(lines, "SSLCADNRequestFile", pool);
  const auto* folder = ssl_path(lines, "SSLCADNRequestPath", pool);
  Names names(sk_X509_NAME_new_null(),
              [](STACK_OF(X509_NAME) * list) { sk_X509_NAME_pop_free(list, X509_NAME_free); });
  if (file) SSL_add_file_cert_subjects_to_stack(names.get(), file);
  if (folder) SSL_add_dir_cert_subjects_to_stack(names.get(), folder);
  ERR_clear_error();
  return names;
}

std::string unwanted_note(const HeldLines& lines, const std::vector<std::shared_ptr<X509>>& chain,
                          apr_pool_t* pool) {
  const auto names = wanted_names(lines, pool);
  if (!names || sk_X509_NAME_num(names.get()) == 0 || chain.empty()) return {};
  for (const auto& each : chain)
    for (int i = 0; i < sk_X509_NAME_num(names.get()); ++i)
      if (X509_NAME_cmp(X509_get_issuer_name(each.get()), sk_X509_NAME_value(names.get(), i)) == 0)
        return {};
  const auto* line = ssl_line(lines, "SSLCADNRequestFile");
  if (!line) line = ssl_line(lines, "SSLCADNRequestPath");
  const auto issuer = read_certificate(chain[0]).issuer;
  return with_place(line) + " does not name its CA " + to_text(issuer, NameStyle::Rfc4514) +
         ": browsers do not offer the certificate; add that CA to it";
}

}  // namespace

std::vector<std::string> tls_notes(const HeldLines& lines,
                                   const std::vector<std::shared_ptr<X509>>& chain,
                                   apr_pool_t* pool) {
  std::vector<std::string> notes{late_note(lines, pool), unwanted_note(lines, chain, pool),
                                 unused_list_note(lines), responder_note(lines)};
  std::erase(notes, "");
  return notes;
}

std::string ticket_note(const HeldLines& lines) {
  const auto* line = ssl_line(lines, "SSLSessionTicketKeyFile");
  if (!line || ssl_word(lines, "SSLSessionTickets", "on") == "off") return {};
  return with_place(line) +
         ": a session that is resumed by its ticket, also after a restart, has the certificate and "
         "the verdict of its first handshake, and can differ from this";
}

std::string where_asked(const HeldLines& lines) {
  for (const auto* line : lines.elsewhere("SSLVerifyClient"))
    if (strictness(verify_mode(line)) > 0)
      return "; " + with_place(line) + " stands in " + text_of_line(line->parent) +
             ", which does not hold here";
  return {};
}

}  // namespace certmap
