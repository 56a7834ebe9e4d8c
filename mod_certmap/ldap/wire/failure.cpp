#include "ldap/wire/failure.h"

#include <ldap.h>

#include <algorithm>
#include <cstddef>

#include "core/certificate/account.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::chrono::milliseconds kLongestSleep{250};

}  // namespace

std::chrono::milliseconds time_left(const Deadline& deadline) {
  if (deadline.stop.stop_requested()) return std::chrono::milliseconds(0);
  const auto left = deadline.at - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

std::chrono::milliseconds one_sleep(const Deadline& deadline) {
  const auto left = time_left(deadline);
  return deadline.stop.stop_possible() ? std::min(left, kLongestSleep) : left;
}

LdapFailure::Kind kind_of(int result_code) {
  switch (result_code) {
    case LDAP_SUCCESS:
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_PROTOCOL_ERROR:
    case LDAP_TIMELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
    case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
    case LDAP_NO_SUCH_ATTRIBUTE:
    case LDAP_UNDEFINED_TYPE:
    case LDAP_INAPPROPRIATE_MATCHING:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_INVALID_SYNTAX:
    case LDAP_ALIAS_PROBLEM:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_ALIAS_DEREF_PROBLEM:
      return LdapFailure::Kind::Question;
    case LDAP_REFERRAL:
    case LDAP_PARTIAL_RESULTS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_OTHER:
      return LdapFailure::Kind::Elsewhere;
    default:
      return LdapFailure::Kind::Server;
  }
}

std::string for_log(std::string_view text) {
  std::string clean(cut_text(text, kMaxText));
  if (!is_clean_text(clean))
    std::ranges::replace_if(
        clean, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text.size() > kMaxText ? clean + "…" : clean;
}

}  // namespace certmap
