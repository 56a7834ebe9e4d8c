// CertMapIssuedBy: is a certificate signed by one of these CAs, now?
#pragma once

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/crl/judge.h"
#include "core/text/calendar.h"

namespace certmap {

/// Whose key signed a certificate.
struct Signer {
  std::optional<std::uint32_t> ca;  ///< its index in the set; empty: none of them
  int error = X509_V_OK;            ///< why what it signed is not valid all the same
};

/// Remembers results of signature checks by certificate digest, as many as there is room for: an
/// old one makes way. Safe for any number of threads of one process.
class SignatureMemo {
 public:
  std::optional<Signer> find(const std::string& sha256, std::uint32_t set) const;
  void remember(const std::string& sha256, std::uint32_t set, Signer signer);

 private:
  static constexpr std::size_t kSlots = 16384;
  struct Slot {
    std::array<char, 32> sha256;
    std::uint32_t set;
    Signer signer;
  };
  static std::size_t slot_of(const std::string& sha256, std::uint32_t set);

  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
};

/// What IssuerSet::verify() found.
struct IssuerVerdict {
  bool issued = false;
  bool is_signed = false;               ///< by a key of the set, whether it is valid or not
  bool issuer_missing = false;          ///< no CA of the issuer's name is in the set
  std::string why_not;                  ///< for the error log; empty where `issued`
  std::int64_t valid_until = kForever;  ///< first second at which the verdict may be another
  X509* ca = nullptr;                   ///< whose key made the signature; owned by the set
  std::size_t signer = 0;               ///< its number among crl_cas(), where `is_signed`
};

/// The CA certificates of one CertMapIssuedBy line. Any of them is an anchor, so the path is always
/// the leaf and the CA that signed it; everything else about it is checked by X509_verify_cert()
/// (RFC 5280 section 6), but for key identifiers, which only help to find a CA (section 4.2.1.1).
/// Safe for any number of threads once it is made.
class IssuerSet {
 public:
  /// Reads PEM files. `id` tells sets apart in the memo. Throws ConfigError.
  IssuerSet(const std::vector<std::string>& files, std::uint32_t id,
            std::shared_ptr<SignatureMemo> memo);

  /// The name of the first CA whose notAfter has passed; empty: none has.
  std::string expired(std::int64_t now) const;
  /// The files that were read.
  const std::string& files() const { return files_; }
  /// All of them, in the order in which they are tried; the set owns them.
  std::vector<X509*> cas() const;
  /// The same as far as CRLs are concerned; found out once.
  const std::vector<CrlCa>& crl_cas() const;
  /// Whose key signed the certificate, whether it is valid or not (dates, name constraints …);
  /// empty: none of them. So that a revocation counts also where verify() says no.
  std::optional<std::size_t> signer(const Certificate& certificate, std::int64_t now) const;
  IssuerVerdict verify(const Certificate& certificate, std::int64_t now) const;

 private:
  struct Ca : Validity {
    std::shared_ptr<X509> x509;
  };
  void read_file(const std::string& path);
  void add(std::shared_ptr<X509> x509, const std::string& path, int number);
  Signer signer_of(const Certificate& certificate, std::vector<std::uint32_t> candidates,
                   std::int64_t now) const;
  Signer find_signer(const Certificate& certificate,
                     const std::vector<std::uint32_t>& candidates) const;
  bool is_verified_issuer(const Certificate& certificate, const Ca& ca) const;
  std::vector<std::uint32_t> candidates(const Certificate& certificate) const;

  std::vector<Ca> cas_;
  mutable std::once_flag crl_cas_found_;
  mutable std::vector<CrlCa> crl_cas_;
  std::string files_;
  std::uint32_t id_;
  std::shared_ptr<SignatureMemo> memo_;
};

}  // namespace certmap
