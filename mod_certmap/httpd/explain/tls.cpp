#include "httpd/explain/tls.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <vector>

#include "httpd/explain/tls_notes.h"
#include "httpd/explain/tls_verify.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/lines.h"
#include "httpd/tree/ssl_lines.h"

namespace certmap {
namespace {

using Outcome = TlsVerdict::Outcome;

constexpr const char* kShown[] = {"SSLEngine",
                                  "SSLVerifyClient",
                                  "SSLVerifyDepth",
                                  "SSLCACertificateFile",
                                  "SSLCACertificatePath",
                                  "SSLCARevocationFile",
                                  "SSLCARevocationPath",
                                  "SSLCARevocationCheck",
                                  "SSLCADNRequestFile",
                                  "SSLCADNRequestPath",
                                  "SSLSessionTicketKeyFile",
                                  "SSLOCSPEnable",
                                  "SSLOpenSSLConfCmd"};

std::vector<const ap_directive_t*> shown_lines(const HeldLines& lines) {
  std::vector<const ap_directive_t*> shown;
  for (const char* name : kShown)
    if (const auto* line = ssl_line(lines, name)) shown.push_back(line);
  return shown;
}

bool is_about_lists(int error) {
  switch (error) {
    case X509_V_ERR_CERT_REVOKED:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
      return true;
    default:
      return false;
  }
}

/// The lines of these names that are in force; `otherwise` where there is none.
std::string named_lines(const HeldLines& lines, std::initializer_list<const char*> names,
                        const char* otherwise) {
  std::string text;
  for (const char* name : names)
    if (const auto* line = ssl_line(lines, name))
      text += (text.empty() ? "" : " and ") + with_place(line);
  return text.empty() ? otherwise : text;
}

std::string about_lists(const Verification& verification, const HeldLines& lines) {
  const auto files =
      named_lines(lines, {"SSLCARevocationFile", "SSLCARevocationPath"}, "no SSLCARevocationFile");
  if (verification.error == X509_V_ERR_UNABLE_TO_GET_CRL)
    return ": there is no revocation list of " + verification.issuer + " in " + files + ", and " +
           named_lines(lines, {"SSLCARevocationCheck"}, "") + " asks for one";
  return ": of " + verification.issuer + ", in " + files +
         (verification.list.empty() ? "" : ", " + verification.list);
}

std::string about_trust(const Verification& verification, const HeldLines& lines) {
  const auto files = named_lines(lines, {"SSLCACertificateFile", "SSLCACertificatePath"},
                                 "no SSLCACertificateFile");
  if (!verification.namesake.empty())
    return ": a CA " + verification.issuer + " is in " + files + ", but " + verification.namesake;
  return ": no CA " + verification.issuer + " is in " + files +
         (verification.error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
              ? ", and the certificate's file has none that leads to a trusted CA"
              : "");
}

std::string about_depth(const Verification& verification, const HeldLines& lines) {
  const auto* line = ssl_line(lines, "SSLVerifyDepth");
  const auto* inside = lines.find("SSLVerifyDepth");
  return "there are " + std::to_string(verification.depth) +
         " CAs above it, and SSLVerifyDepth is " + std::to_string(verify_depth(line)) +
         (inside == line ? "; raise it"
                         : "; raise it outside of sections: the handshake does not know of " +
                               with_place(inside));
}

std::string reason_of(const Verification& verification, const HeldLines& lines) {
  std::string why = verification.is_invalid ? "an extension cannot be read"
                                            : X509_verify_cert_error_string(verification.error);
  why += verification.depth == 0 ? " (the certificate itself)"
                                 : " (a CA above it, " + verification.subject + ")";
  if (verification.is_invalid) return why + "; OpenSSL takes no such certificate, issue a new one";
  if (is_about_lists(verification.error)) return why + about_lists(verification, lines);
  if (is_untrusted(verification.error)) return why + about_trust(verification, lines);
  if (verification.error == X509_V_ERR_CERT_CHAIN_TOO_LONG) return about_depth(verification, lines);
  if (verification.error == X509_V_ERR_INVALID_PURPOSE)
    return why + ": it is not for TLS clients (extendedKeyUsage without clientAuth, or keyUsage)";
  return why;
}

/// The line by which OpenSSL is told to verify in another way than mod_ssl's own lines say; null:
/// there is none.
const ap_directive_t* own_verification(const HeldLines& lines) {
  const auto commands = lines.named_in_server("SSLOpenSSLConfCmd");
  const auto found = std::ranges::find_if(
      commands, [](const auto* line) { return first_word(line).starts_with("verify"); });
  return found == commands.end() ? nullptr : *found;
}

/// For the first line: what is said of the certificate alone is not the whole truth.
void add_notes(TlsVerdict& verdict, const HeldLines& lines, const Verification& found,
               apr_pool_t* pool) {
  auto& notes = verdict.notes;
  if (verdict.outcome == Outcome::Accepted || verdict.outcome == Outcome::NotVerified)
    notes = tls_notes(lines, found.chain, pool);
  for (const auto& note : notes) verdict.but += "; but " + note;
  const auto ticket = ticket_note(lines);
  if (!ticket.empty()) notes.push_back(ticket);
  if (!ticket.empty() && verdict.outcome == Outcome::Refused) verdict.but += "; but " + ticket;
}

TlsVerdict judge_verification(Verification found, const HeldLines& lines, const std::string& mode) {
  if (!found.unreadable.empty())
    return {Outcome::Unknown, found.unreadable + " cannot be read by this user"};
  const auto depth = verify_depth(ssl_line(lines, "SSLVerifyDepth"));
  if (found.error == X509_V_OK && found.depth > depth) found.error = X509_V_ERR_CERT_CHAIN_TOO_LONG;
  if (found.error == X509_V_OK) return {Outcome::Accepted, {}};
  const bool passes = mode == "optional_no_ca" && is_untrusted(found.error);
  return {.outcome = passes ? Outcome::NotVerified : Outcome::Refused,
          .why = reason_of(found, lines),
          .lacks_issuer = found.error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY};
}

TlsVerdict judge(const HeldLines& lines, const Certificate& certificate, const Others& others,
                 TlsTrusts& trusts, apr_pool_t* pool) {
  if (!has_tls(lines))
    return {.outcome = Outcome::NotAsked,
            .why = "SSLEngine is off: there is no TLS, and no certificate",
            .absence = absence::kNotTls};
  if (const auto* line = own_verification(lines))
    return {Outcome::Unknown, with_place(line) + " changes how certificates are verified"};
  const auto at_place = verify_mode(ssl_line(lines, "SSLVerifyClient"));
  const auto at_handshake = asked_at_handshake(lines);
  if (at_handshake == "none" && at_place == "none")
    return {.outcome = Outcome::NotAsked,
            .why = never_asked(lines.find("SSLVerifyClient"), where_asked(lines)),
            .absence = absence::kNotAsked};
  const auto found = verify_as_tls(lines, certificate, others, trusts.of(lines, pool));
  auto verdict = judge_verification(found, lines, at_handshake == "none" ? at_place : at_handshake);
  add_notes(verdict, lines, found, pool);
  return verdict;
}

}  // namespace

TlsVerdict ask_tls(const HeldLines& lines, const Certificate& certificate, const Others& others,
                   TlsTrusts& trusts, apr_pool_t* pool) {
  auto verdict = judge(lines, certificate, others, trusts, pool);
  verdict.lines = shown_lines(lines);
  return verdict;
}

}  // namespace certmap
