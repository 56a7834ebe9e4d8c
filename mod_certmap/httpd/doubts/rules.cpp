#include <string>

#include "core/text/calendar.h"
#include "httpd/base/messages.h"
#include "httpd/config/config.h"
#include "httpd/doubts/doubts.h"

namespace certmap {
namespace {

void doubt_issuer(const NamedRule& named, server_rec* main_server) {
  const auto& rule = *named.rule;
  if (rule.is_weak())
    report(main_server, message::kWeakRule,
           named.place.text() + ": rule " + rule.name +
               " is weak: it maps certificates of every CA that SSLCACertificateFile trusts; "
               "add CertMapIssuedBy with the CA that it means");
  if (const auto expired =
          rule.issued_by ? rule.issued_by->expired(now_in_seconds()) : std::string();
      !expired.empty())
    report(main_server, message::kExpiredCa,
           named.place.text() + ": rule " + rule.name +
               ": CertMapIssuedBy names a CA that has expired: " + expired);
}

void doubt_ldap_lines(const NamedRule& named, const LdapLines& defaults, server_rec* main_server) {
  const auto lines = named.ldap->lines.over(defaults);
  if (lines.client_certificate && !is_encrypted(named.ldap->url.security))
    report(main_server, message::kUnusedLdapLine,
           named.ldap_place.text() +
               ": CertMapLDAPClientCert is not used, because the connection is not encrypted");
  if (lines.client_certificate && lines.bind_dn && is_encrypted(named.ldap->url.security))
    report(main_server, message::kUnusedLdapLine,
           named.ldap_place.text() +
               ": CertMapLDAPBindDN is not used, because CertMapLDAPClientCert asks for SASL "
               "EXTERNAL; "
               "leave one of them out");
}

}  // namespace

void doubt_rules(server_rec* main_server) {
  for (const auto& [s, named] : rules_of(main_server)) {
    doubt_issuer(*named, main_server);
    if (named->ldap) doubt_ldap_lines(*named, lines_of(s).ldap, main_server);
  }
}

}  // namespace certmap
