// The facts of one X.509 certificate (RFC 5280), read once from its DER. Nobody changes them then,
// so that any number of threads may read them.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/name.h"

namespace certmap {

/// One value of an attribute, as long as its Certificate is there.
struct Value {
  ValueType type = ValueType::Text;
  std::string_view data;       ///< UTF-8 text, or octets; in the Certificate, or in `made`
  const Name* name = nullptr;  ///< for ValueType::Name; `issuer-serial` has octets besides
  bool digested = false;       ///< octets whose text is the hex of their SHA-256 (`cert`, `spki`)
  bool opaque = false;         ///< text that stands for what is no character string: '#' and hex
  std::shared_ptr<const std::string> made;
};

/// A value that owns its data.
Value made_value(ValueType type, std::string data);

/// The value as matches, templates and logs show it: UTF-8, octets in lower-case hex.
std::string text_of(const Value& value);

struct SubjectAltName {
  Attribute attribute;
  std::string text;  ///< UTF-8; octets of the DER for `othername.<OID>`; unused for `dirname`
  Name name;         ///< for `dirname`
  std::string der;   ///< of the otherNames that have a name of their own, for `othername.<OID>`;
                     ///< in `refused_alt_names` the octets, where they are no text
};

struct Extension {
  std::string oid;    ///< content octets
  std::string value;  ///< content octets of extnValue
};

/// Both seconds, since 1970 in UTC, are part of it.
struct Validity {
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;

  bool has_begun(std::int64_t now) const { return not_before <= now; }
  bool has_ended(std::int64_t now) const { return end() <= now; }
  bool holds(std::int64_t now) const { return has_begun(now) && !has_ended(now); }
  /// The first second after it.
  std::int64_t end() const { return not_after + 1; }
};

/// SHA-256 over the DER of a certificate, made when it is first asked for: a connection without
/// audit may never need it. Any number of threads may ask.
class Digest {
 public:
  Digest() = default;
  Digest(std::string octets);
  explicit Digest(std::shared_ptr<X509> x509);

  /// 32 octets. Throws std::bad_alloc where OpenSSL cannot make it.
  const std::string& octets() const;

 private:
  struct Lazy;
  std::shared_ptr<Lazy> lazy_;  ///< null: no octets
};

struct Certificate : Validity {
  /// Set where the certificate is refused whole (docs/directives.md); the sentence says why.
  /// Dates, digest and, as far as they could be read, names are there nevertheless.
  std::optional<std::string> malformed;

  Digest sha256;
  Name subject;
  Name issuer;
  std::string serial;                             ///< octets, without DER's leading zero octet
  bool is_serial_negative = false;                ///< then they are a two's complement
  std::vector<SubjectAltName> alt_names;          ///< in certificate order
  std::vector<SubjectAltName> refused_alt_names;  ///< what `malformed` is about; only to be shown
  std::string sid;                                ///< empty: none
  std::string ski, aki;                           ///< octets; empty: none
  std::vector<std::string> eku, policy;           ///< dotted OIDs
  std::vector<std::string> ku;                    ///< names of bits, as in kKeyUsages
  std::vector<Extension> extensions;

  /// It is for signature verification and for `cert`, `spki`; nothing else asks OpenSSL again.
  std::shared_ptr<X509> x509;
  /// The CA that issued it, where a TLS handshake has just verified that; null: ask the CAs.
  std::shared_ptr<X509> verified_issuer;
};

/// RFC 5280 section 4.2.1.3: the names of keyUsage's bits, bit 0 first.
inline constexpr std::string_view kKeyUsages[] = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly"};

/// Reads one extension into the facts, and what is wrong with it into `malformed`.
void read_extension(const Extension& extension, Certificate& certificate);

/// Never throws for anything a certificate can hold. The certificate is shared, not copied.
Certificate read_certificate(std::shared_ptr<X509> x509);
/// The same of DER; empty where it is no certificate, or has trailing octets.
std::optional<Certificate> read_certificate(std::string_view der);

}  // namespace certmap
