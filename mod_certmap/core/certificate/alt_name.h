// subjectAltName: RFC 5280 section 4.2.1.6, and the otherNames that have a name of their own.
#pragma once

#include <string>
#include <string_view>

#include "core/certificate/certificate.h"
#include "core/certificate/name_reader.h"

namespace certmap {

inline constexpr int kMaxAltNames = 256;

/// Reads the extension's octets into `certificate.alt_names`.
void read_alt_names(std::string_view extension, Certificate& certificate);

/// Content octets of the type of an otherName that has a name of its own; empty for other kinds.
std::string_view other_name_oid(AttributeKind kind);

/// RFC 5952 text of 4 or 16 octets; empty for any other number.
std::string ip_text(std::string_view octets);

/// `local@domain` with the part after the last '@' in lower case.
std::string normalized_email(std::string_view text);

/// RFC 4556 KRB5PrincipalName: `comp/comp@REALM`, with `/ @ \` escaped by `\`. Answers what is
/// wrong, as the end of a sentence, or null.
const char* read_krb5_principal(std::string_view der, std::string& text);

}  // namespace certmap
