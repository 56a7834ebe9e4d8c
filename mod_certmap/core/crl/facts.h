// What is kept of a CRL beside its entries, so that a set of images alone answers.
#pragma once

#include <openssl/x509.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "core/crl/crl.h"
#include "core/text/calendar.h"

namespace certmap {

/// A CA as far as CRLs are concerned. Serials are unique among the certificates of one name, and a
/// key may serve two names: so both count.
struct CrlSigner {
  std::string name;  ///< comparison_key() of its subject
  std::string key;   ///< SHA-256 of its SubjectPublicKeyInfo

  auto operator<=>(const CrlSigner&) const = default;
};

CrlSigner crl_signer(X509* ca);

using CrlSeries = std::tuple<const CrlSigner&, const std::string&>;

struct CrlFacts : CrlStatement {
  std::string issuer;  ///< RFC 4514 text
  CrlSigner signer;

  /// CRLs of one signer and scope belong together.
  CrlSeries series() const { return {signer, scope.der}; }
  /// The first second at which it is no longer in force, `grace` seconds after its nextUpdate.
  std::int64_t end(std::int64_t grace = 0) const {
    return next_update > kForever - 1 - grace ? kForever : next_update + 1 + grace;
  }
};

CrlFacts facts_of(const Crl& crl, const CrlSigner& signer);

/// True where both are complete, or both deltas, of one series.
bool is_of_one_kind(const CrlFacts& a, const CrlFacts& b);
/// True where both are one CRL.
bool is_same(const CrlFacts& a, const CrlFacts& b);

/// CRLReason as RFC 5280 section 5.3.1 names it; a number that it does not name is itself.
std::string crl_reason(std::uint8_t reason);
/// A number as decimal digits; what has more than 512 octets as hexadecimal ones.
std::string crl_number(std::string_view number);

/// As octets, and back. Throws std::runtime_error where they are no such octets.
std::string pack(const CrlFacts& facts);
CrlFacts unpack_crl_facts(std::string_view octets);

}  // namespace certmap
