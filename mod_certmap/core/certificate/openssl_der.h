// OpenSSL's objects with an owner; its i2d and d2i functions and digests, with strings.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>
#include <string_view>

namespace certmap {

struct OpenSslRelease {
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};

/// Owns what a function of OpenSSL made; null where that failed. Of a stack it owns the stack
/// alone, not the certificates in it.
template <typename T>
using OpenSslHandle = std::unique_ptr<T, OpenSslRelease>;

/// Holds it together with whoever owns it already.
inline std::shared_ptr<X509> shared(X509* x509) {
  X509_up_ref(x509);
  return {x509, X509_free};
}

/// mod_ssl looks at this thread's error queue after its own calls: leave it as it was.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() { ERR_set_mark(); }
  ~ErrorQueueGuard() { ERR_pop_to_mark(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

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

template <typename Object>
using Decoder = Object* (*)(Object**, const unsigned char**, long);
template <typename Object>
using Decoded = std::unique_ptr<Object, void (*)(Object*)>;

/// What `d2i` decodes at the start of `der`, which it then leaves out; null where that fails. The
/// error stays in no queue.
template <typename Object>
Decoded<Object> decode_start(std::string_view& der, Decoder<Object> d2i, void (*release)(Object*)) {
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const auto* at = start;
  const ErrorQueueGuard guard;
  Decoded<Object> object(d2i(nullptr, &at, static_cast<long>(der.size())), release);
  if (object) der.remove_prefix(at - start);
  return object;
}

/// The same of all of `der`; null, too, where octets are left over.
template <typename Object>
Decoded<Object> decode(std::string_view der, Decoder<Object> d2i, void (*release)(Object*)) {
  auto object = decode_start(der, d2i, release);
  if (!der.empty()) object.reset();
  return object;
}

/// The digest's octets. Throws std::bad_alloc where OpenSSL cannot make it.
std::string digest_of(const EVP_MD* algorithm, std::string_view octets);
/// The same of a certificate's DER.
std::string digest_of(const EVP_MD* algorithm, const X509* x509);

}  // namespace certmap
