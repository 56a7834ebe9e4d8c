#include <string>

#include "core/text/calendar.h"
#include "httpd/whoami/text.h"

namespace certmap {
namespace {

constexpr const char* kChooseAnother =
    "If you have another certificate: close all windows of your browser, open it again, and choose "
    "that one when the browser asks. Until then it goes on with the one that it has sent.";
constexpr const char* kRestart =
    "After that, close all windows of your browser and open it again, so that it asks which "
    "certificate to send.";
constexpr const char* kAskIfRight = "If this is the right one, ask the administrator.";

std::string why_no_certificate(const Visit& visit) {
  if (visit.silent)
    return "The server cannot see certificates: its TLS module does not hand them on.";
  if (visit.tls.empty())
    return "The connection is not encrypted, so your browser cannot send a certificate.";
  if (!visit.asked) return "The server did not ask your browser for a certificate here.";
  return "The server asked for a certificate, but your browser sent none.";
}

}  // namespace

std::string why(const Visit& visit) {
  switch (visit.reason) {
    case Reason::NoCertificate:
      return why_no_certificate(visit);
    case Reason::CertificateNotVerified:
      return "The server does not trust your certificate: it could not verify who issued it.";
    case Reason::CertificateExpired:
      return "Your certificate expired on " + utc_date(visit.certificate->not_after) + ".";
    case Reason::CertificateNotYetValid:
      return "Your certificate is valid only from " + utc_date(visit.certificate->not_before) +
             " on.";
    case Reason::MalformedCertificate:
      return "Your certificate was issued with a fault, so the server cannot rely on it.";
    case Reason::CertificateRevoked:
      return "Your certificate was revoked: whoever issued it has declared it void.";
    case Reason::DeniedByRule:
      return "Your certificate is blocked on this server.";
    case Reason::EntryExpired:
      return "The time for which your certificate was let in is over.";
    case Reason::AmbiguousAttribute:
      return "Your certificate has more than one name that could be your account, and the server "
             "does not guess.";
    case Reason::AmbiguousAccount:
      return "More than one account fits your certificate, and the server does not guess.";
    case Reason::CertificateNotInEntry:
      return "This certificate is not registered for the account that it names.";
    case Reason::UnsafeAccount:
      return "Your certificate leads to an account name that the server does not accept.";
    case Reason::RevocationUnknown:
      return "The server cannot tell at the moment whether your certificate still holds.";
    case Reason::BackendUnavailable:
      return "The server cannot look up your account at the moment.";
    case Reason::AccountMismatch:
      return "Your certificate and your password belong to different accounts.";
    case Reason::NoRuleMatched:
      return "No account here belongs to your certificate.";
    case Reason::Mapped:
      return "Your certificate belongs to this account.";
  }
  return {};
}

namespace {

Steps steps_without_certificate(const Visit& visit) {
  if (visit.silent) return {kAsk};
  if (visit.tls.empty())
    return {"Open the same address with https:// in front.",
            "If that is how you opened it, something in front of the server ends the encryption: "
            "tell the administrator."};
  if (!visit.asked)
    return {"Open the page that you wanted to visit: the server may ask for a certificate there.",
            "If it does not ask there either, tell the administrator."};
  return {
      "Make sure that your certificate is installed in this browser, or your smart card "
      "inserted. Firefox has a certificate store of its own.",
      "Close all windows of your browser and open it again. Then choose a certificate when it "
      "asks; if you cancel, it does not ask again."};
}

}  // namespace

Steps try_later() {
  return {"Try again in a few minutes. Your certificate is not the cause.",
          "If it goes on, ask the administrator."};
}

Steps steps_for(const Visit& visit) {
  switch (visit.reason) {
    case Reason::NoCertificate:
      return steps_without_certificate(visit);
    case Reason::CertificateExpired:
      return {"Renew your certificate where you got it from, or ask for a new one.", kRestart};
    case Reason::CertificateNotYetValid:
      return {"Wait until then.", kChooseAnother};
    case Reason::MalformedCertificate:
      return {kChooseAnother,
              "Otherwise your certificate must be issued anew: ask the administrator."};
    case Reason::CertificateRevoked:
      return {"Ask for a new certificate where you got this one from.", kRestart};
    case Reason::CertificateNotVerified:
    case Reason::DeniedByRule:
    case Reason::CertificateNotInEntry:
      return {kChooseAnother, kAskIfRight};
    case Reason::NoRuleMatched:
      return {kChooseAnother, "If you should have an account here, ask the administrator."};
    case Reason::AmbiguousAttribute:
      return {kChooseAnother, kAsk};
    case Reason::EntryExpired:
    case Reason::AmbiguousAccount:
    case Reason::UnsafeAccount:
      return {kAsk};
    case Reason::RevocationUnknown:
    case Reason::BackendUnavailable:
      return try_later();
    case Reason::AccountMismatch:
      return {
          "Close all windows of your browser and open it again. Then sign in with the user name "
          "that belongs to your certificate.",
          kChooseAnother};
    case Reason::Mapped:
      return {};
  }
  return {};
}

}  // namespace certmap
