// Which of several CRLs count and with which delta, who is revoked, and of whom that can be known:
// docs/crl.md.
#pragma once

#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/crl/image.h"
#include "core/text/calendar.h"

namespace certmap {

/// An entry, and the CRL that has it.
struct CrlHit {
  Revocation entry;
  const CrlImage* crl = nullptr;
};

/// A complete CRL that counts, and the delta that counts with it.
struct CrlSource {
  const CrlImage* complete = nullptr;
  const CrlImage* delta = nullptr;  ///< may be null

  /// The delta's word counts, except that its removeFromCRL takes back a certificateHold of
  /// `complete` and nothing else. Throws as CrlImage::find() does.
  std::optional<CrlHit> find(std::string_view serial) const;
};

/// Whether `a` is the later of two complete CRLs of one signer and scope: by its thisUpdate, then
/// by its crlNumber.
bool is_later(const CrlFacts& a, const CrlFacts& b);

/// Those that count among `images`, whose order does not matter and which live longer than the
/// answer. Of several complete CRLs of one signer and scope that with the latest thisUpdate counts;
/// of those of one second that with the highest crlNumber, or where they are equal in that, too,
/// all of them, for whom one of them revokes is revoked. A delta counts with the complete CRL of
/// its signer and scope whose crlNumber is at least its base's and below its own; of several that
/// with the highest crlNumber.
std::vector<CrlSource> sources_of(const std::vector<const CrlImage*>& images);

/// A CA of one CertMapIssuedBy, or one above it.
struct CrlCa {
  CrlSigner signer;
  std::string issuer;                ///< comparison_key() of its issuer's name
  std::string serial;                ///< serial_key() of its certificate
  std::vector<std::size_t> issuers;  ///< those of `cas` whose key signed it, perhaps itself
};

/// Verifies who signed whom: at start, not for a request.
std::vector<CrlCa> crl_cas(const std::vector<X509*>& cas);

/// `found`, which crl_cas() said of `cas`, and behind them the CAs above those that nobody among
/// `cas` issued, from the other CertMapIssuedBy in use, each with those of its name there.
/// Verifies, too.
std::vector<CrlCa> with_cas_above(std::vector<CrlCa> found, std::vector<X509*> cas,
                                  const std::vector<std::vector<X509*>>& others);

/// CertMapCRLStale.
struct StalePolicy {
  std::int64_t grace = 0;  ///< seconds after its nextUpdate during which a CRL is in force
  bool allow_unknown = false;
};

/// Whether a certificate is known.
struct Known {
  const CrlImage* crl = nullptr;  ///< that which makes it known; null: it is not
  bool let_in = false;            ///< it is known, or `allow_unknown`
  std::int64_t until = kForever;  ///< first second at which other CRLs or none would answer
};

/// Why a certificate is revoked: its own entry, or that of a CA above it.
struct Revoked : CrlHit {
  std::optional<std::size_t> ca;  ///< index of the CA that has the entry
};

/// The CRLs of the rules in use, seen from one CertMapIssuedBy. Immutable, safe for any number of
/// threads. Everything throws std::runtime_error where an image turns out to be damaged; who is
/// asking must be refused then.
class CrlJudge {
 public:
  /// `cas`: those of with_cas_above(). The images that `sources` name live longer.
  CrlJudge(std::vector<CrlCa> cas, std::vector<CrlSource> sources);

  /// False where no CRL is signed by one of these CAs.
  bool has_sources() const { return !sources_.empty(); }

  /// `signer` is the index of the CA whose key signed the certificate. Revoked is who is on a CRL
  /// of a CA there that has his issuer's name, whatever its scope, and of whom every CA there that
  /// has his signer's name and key is revoked itself.
  std::optional<Revoked> revoked(const Certificate& certificate, std::size_t signer) const;

  /// Known is who is covered by a complete CRL in force of the very key that signed.
  Known known(const Certificate& certificate, std::size_t signer, const StalePolicy& policy,
              std::int64_t now) const;

 private:
  std::optional<CrlHit> listed(std::string_view serial, std::string_view issuer) const;
  bool has_living_issuer(const CrlCa& ca) const;
  void find_revoked_cas();

  std::vector<CrlCa> cas_;
  std::vector<CrlSource> sources_;  ///< of signers among `cas_`
  std::vector<std::optional<Revoked>> revoked_cas_;
};

}  // namespace certmap
