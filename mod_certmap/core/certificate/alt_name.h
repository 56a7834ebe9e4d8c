// subjectAltName: RFC 5280 section 4.2.1.6, and the otherNames that have a name of their own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/certificate/certificate.h"
#include "core/certificate/name_reader.h"

namespace certmap {

/// A certificate with more alternative names is malformed.
inline constexpr std::size_t kMaxAltNames = 256;

/// Reads the extension's octets into `certificate.alt_names`. What is wrong with them goes into
/// `malformed` and `refused_alt_names`; nothing is thrown for it.
void read_alt_names(std::string_view extension, Certificate& certificate);

/// The content octets of the type of an otherName that has a name of its own; empty for other
/// kinds.
std::string_view other_name_oid(AttributeKind kind);

/// The text (RFC 5952) of an address of 4 or 16 octets; empty for any other number.
std::string ip_text(std::string_view octets);

/// `local@domain` with the part after the last '@' in lower case.
std::string normalized_email(std::string text);

/// Makes `comp/comp@REALM` of a KRB5PrincipalName (RFC 4556 section 3.2.2), with `/ @ \` escaped by
/// `\`. Answers what is wrong, as the end of a sentence, or null.
const char* read_krb5_principal(std::string_view der, std::string& text);
/// Whether read_krb5_principal() can make such a text.
bool is_krb5_principal(std::string_view text);

}  // namespace certmap
