// Certificates with real signatures, for what verifies them.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace certmap::test {

using Key = std::shared_ptr<EVP_PKEY>;

inline Key make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

struct SignedSpec {
  std::string common_name;
  std::string issuer;
  std::vector<std::pair<int, std::string>> extensions;  ///< NID and openssl.cnf text
  long not_before = -60;                                ///< seconds from now
  long not_after = 3600;
};

inline std::shared_ptr<X509> sign(const SignedSpec& spec, const Key& key, const Key& issuer_key) {
  std::shared_ptr<X509> x509(X509_new(), X509_free);
  const auto add_name = [](X509_NAME* name, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  };
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 7);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), spec.not_before);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), spec.not_after);
  add_name(X509_get_subject_name(x509.get()), spec.common_name);
  add_name(X509_get_issuer_name(x509.get()), spec.issuer);
  X509_set_pubkey(x509.get(), key.get());
  for (const auto& [nid, text] : spec.extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, text.c_str());
    X509_add_ext(x509.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x509.get(), issuer_key.get(), EVP_sha256());
  return x509;
}

inline std::shared_ptr<X509> make_ca(const std::string& name, const Key& key,
                                     std::vector<std::pair<int, std::string>> more = {}) {
  more.emplace_back(NID_basic_constraints, "critical,CA:TRUE");
  return sign({name, name, more}, key, key);
}

/// A file that is removed with the object.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name = (std::filesystem::temp_directory_path() / "certmap-test-XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    path_ = name;
    file_ = fdopen(descriptor, "w");
  }
  ~TemporaryFile() {
    std::fclose(file_);
    std::filesystem::remove(path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  TemporaryFile& add(const std::shared_ptr<X509>& x509) {
    PEM_write_X509(file_, x509.get());
    std::fflush(file_);
    return *this;
  }
  TemporaryFile& add(const std::string& text) {
    std::fputs(text.c_str(), file_);
    std::fflush(file_);
    return *this;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  FILE* file_ = nullptr;
};

}  // namespace certmap::test
