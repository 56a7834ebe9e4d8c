// OpenSSL's i2d functions and digests, with strings.
#pragma once

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <string>
#include <string_view>

namespace certmap {

/// The content octets; the view is good as long as the object.
std::string_view octets_of(const ASN1_STRING* string);
std::string_view octets_of(const ASN1_OBJECT* object);

/// What `i2d` writes for the object; empty where it fails.
template <typename Function, typename Object>
std::string encode(Function* i2d, Object* object) {
  const int length = i2d(object, nullptr);
  if (length <= 0) return {};
  std::string der(length, '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d(object, &at);
  return der;
}

/// The digest's octets. Throws std::bad_alloc where OpenSSL cannot make it.
std::string digest_of(const EVP_MD* algorithm, std::string_view octets);

}  // namespace certmap
