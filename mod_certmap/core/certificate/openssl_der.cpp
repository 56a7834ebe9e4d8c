#include "core/certificate/openssl_der.h"

#include <cstddef>
#include <new>

namespace certmap {

std::string_view octets_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string_view octets_of(const ASN1_OBJECT* object) {
  return {reinterpret_cast<const char*>(OBJ_get0_data(object)), OBJ_length(object)};
}

std::string digest_of(const EVP_MD* algorithm, std::string_view octets) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest, &length, algorithm, nullptr) != 1) {
    throw std::bad_alloc();
  }
  return {reinterpret_cast<const char*>(digest), length};
}

std::string digest_of(const EVP_MD* algorithm, const X509* x509) {
  const ErrorQueueGuard guard;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(x509, algorithm, digest, &length) != 1) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(digest), length};
}

}  // namespace certmap
