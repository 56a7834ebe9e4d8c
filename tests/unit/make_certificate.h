// Certificates made from DER at run time, so that a test can put anything anywhere. Their signature
// is not valid: what reads a certificate does not look at it.
#pragma once

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/certificate.h"

namespace certmap::test {

inline std::string from_hex(std::string_view digits) {
  std::string octets;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
    octets += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
  }
  return octets;
}

inline std::string tlv(int tag, std::string_view content) {
  std::string length;
  for (auto rest = content.size(); rest > 0; rest >>= 8)
    length.insert(0, 1, static_cast<char>(rest));
  if (content.empty()) length.assign(1, '\0');
  if (content.size() >= 0x80) length.insert(0, 1, static_cast<char>(0x80 | length.size()));
  return static_cast<char>(tag) + length.append(content);
}

inline std::string sequence(std::string_view content) { return tlv(0x30, content); }
inline std::string utf8(std::string_view text) { return tlv(V_ASN1_UTF8STRING, text); }

/// Content octets.
inline std::string oid(const char* dotted) {
  const std::unique_ptr<ASN1_OBJECT, void (*)(ASN1_OBJECT*)> object(OBJ_txt2obj(dotted, 1),
                                                                    ASN1_OBJECT_free);
  if (!object) throw std::invalid_argument(dotted);
  return {reinterpret_cast<const char*>(OBJ_get0_data(object.get())), OBJ_length(object.get())};
}

/// Types of a name's parts.
inline constexpr char kCn[] = "2.5.4.3";
inline constexpr char kO[] = "2.5.4.10";
inline constexpr char kOu[] = "2.5.4.11";

struct Entry {
  const char* type;  ///< dotted
  std::string value;
  int tag = V_ASN1_UTF8STRING;
  bool same_rdn = false;  ///< as the entry before it
};
using Entries = std::vector<Entry>;

inline std::string name_der(const Entries& entries) {
  std::vector<std::string> rdns;
  for (const auto& entry : entries) {
    if (!entry.same_rdn) rdns.emplace_back();
    rdns.back() += sequence(tlv(V_ASN1_OBJECT, oid(entry.type)) + tlv(entry.tag, entry.value));
  }
  std::string content;
  for (const auto& rdn : rdns) content += tlv(0x31, rdn);
  return sequence(content);
}

inline std::string extension(const char* type, std::string_view value) {
  return sequence(tlv(V_ASN1_OBJECT, oid(type)) + tlv(V_ASN1_OCTET_STRING, value));
}

/// A subjectAltName extension of GeneralNames.
inline std::string alt_names(std::string_view names) {
  return extension("2.5.29.17", sequence(names));
}

/// GeneralNames by their tags in RFC 5280.
inline std::string email(std::string_view text) { return tlv(0x81, text); }
inline std::string dns(std::string_view text) { return tlv(0x82, text); }
inline std::string dirname(const Entries& entries) { return tlv(0xa4, name_der(entries)); }
inline std::string uri(std::string_view text) { return tlv(0x86, text); }
inline std::string ip(std::string_view octets) { return tlv(0x87, octets); }
inline std::string rid(std::string_view octets) { return tlv(0x88, octets); }
inline std::string other_name(const char* type, std::string_view value) {
  return tlv(0xa0, tlv(V_ASN1_OBJECT, oid(type)) + tlv(0xa0, value));
}

struct CertificateSpec {
  Entries subject = {{"2.5.4.3", "alice"}};
  Entries issuer = {{"2.5.4.3", "Corp CA"}};
  std::string extensions;  ///< one after the other
  std::string serial = "\x01";
  std::string not_before = "260101000000Z";
  std::string not_after = "270101000000Z";
};

inline CertificateSpec with_extensions(std::string extensions) {
  CertificateSpec spec;
  spec.extensions = std::move(extensions);
  return spec;
}

inline CertificateSpec with_subject(Entries subject) {
  CertificateSpec spec;
  spec.subject = std::move(subject);
  return spec;
}

/// The SubjectPublicKeyInfo of every certificate made here.
inline std::string spki_der() {
  const auto ed25519 = sequence(tlv(V_ASN1_OBJECT, oid("1.3.101.112")));
  return sequence(ed25519 + tlv(V_ASN1_BIT_STRING, std::string(1, '\0') + std::string(32, 'k')));
}

inline std::string certificate_der(const CertificateSpec& spec) {
  const auto algorithm = sequence(tlv(V_ASN1_OBJECT, oid("1.3.101.112")));
  const auto validity =
      sequence(tlv(V_ASN1_UTCTIME, spec.not_before) + tlv(V_ASN1_UTCTIME, spec.not_after));
  const auto extensions =
      spec.extensions.empty() ? std::string() : tlv(0xa3, sequence(spec.extensions));
  const auto tbs = sequence(tlv(0xa0, tlv(V_ASN1_INTEGER, "\x02")) +
                            tlv(V_ASN1_INTEGER, spec.serial) + algorithm + name_der(spec.issuer) +
                            validity + name_der(spec.subject) + spki_der() + extensions);
  const auto signature = tlv(V_ASN1_BIT_STRING, std::string(1, '\0') + std::string(64, 's'));
  return sequence(tbs + algorithm + signature);
}

inline Certificate make_certificate(const CertificateSpec& spec) {
  auto certificate = read_certificate(certificate_der(spec));
  if (!certificate) throw std::invalid_argument("no certificate");
  return *std::move(certificate);
}

inline Certificate with_alt_names(std::string_view names) {
  CertificateSpec spec;
  spec.extensions = alt_names(names);
  return make_certificate(spec);
}

/// The texts of an attribute's values, joined by '|'.
inline std::string texts(const Certificate& certificate, std::string_view attribute) {
  std::string joined;
  for (const auto& value : values_of(certificate, parse_attribute(attribute))) {
    joined += (joined.empty() ? "" : "|") + text_of(value);
  }
  return joined;
}

/// A certificate that has most attributes.
inline Certificate full_certificate() {
  CertificateSpec spec;
  spec.subject = {{"2.5.4.10", "Example"}, {kOu, "People"}, {kOu, "Staff"}, {kCn, "Alice  Doe"}};
  spec.issuer = {{"2.5.4.10", "The \"CA\""}, {kCn, "Corp CA"}};
  spec.serial = "\x0a\x1b";
  const auto usages = sequence(tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.3.2")));
  const auto upn = tlv(V_ASN1_UTF8STRING, "alice@corp.example");
  spec.extensions =
      alt_names(email("Alice@example.com") + dns("www.example.com") +
                uri("HTTPS://u@Example.com/A") + ip(from_hex("20010db8000000000000000000000001")) +
                rid(oid("1.2.3.4")) + dirname({{kCn, "Alice"}}) +
                other_name("1.3.6.1.4.1.311.20.2.3", upn) +
                other_name("1.2.3", tlv(V_ASN1_OCTET_STRING, "\x01"))) +
      extension("2.5.29.37", usages) + extension("2.5.29.14", tlv(V_ASN1_OCTET_STRING, "\xab\xcd"));
  return make_certificate(spec);
}

/// Certificate A of the tests of names: every oddity that a name can have.
inline Entries oddities() {
  return {{"0.9.2342.19200300.100.1.25", "com", V_ASN1_IA5STRING},
          {"0.9.2342.19200300.100.1.25", "example", V_ASN1_IA5STRING},
          {"2.5.4.6", "EE", V_ASN1_PRINTABLESTRING},
          {"2.5.4.8", "Harju"},
          {"2.5.4.10", "Acme, Inc. R+D"},
          {"2.5.4.11", " lead and trail"},
          {"2.5.4.5", "PNOEE-38001085718", V_ASN1_PRINTABLESTRING},
          {"2.5.4.4", "J\u00d5EORG"},
          {"2.5.4.42", "JAAK-KRISTJAN"},
          {"2.5.4.12", "Dr"},
          {"0.9.2342.19200300.100.1.1", "jaak"},
          {"2.5.4.3", "J\u00d5EORG,JAAK-KRISTJAN,38001085718", V_ASN1_UTF8STRING, true},
          {"1.2.840.113549.1.9.1", "jaak@example.com", V_ASN1_IA5STRING},
          {"2.3.4.5", "custom"}};
}

}  // namespace certmap::test
