// Values of otherNames and of the SID extension, as others than RFC 5280 lay them down.
#pragma once

#include <openssl/asn1.h>

#include <string>
#include <string_view>
#include <vector>

#include "make_certificate.h"

namespace certmap::test {

inline constexpr char kUpn[] = "1.3.6.1.4.1.311.20.2.3";
inline constexpr char kKrb5[] = "1.3.6.1.5.2.2";
inline constexpr char kXmpp[] = "1.3.6.1.5.5.7.8.5";
inline constexpr char kSrv[] = "1.3.6.1.5.5.7.8.7";
inline constexpr char kSmtpUtf8[] = "1.3.6.1.5.5.7.8.9";
inline constexpr char kSid[] = "1.3.6.1.4.1.311.25.2";
/// The value of the extension with S-1-5-21-1-2-3-1104, in hexadecimal.
inline constexpr char kSidExtension[] =
    "3025A023060A2B060104018237190201A0150413532D312D352D32312D312D322D332D31313034";

/// KRB5PrincipalName (RFC 4556 section 3.2.2).
inline std::string principal(const std::vector<std::string>& components, std::string_view realm) {
  std::string strings;
  for (const auto& component : components) strings += tlv(V_ASN1_GENERALSTRING, component);
  const auto name = sequence(tlv(0xa0, tlv(V_ASN1_INTEGER, "\x01")) + tlv(0xa1, sequence(strings)));
  return sequence(tlv(0xa0, tlv(V_ASN1_GENERALSTRING, realm)) + tlv(0xa1, name));
}

inline std::string sid_extension(std::string_view sid) {
  return sequence(tlv(0xa0, tlv(V_ASN1_OBJECT, oid("1.3.6.1.4.1.311.25.2.1")) +
                                tlv(0xa0, tlv(V_ASN1_OCTET_STRING, sid))));
}

}  // namespace certmap::test
