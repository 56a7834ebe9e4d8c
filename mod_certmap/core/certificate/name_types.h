// Attribute types of names: what OpenSSL, Active Directory and NSS call them.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

/// The texts live as long as the program.
struct NameType {
  std::string_view oid;         ///< content octets
  std::string_view short_name;  ///< OpenSSL's
  std::string_view long_name;   ///< OpenSSL's
  std::string_view nss;         ///< as SSSD's sss_certmap writes it in its NSS styles
  std::string_view ad;          ///< the same in its AD styles
};

/// The usual types, found without OpenSSL; null for any other, which OpenSSL may know nevertheless.
const NameType* find_name_type(std::string_view oid);

/// True for a usual type whose values are character strings.
bool is_text_type(std::string_view oid);
/// True where OpenSSL has a short name for the type.
bool has_name(std::string_view oid);
/// That name, or dotted decimal. Two types share one but for its case: "uid" is not "UID".
std::string openssl_name(std::string_view oid);

}  // namespace certmap
