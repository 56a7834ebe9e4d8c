#include "core/rule/decision.h"

namespace certmap {

std::string_view word(Reason reason) {
  switch (reason) {
    case Reason::NoCertificate:
      return "no_certificate";
    case Reason::CertificateNotVerified:
      return "certificate_not_verified";
    case Reason::CertificateExpired:
      return "certificate_expired";
    case Reason::CertificateNotYetValid:
      return "certificate_not_yet_valid";
    case Reason::MalformedCertificate:
      return "malformed_certificate";
    case Reason::DeniedByRule:
      return "denied_by_rule";
    case Reason::EntryExpired:
      return "entry_expired";
    case Reason::AmbiguousAttribute:
      return "ambiguous_attribute";
    case Reason::AmbiguousAccount:
      return "ambiguous_account";
    case Reason::CertificateNotInEntry:
      return "certificate_not_in_entry";
    case Reason::UnsafeAccount:
      return "unsafe_account";
    case Reason::BackendUnavailable:
      return "backend_unavailable";
    case Reason::AccountMismatch:
      return "account_mismatch";
    case Reason::NoRuleMatched:
      return "no_rule_matched";
    case Reason::Mapped:
      return "mapped";
  }
  return {};
}

bool ends_connection(Reason reason) {
  switch (reason) {
    case Reason::NoCertificate:
    case Reason::CertificateExpired:
    case Reason::CertificateNotYetValid:
      return true;
    case Reason::CertificateNotVerified:
    case Reason::MalformedCertificate:
    case Reason::DeniedByRule:
    case Reason::EntryExpired:
    case Reason::AmbiguousAttribute:
    case Reason::AmbiguousAccount:
    case Reason::CertificateNotInEntry:
    case Reason::UnsafeAccount:
    case Reason::BackendUnavailable:
    case Reason::AccountMismatch:
    case Reason::NoRuleMatched:
    case Reason::Mapped:
      return false;
  }
  return false;
}

std::string_view word(AnswerFrom from) {
  switch (from) {
    case AnswerFrom::Connection:
      return "connection";
    case AnswerFrom::Process:
      return "process";
    case AnswerFrom::Shared:
      return "shared";
    case AnswerFrom::Source:
      return "directory";
  }
  return {};
}

std::string_view word(Strength strength) {
  switch (strength) {
    case Strength::Weak:
      return "weak";
    case Strength::Issuer:
      return "issuer";
    case Strength::Strong:
      return "strong";
  }
  return {};
}

}  // namespace certmap
