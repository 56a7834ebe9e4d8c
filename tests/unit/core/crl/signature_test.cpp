#include <cppunit/extensions/HelperMacros.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>

#include "core/crl/crl.h"
#include "core/text/error.h"
#include "make_crl.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class CrlSignatureTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrlSignatureTest);
  CPPUNIT_TEST(key_that_signed_is_found_among_cas_of_one_name);
  CPPUNIT_TEST(key_of_nobody_there_is_told_apart);
  CPPUNIT_TEST(ed25519_is_verified);
  CPPUNIT_TEST(ca_without_crl_sign_is_refused);
  CPPUNIT_TEST(renewed_ca_is_tried_though_its_old_certificate_lacks_crl_sign);
  CPPUNIT_TEST(weak_digest_is_refused);
  CPPUNIT_TEST(weak_key_is_refused);
  CPPUNIT_TEST(rsa_and_rsassa_pss_are_verified);
  CPPUNIT_TEST_SUITE_END();

  Key key_ = make_key();
  std::shared_ptr<X509> ca_ = make_ca("CA", key_);

  static Key rsa(std::size_t bits) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits), EVP_PKEY_free};
  }
  static std::shared_ptr<X509> ca_with(const Key& key) {
    auto ca = make_ca("CA", make_key());
    X509_set_pubkey(ca.get(), key.get());
    return ca;
  }
  static std::string signature_error(const std::string& der, const std::shared_ptr<X509>& ca) {
    return error_of([&] {
      if (!check_signature(read_crl(der, "a.crl"), {ca.get()})) throw ConfigError("nobody's");
    });
  }

 public:
  void key_that_signed_is_found_among_cas_of_one_name() {
    const auto twin = make_ca("CA", make_key());
    const auto der = crl_der({}, key_);
    const auto signer = check_signature(read_crl(der, "a.crl"), {twin.get(), ca_.get()});
    CPPUNIT_ASSERT(signer == 1);
  }

  void key_of_nobody_there_is_told_apart() {
    const auto der = crl_der({}, make_key());
    CPPUNIT_ASSERT(!check_signature(read_crl(der, "a.crl"), {ca_.get()}));
    const auto other = make_ca("Other", key_);
    const auto ours = crl_der({}, key_);
    CPPUNIT_ASSERT(!check_signature(read_crl(ours, "a.crl"), {other.get()}));
  }

  void ed25519_is_verified() {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
    const std::shared_ptr<X509> ca(X509_dup(ca_.get()), X509_free);
    X509_set_pubkey(ca.get(), key.get());
    const auto der = crl_der({.algorithm = "1.3.101.112", .digest = nullptr}, key);
    CPPUNIT_ASSERT(check_signature(read_crl(der, "a.crl"), {ca.get()}) == 0);
    CPPUNIT_ASSERT(!check_signature(read_crl(der, "a.crl"), {ca_.get()}));
  }

  void ca_without_crl_sign_is_refused() {
    const auto ca = make_ca("CA", key_, {{NID_key_usage, "critical,keyCertSign"}});
    const auto der = crl_der({}, key_);
    CPPUNIT_ASSERT(error_of([&] {
                     check_signature(read_crl(der, "a.crl"), {ca.get()});
                   }).find("lacks cRLSign") != std::string::npos);
  }

  void renewed_ca_is_tried_though_its_old_certificate_lacks_crl_sign() {
    const auto old = make_ca("CA", key_, {{NID_key_usage, "critical,keyCertSign"}});
    const auto der = crl_der({}, key_);
    CPPUNIT_ASSERT(check_signature(read_crl(der, "a.crl"), {old.get(), ca_.get()}) == 1);
  }

  void weak_digest_is_refused() {
    const auto der = crl_der({.algorithm = "1.2.840.10045.4.1", .digest = EVP_sha1()}, key_);
    const auto key = rsa(2048);
    for (const auto& error :
         {signature_error(der, ca_), signature_error(openssl_crl(key, EVP_md5()), ca_with(key)),
          signature_error(openssl_crl(key, EVP_sha1()), ca_with(key)),
          signature_error(openssl_crl(key, EVP_sha1(), true), ca_with(key))})
      CPPUNIT_ASSERT_MESSAGE(error, error.find("weak digest") != std::string::npos);
  }

  void weak_key_is_refused() {
    const auto key = rsa(768);
    const auto error = signature_error(openssl_crl(key, EVP_sha256()), ca_with(key));
    CPPUNIT_ASSERT_MESSAGE(error, error.find("weak key") != std::string::npos);
  }

  void rsa_and_rsassa_pss_are_verified() {
    const auto key = rsa(2048);
    const auto other = rsa(2048);
    for (const bool pss : {false, true}) {
      const auto der = openssl_crl(key, EVP_sha256(), pss);
      CPPUNIT_ASSERT_EQUAL(std::string("none"), signature_error(der, ca_with(key)));
      CPPUNIT_ASSERT_EQUAL(std::string("nobody's"), signature_error(der, ca_with(other)));
      CPPUNIT_ASSERT_EQUAL(std::string("nobody's"), signature_error(der, ca_));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlSignatureTest);

}  // namespace
