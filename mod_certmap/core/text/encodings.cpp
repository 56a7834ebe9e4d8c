#include "core/text/encodings.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>

namespace certmap {
namespace {

// BN_bn2dec() takes quadratic time.
constexpr std::size_t kMaxNumberOctets = 512;

}  // namespace

std::string hex(std::string_view octets, const char (&digits)[17]) {
  std::string text(2 * octets.size(), '\0');
  char* digit = text.data();
  for (const unsigned char octet : octets) {
    *digit++ = digits[octet >> 4];
    *digit++ = digits[octet & 15];
  }
  return text;
}

std::string base64(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(octets.data()),
                                     static_cast<int>(octets.size()));
  text.resize(length);
  return text;
}

std::string decimal(std::string_view octets) {
  if (octets.size() > kMaxNumberOctets) return {};
  using Number = std::unique_ptr<BIGNUM, decltype([](BIGNUM* n) { BN_free(n); })>;
  using Digits = std::unique_ptr<char, decltype([](char* d) { OPENSSL_free(d); })>;
  const auto* data = reinterpret_cast<const unsigned char*>(octets.data());
  const Number number(BN_bin2bn(data, static_cast<int>(octets.size()), nullptr));
  const Digits digits(number ? BN_bn2dec(number.get()) : nullptr);
  return digits ? digits.get() : "";
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

}  // namespace certmap
