#include "ldap/lookup/lookup.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstddef>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>

namespace certmap {
namespace {

/// A sealed lookup: this octet, the nonce, what is encrypted, the tag.
constexpr char kSealVersion = 1;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kOverhead = 1 + kNonceSize + kTagSize;

using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done) {
  if (!done) throw std::bad_alloc();
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string digest(kKeySize, '\0');
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets_of(text), text.size(),
               octets_of(digest), nullptr) != nullptr);
  return digest;
}

std::string random_octets(std::size_t size) {
  std::string octets(size, '\0');
  require(RAND_bytes(octets_of(octets), static_cast<int>(size)) == 1);
  return octets;
}

/// Ready for the text: key, nonce, and what is authenticated beside it.
CipherContext start(bool encrypt, std::string_view key, std::string_view nonce,
                    std::string_view beside) {
  CipherContext context(EVP_CIPHER_CTX_new());
  int length = 0;
  require(context &&
          EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, octets_of(key),
                            octets_of(nonce), encrypt ? 1 : 0) == 1 &&
          EVP_CipherUpdate(context.get(), nullptr, &length, octets_of(beside),
                           static_cast<int>(beside.size())) == 1);
  return context;
}

std::string run(EVP_CIPHER_CTX* context, std::string_view text) {
  std::string result(text.size(), '\0');
  int length = 0;
  require(EVP_CipherUpdate(context, octets_of(result), &length, octets_of(text),
                           static_cast<int>(text.size())) == 1 &&
          static_cast<std::size_t>(length) == text.size());
  return result;
}

std::string authenticated(std::string_view key) { return kSealVersion + std::string(key); }

using Json = nlohmann::json;

/// It rises with the layout.
constexpr int kLookupVersion = 2;

Lookup lookup_in(const Json& fields) {
  // A reference, because get() would convert a floating-point number, of any size.
  const auto time = fields.at(2).get_ref<const Json::number_unsigned_t&>();
  Lookup lookup{.found = fields.at(1).get<bool>(), .time = static_cast<std::int64_t>(time)};
  if (!lookup.found) return lookup;
  fields.at(3).get_to(lookup.account);
  fields.at(4).get_to(lookup.groups);
  fields.at(5).get_to(lookup.attributes);
  return lookup;
}

}  // namespace

Seal::Seal(std::string_view secret)
    : name_key_(hmac(secret, "mod_certmap cache 1: name")),
      seal_key_(hmac(secret, "mod_certmap cache 1: seal")) {}

Seal Seal::random() { return Seal(random_octets(kKeySize)); }

std::string Seal::id(std::string_view key) const { return hmac(name_key_, key); }

// Each key has an AES key of its own, so that random nonces last (SP 800-38D, 8.3: 2^32 to a key).
std::string Seal::seal(std::string_view key, const Lookup& lookup) const {
  const auto nonce = random_octets(kNonceSize);
  const auto context = start(true, hmac(seal_key_, key), nonce, authenticated(key));
  const auto encrypted = run(context.get(), serialize(lookup));
  std::string tag(kTagSize, '\0');
  int none = 0;
  require(EVP_CipherFinal_ex(context.get(), octets_of(tag), &none) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) == 1);
  return kSealVersion + nonce + encrypted + tag;
}

std::optional<Lookup> Seal::open(std::string_view key, std::string_view sealed) const {
  if (sealed.size() < kOverhead || sealed[0] != kSealVersion) return std::nullopt;
  const auto nonce = sealed.substr(1, kNonceSize);
  const auto encrypted = sealed.substr(1 + kNonceSize, sealed.size() - kOverhead);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  const auto context = start(false, hmac(seal_key_, key), nonce, authenticated(key));
  const auto text = run(context.get(), encrypted);
  unsigned char none[kTagSize];
  int length = 0;
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context.get(), none, &length) != 1) return std::nullopt;
  return parse_lookup(text);
}

// CBOR (RFC 8949): an array of these fields, of which a miss has the first three.
std::string serialize(const Lookup& lookup) {
  auto fields = Json::array({kLookupVersion, lookup.found, lookup.time});
  if (lookup.found) {
    fields.push_back(lookup.account);
    fields.push_back(lookup.groups);
    fields.push_back(lookup.attributes);
  }
  std::string octets;
  Json::to_cbor(fields, octets);
  return octets;
}

std::optional<Lookup> parse_lookup(std::string_view octets) {
  try {
    auto lookup = lookup_in(Json::from_cbor(octets));
    if (lookup.time >= 0 && serialize(lookup) == octets) return lookup;
  } catch (const Json::exception&) {
    // Something else wrote it.
  }
  return std::nullopt;
}

}  // namespace certmap
