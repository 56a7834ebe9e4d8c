// CRLs: whatever the octets, reading ends, and what is read gives an image that says the same and
// in which every entry is found. An image of any octets is refused, or answers.
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/crl/judge.h"
#include "core/text/error.h"

using namespace certmap;

namespace {

const CrlSigner kSigner{"ca", "key"};

void require(bool holds) {
  if (!holds) std::abort();
}

/// A CA of the CRL's issuer: what is wrong with algorithm and signature is found only there.
void verify(const Crl& crl) {
  static const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> ca(X509_new(), X509_free);
  const auto* at = reinterpret_cast<const unsigned char*>(crl.issuer_der.data());
  const std::unique_ptr<X509_NAME, void (*)(X509_NAME*)> name(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(crl.issuer_der.size())), X509_NAME_free);
  X509_set_subject_name(ca.get(), name.get());
  X509_set_pubkey(ca.get(), key.get());
  require(!check_signature(crl, {ca.get()}));
}

std::string image_of(const Crl& crl) {
  PageBuffer octets;
  take_crl_entries(crl, kSigner, octets);
  sort_crl_entries(octets);
  const CrlImage image(octets.view());
  require(pack(image.facts()) == pack(facts_of(crl, kSigner)));
  std::uint64_t count = 0;
  read_entries(crl, [&](const CrlEntry& entry) {
    require(image.find(entry.serial).has_value());
    ++count;
  });
  require(count == image.entries());
  return std::string(octets.view());
}

void judge(const std::deque<std::string>& octets) {
  std::deque<CrlImage> images;
  std::vector<const CrlImage*> all;
  for (const auto& one : octets) all.push_back(&images.emplace_back(one));
  const auto sources = sources_of(all);
  for (const auto& source : sources)
    require(source.complete != nullptr && !source.complete->facts().is_delta());
  const CrlJudge judge({{kSigner, "ca", "\x01", {0}}}, sources);
}

void read(std::string_view text) try {
  std::string storage;
  std::deque<std::string> images;
  for (const auto der : split_crls(text, "a.crl", storage)) {
    const auto crl = read_crl(der, "a.crl");
    images.push_back(image_of(crl));
    verify(crl);
  }
  judge(images);
} catch (const ConfigError&) {
}

void open(std::string_view text) try {
  const CrlImage image(text);
  image.find("a");
  image.find(std::string(40, 'x'));
} catch (const std::runtime_error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(text);
  open(text);
  return 0;
}
