#include "core/certificate/certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/certificate/alt_name.h"
#include "core/certificate/der.h"
#include "core/certificate/name_reader.h"
#include "core/certificate/openssl_der.h"
#include "core/certificate/sid.h"

namespace certmap {
namespace {

using namespace std::string_view_literals;

std::int64_t seconds_of(const ASN1_TIME* time, std::string_view field, Certificate& certificate) {
  tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) {
    refuse(certificate.malformed, "certificate", field, "is no valid time");
    return 0;
  }
  using namespace std::chrono;
  const auto date = year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday;
  return duration_cast<seconds>(sys_days(date).time_since_epoch()).count() + 3600 * parts.tm_hour +
         60 * parts.tm_min + parts.tm_sec;
}

// ASN1_INTEGER holds the magnitude: a negative number's octets are those of its DER.
void read_serial(const ASN1_INTEGER* serial, Certificate& certificate) {
  if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
    refuse(certificate.malformed, "certificate", "serial number", "is negative");
    certificate.is_serial_negative = true;
    const auto der = encode(i2d_ASN1_INTEGER, serial);
    if (const auto content = DerReader(der).read(V_ASN1_INTEGER)) certificate.serial = *content;
    return;
  }
  certificate.serial = octets_of(serial);
  if (certificate.serial.empty()) certificate.serial.assign(1, '\0');
}

// X.690 section 8.19: the last octet ends an arc, and no arc starts with 0x80.
bool is_oid(std::string_view octets) {
  bool at_start = true;
  for (const unsigned char octet : octets) {
    if (at_start && octet == 0x80) return false;
    at_start = octet < 0x80;
  }
  return at_start && !octets.empty();
}

bool append_oid(std::string_view oid, std::vector<std::string>& oids) {
  if (oid.size() > kMaxOidOctets || !is_oid(oid)) return false;
  oids.push_back(oid_to_dotted(oid));
  return true;
}

bool read_ski(std::string_view octets, Certificate& certificate) {
  const auto identifier = decode(octets, d2i_ASN1_OCTET_STRING, ASN1_OCTET_STRING_free);
  if (identifier) certificate.ski = octets_of(identifier.get());
  return identifier != nullptr;
}

/// The key's identifier where there is nothing else, as CAs write it.
std::optional<std::string_view> only_key_identifier(std::string_view aki) {
  const auto sequence = sequence_in(aki);
  const auto only = sequence ? DerReader(*sequence).read_only() : std::nullopt;
  const bool is_identifier =
      only && only->tag_class == V_ASN1_CONTEXT_SPECIFIC && !only->is_constructed && only->tag == 0;
  return is_identifier ? std::optional(only->content) : std::nullopt;
}

bool read_aki(std::string_view octets, Certificate& certificate) {
  if (const auto identifier = only_key_identifier(octets)) {
    certificate.aki = *identifier;
    return true;
  }
  const auto aki = decode(octets, d2i_AUTHORITY_KEYID, AUTHORITY_KEYID_free);
  if (aki && aki->keyid) certificate.aki = octets_of(aki->keyid);
  return aki != nullptr;
}

bool read_eku(std::string_view octets, Certificate& certificate) {
  const auto sequence = sequence_in(octets);
  if (!sequence) return false;
  for (DerReader usages(*sequence); !usages.at_end();) {
    const auto usage = usages.read();
    const bool is_object = usage && usage->is(V_ASN1_OBJECT) && !usage->is_constructed;
    if (!is_object || !append_oid(usage->content, certificate.eku)) return false;
  }
  return true;
}

bool read_ku(std::string_view octets, Certificate& certificate) {
  const auto bits = decode(octets, d2i_ASN1_BIT_STRING, ASN1_BIT_STRING_free);
  for (int i = 0; bits && i < static_cast<int>(std::size(kKeyUsages)); ++i)
    if (ASN1_BIT_STRING_get_bit(bits.get(), i)) certificate.ku.emplace_back(kKeyUsages[i]);
  return bits != nullptr;
}

// Only the identifiers: CAs write qualifiers that OpenSSL's type does not take.
bool read_policies(std::string_view octets, Certificate& certificate) {
  const auto sequence = sequence_in(octets);
  if (!sequence) return false;
  DerReader policies(*sequence);
  while (!policies.at_end()) {
    const auto policy = policies.read(V_ASN1_SEQUENCE);
    const auto oid = policy ? DerReader(*policy).read(V_ASN1_OBJECT) : std::nullopt;
    if (!oid || !append_oid(*oid, certificate.policy)) return false;
  }
  return true;
}

bool read_sid_extension(std::string_view octets, Certificate& certificate) {
  certificate.sid = read_sid(octets);
  return !certificate.sid.empty();
}

bool read_subject_alt_names(std::string_view octets, Certificate& certificate) {
  read_alt_names(octets, certificate);
  return true;
}

struct KnownExtension {
  std::string_view oid;
  std::string_view name;
  bool (*read)(std::string_view octets, Certificate& certificate);
};

constexpr KnownExtension kKnown[] = {
    {"\x55\x1d\x11"sv, "subjectAltName", read_subject_alt_names},
    {"\x55\x1d\x0e"sv, "subjectKeyIdentifier", read_ski},
    {"\x55\x1d\x23"sv, "authorityKeyIdentifier", read_aki},
    {"\x55\x1d\x25"sv, "extendedKeyUsage", read_eku},
    {"\x55\x1d\x0f"sv, "keyUsage", read_ku},
    {"\x55\x1d\x20"sv, "certificatePolicies", read_policies},
    {"\x2b\x06\x01\x04\x01\x82\x37\x19\x02"sv, "SID extension", read_sid_extension},
};

/// True where an extension occurs twice: it is unknown then which of them is meant.
bool refuse_repeated(Certificate& certificate) {
  std::vector<std::string_view> oids;
  oids.reserve(certificate.extensions.size());
  for (const auto& extension : certificate.extensions) oids.push_back(extension.oid);
  std::sort(oids.begin(), oids.end());
  const auto repeated = std::adjacent_find(oids.begin(), oids.end());
  if (repeated == oids.end()) return false;
  refuse(certificate.malformed, "certificate", "extension " + oid_to_dotted(*repeated),
         "occurs twice");
  return true;
}

void read_extensions(const X509* x509, Certificate& certificate) {
  const auto* extensions = X509_get0_extensions(x509);
  const int count = std::max(sk_X509_EXTENSION_num(extensions), 0);
  certificate.extensions.reserve(count);
  for (int i = 0; i < count; ++i) {
    auto* extension = sk_X509_EXTENSION_value(extensions, i);
    certificate.extensions.push_back({std::string(octets_of(X509_EXTENSION_get_object(extension))),
                                      std::string(octets_of(X509_EXTENSION_get_data(extension)))});
  }
  if (refuse_repeated(certificate)) return;
  for (const auto& extension : certificate.extensions) read_extension(extension, certificate);
}

}  // namespace

struct Digest::Lazy {
  std::mutex mutex;
  std::shared_ptr<X509> x509;  ///< null: `octets` are there
  std::string octets;
};

Digest::Digest(std::string octets) : lazy_(std::make_shared<Lazy>()) {
  lazy_->octets = std::move(octets);
}

Digest::Digest(std::shared_ptr<X509> x509) : lazy_(std::make_shared<Lazy>()) {
  lazy_->x509 = std::move(x509);
}

const std::string& Digest::octets() const {
  static const std::string kNone;
  if (!lazy_) return kNone;
  const std::lock_guard lock(lazy_->mutex);
  if (lazy_->x509) lazy_->octets = digest_of(EVP_sha256(), lazy_->x509.get());
  lazy_->x509.reset();
  return lazy_->octets;
}

void read_extension(const Extension& extension, Certificate& certificate) {
  const auto* known = std::ranges::find(kKnown, extension.oid, &KnownExtension::oid);
  if (known != std::end(kKnown) && !known->read(extension.value, certificate)) {
    refuse(certificate.malformed, "certificate", known->name, "cannot be decoded");
  }
}

Certificate read_certificate(std::shared_ptr<X509> x509) {
  const ErrorQueueGuard guard;
  Certificate certificate;
  certificate.sha256 = Digest(x509);
  certificate.not_before = seconds_of(X509_get0_notBefore(x509.get()), "notBefore", certificate);
  certificate.not_after = seconds_of(X509_get0_notAfter(x509.get()), "notAfter", certificate);
  certificate.subject =
      read_name(X509_get_subject_name(x509.get()), "subject", certificate.malformed);
  certificate.issuer = read_name(X509_get_issuer_name(x509.get()), "issuer", certificate.malformed);
  read_serial(X509_get0_serialNumber(x509.get()), certificate);
  read_extensions(x509.get(), certificate);
  certificate.x509 = std::move(x509);
  return certificate;
}

std::optional<Certificate> read_certificate(std::string_view der) {
  std::shared_ptr<X509> x509 = decode(der, d2i_X509, X509_free);
  if (!x509) return std::nullopt;
  return read_certificate(std::move(x509));
}

}  // namespace certmap
