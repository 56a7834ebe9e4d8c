// Certificate revocation lists (RFC 5280 section 5), read where they lie, without X509_CRL: that
// takes seconds and hundreds of megabytes for a million entries.
//
// The order of use: split_crls(), read_crl(), check_signature(), then read_entries(). Nothing here
// keeps state, so any number of threads may call it. All views point into the octets that were
// given, which the caller keeps. Everything throws ConfigError, whose text names the file and, as
// soon as it is known, the issuer. Moments are seconds since 1970.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/certificate/name.h"

namespace certmap {

/// issuingDistributionPoint (RFC 5280 section 5.2.5). Without one a CRL covers everything.
struct CrlScope {
  std::string der;                 ///< the extension's value: equal for CRLs of one scope
  std::vector<std::string> names;  ///< DER of each GeneralName; empty: the CRL has no names
  bool only_users = false;
  bool only_cas = false;
  bool only_attributes = false;
  bool only_some_reasons = false;
  bool indirect = false;
};

/// What stays known of a CRL that is in force. Numbers are the content octets of their INTEGER, see
/// serial_key().
struct CrlStatement {
  std::int64_t this_update = 0;
  std::int64_t next_update = 0;
  std::string number;               ///< cRLNumber; empty: there is none
  std::optional<std::string> base;  ///< of a delta: BaseCRLNumber
  CrlScope scope;

  bool is_delta() const { return base.has_value(); }
};

/// What a CRL says of itself.
struct Crl : CrlStatement {
  std::string file;
  std::string_view tbs;        ///< what is signed
  std::string_view algorithm;  ///< DER of the AlgorithmIdentifier
  std::string_view signature;
  std::string_view issuer_der;
  Name issuer;
  std::string authority_key;  ///< keyIdentifier of the authorityKeyIdentifier; may be empty
  std::string_view entries;   ///< content of revokedCertificates
};

/// "crl/corp.crl: the CRL of CN=Corp CA", for sentences.
std::string described(const Crl& crl);

/// CRLReason (RFC 5280 section 5.3.1), those that change what an entry means.
inline constexpr std::uint8_t kUnspecified = 0, kCertificateHold = 6, kRemoveFromCrl = 8;

struct CrlEntry {
  std::string_view serial;  ///< as serial_key() has it; of any length
  std::int64_t date = 0;
  std::uint8_t reason = kUnspecified;
};

/// In seconds, as clocks may differ: a CRL whose thisUpdate is further ahead is not taken.
inline constexpr std::int64_t kMostAhead = 5 * 60;

/// Larger files are an error.
inline constexpr std::uint64_t kMaxCrlOctets = std::uint64_t{1} << 30;

/// Content octets of an INTEGER without redundant ones before it: equal for equal numbers, and
/// different for 128 and -128.
std::string_view serial_key(std::string_view integer);
/// The same of a certificate, whose `serial` lacks the zero octet that keeps 128 from being -128.
std::string serial_key(const Certificate& certificate);
/// The order of such keys; for numbers that are not negative that of their values.
bool is_before(std::string_view key, std::string_view other);

/// The DER of each CRL in a file: of PEM every "X509 CRL" block, decoded into `storage`, else
/// the octets themselves.
std::vector<std::string_view> split_crls(std::string_view octets, const std::string& file,
                                         std::string& storage);

/// Reads everything but the entries. Refuses what is cut or has something after it, an indirect
/// CRL, one without nextUpdate, and a critical extension that is not understood.
Crl read_crl(std::string_view der, const std::string& file);

/// Whose key signed the CRL: an index into `cas`, of which those with its issuer's name are tried;
/// empty: none did. Throws where the keyUsage of all these CAs lacks cRLSign, and for digests and
/// keys below 80 bits of security (MD5, SHA-1, RSA under 1024 bits), as OpenSSL's security level 1
/// does.
std::optional<int> check_signature(const Crl& crl, const std::vector<X509*>& cas);

/// Calls `each` for every entry, in the order of the CRL. Refuses what read_crl() refuses, and
/// removeFromCRL in a CRL that is no delta.
void read_entries(const Crl& crl, const std::function<void(const CrlEntry&)>& each);

}  // namespace certmap
