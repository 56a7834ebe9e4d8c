#include "core/crl/facts.h"

#include <openssl/evp.h>

#include <iterator>
#include <utility>

#include "core/certificate/name_reader.h"
#include "core/certificate/openssl_der.h"
#include "core/crl/fields.h"
#include "core/crl/octets.h"
#include "core/text/encodings.h"

namespace certmap {
CrlSigner crl_signer(X509* ca) {
  Refusal refusal;  // such a name is a key like any other
  return {comparison_key(read_name(X509_get_subject_name(ca), "subject", refusal)),
          digest_of(EVP_sha256(), encode(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(ca)))};
}

CrlFacts facts_of(const Crl& crl, const CrlSigner& signer) {
  return {crl, to_text(crl.issuer, NameStyle::Rfc4514), signer};
}

bool is_of_one_kind(const CrlFacts& a, const CrlFacts& b) {
  return a.series() == b.series() && a.is_delta() == b.is_delta();
}

bool is_same(const CrlFacts& a, const CrlFacts& b) {
  return is_of_one_kind(a, b) && a.number == b.number && a.this_update == b.this_update;
}

std::string crl_reason(std::uint8_t reason) {
  constexpr const char* kReasons[] = {
      "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
      "superseded",    "cessationOfOperation", "certificateHold", "7",
      "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};
  return reason < std::size(kReasons) ? kReasons[reason] : std::to_string(reason);
}

std::string crl_number(std::string_view number) {
  const auto digits = decimal(number);
  return digits.empty() ? hex(number) : digits;
}

// No number is empty: so an empty base is none.
std::string pack(const CrlFacts& facts) {
  std::string octets;
  put(octets, facts.this_update);
  put(octets, facts.next_update);
  put(octets, facts.issuer);
  put(octets, facts.signer.name);
  put(octets, facts.signer.key);
  put(octets, facts.number);
  put(octets, facts.base.value_or(""));
  put(octets, facts.scope.der);
  return octets;
}

CrlFacts unpack_crl_facts(std::string_view octets) {
  Unpacker from(octets);
  CrlFacts facts;
  facts.this_update = from.number();
  facts.next_update = from.number();
  facts.issuer = from.text();
  facts.signer.name = from.text();
  facts.signer.key = from.text();
  facts.number = from.text();
  if (auto base = from.text(); !base.empty()) facts.base = std::move(base);
  if (const auto der = from.text(); !der.empty()) {
    auto scope = read_scope(der);
    if (!scope) refuse_damaged();
    facts.scope = *std::move(scope);
  }
  if (!from.at_end()) refuse_damaged();
  return facts;
}

}  // namespace certmap
