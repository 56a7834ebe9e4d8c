#include "core/certificate/alt_name.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/character_string.h"
#include "core/certificate/der.h"
#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

using namespace std::string_view_literals;
using Kind = AttributeKind;

constexpr std::string_view kExtension = "subjectAltName";

struct OtherNameType {
  std::string_view oid;
  Kind kind;
  int tag;
};

constexpr OtherNameType kOtherNames[] = {
    {"\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"sv, Kind::Upn, V_ASN1_UTF8STRING},
    {"\x2b\x06\x01\x05\x02\x02"sv, Kind::Krb5, V_ASN1_SEQUENCE},
    {"\x2b\x06\x01\x05\x05\x07\x08\x05"sv, Kind::Xmpp, V_ASN1_UTF8STRING},
    {"\x2b\x06\x01\x05\x05\x07\x08\x07"sv, Kind::Srv, V_ASN1_IA5STRING},
    {"\x2b\x06\x01\x05\x05\x07\x08\x09"sv, Kind::SmtpUtf8, V_ASN1_UTF8STRING},
};

/// One value and what is wrong with it; null: nothing.
struct Reading {
  SubjectAltName value;
  const char* complaint = nullptr;
};

/// Where the last '@' is; the end where there is none.
std::size_t domain_of(std::string_view email) { return std::min(email.rfind('@'), email.size()); }

void lower_from(std::string& text, std::size_t start) {
  for (char& c : std::span(text).subspan(start)) c = to_lower(c);
}

Reading read_ip(const ASN1_OCTET_STRING* address) {
  Reading reading{{{Kind::Ip, {}}, ip_text(octets_of(address)), {}, {}}, nullptr};
  if (reading.value.text.empty()) {
    reading.complaint = "is no address of 4 or 16 octets";
    reading.value.der = octets_of(address);
  }
  return reading;
}

Reading read_rid(const ASN1_OBJECT* object) {
  const auto oid = octets_of(object);
  Reading reading{{{Kind::Rid, {}}, {}, {}, {}}, nullptr};
  if (oid.size() > kMaxOidOctets) {
    reading.complaint = "is longer than 512 octets";
  } else {
    reading.value.text = oid_to_dotted(oid);
    reading.complaint = complaint_about(reading.value.text);
  }
  return reading;
}

Reading read_known(const OtherNameType& type, const ASN1_TYPE* any, std::string der) {
  Reading reading{{{type.kind, {}}, {}, {}, std::move(der)}, nullptr};
  auto& text = reading.value.text;
  if (any->type != type.tag) {
    reading.complaint = "has the wrong type";
  } else if (type.tag == V_ASN1_SEQUENCE) {
    reading.complaint = read_krb5_principal(reading.value.der, text);
  } else {
    reading.complaint = decode_character_string(type.tag, octets_of(any->value.asn1_string), text);
  }
  if (type.kind == Kind::Upn) text = to_lower(text);
  return reading;
}

Reading read_other_name(const OTHERNAME* other) {
  const auto oid = octets_of(other->type_id);
  std::string der = encode(i2d_ASN1_TYPE, other->value);
  const auto* type = std::ranges::find(kOtherNames, oid, &OtherNameType::oid);
  if (type != std::end(kOtherNames)) return read_known(*type, other->value, std::move(der));
  Reading reading{{{Kind::OtherName, std::string(oid)}, std::move(der), {}, {}}, nullptr};
  if (oid.size() > kMaxOidOctets) reading.complaint = "has a type longer than 512 octets";
  if (reading.value.text.size() > kMaxValueLength) reading.complaint = "is longer than 4096 bytes";
  return reading;
}

bool is_absent(const SubjectAltName& value) {
  return value.attribute.kind == Kind::Dirname ? value.name.empty() : value.text.empty();
}

// An empty value is no fault, and is as if it were not there.
void keep(Reading reading, Certificate& certificate) {
  if (reading.complaint) {
    refuse(certificate.malformed, kExtension, name_of(reading.value.attribute), reading.complaint);
    certificate.refused_alt_names.push_back(std::move(reading.value));
  } else if (!is_absent(reading.value)) {
    certificate.alt_names.push_back(std::move(reading.value));
  }
}

/// Mail addresses, host names and URIs, of which there may be many.
std::optional<Kind> kind_of_ia5(int type) {
  if (type == GEN_EMAIL) return Kind::Email;
  if (type == GEN_DNS) return Kind::Dns;
  if (type == GEN_URI) return Kind::Uri;
  return std::nullopt;
}

// Each is made in its place.
void keep_ia5(Kind kind, std::string_view octets, Certificate& certificate) {
  auto& name = certificate.alt_names.emplace_back();
  name.attribute.kind = kind;
  const auto* complaint = decode_character_string(V_ASN1_IA5STRING, octets, name.text);
  if (kind == Kind::Email) lower_from(name.text, domain_of(name.text));
  if (kind == Kind::Dns) lower_from(name.text, 0);
  if (!complaint && !name.text.empty()) return;
  if (complaint) name.der = octets;
  Reading reading{std::move(name), complaint};
  certificate.alt_names.pop_back();
  keep(std::move(reading), certificate);
}

void keep_directory_name(const X509_NAME* name, Certificate& certificate) {
  Reading reading{{{Kind::Dirname, {}}, {}, {}, {}}, nullptr};
  reading.value.name = read_name(name, "subjectAltName dirname", certificate.malformed);
  keep(std::move(reading), certificate);
}

// x400Address and ediPartyName have no name in the vocabulary.
void read_general_name(const GENERAL_NAME* name, Certificate& certificate) {
  if (const auto kind = kind_of_ia5(name->type))
    return keep_ia5(*kind, octets_of(name->d.ia5), certificate);
  switch (name->type) {
    case GEN_OTHERNAME:
      return keep(read_other_name(name->d.otherName), certificate);
    case GEN_IPADD:
      return keep(read_ip(name->d.iPAddress), certificate);
    case GEN_RID:
      return keep(read_rid(name->d.registeredID), certificate);
    case GEN_DIRNAME:
      return keep_directory_name(name->d.directoryName, certificate);
  }
}

/// The names where there are only such; else empty.
std::vector<std::pair<Kind, std::string_view>> ia5_names(std::string_view extension) {
  std::vector<std::pair<Kind, std::string_view>> names;
  for (DerReader rest(sequence_in(extension).value_or("")); !rest.at_end();) {
    const auto name = rest.read();
    const bool is_plain =
        name && name->tag_class == V_ASN1_CONTEXT_SPECIFIC && !name->is_constructed;
    const auto kind = is_plain ? kind_of_ia5(name->tag) : std::nullopt;
    if (!kind) return {};
    names.emplace_back(*kind, name->content);
  }
  return names;
}

/// False where there are too many.
bool make_room(std::size_t count, Certificate& certificate) {
  if (count > kMaxAltNames) {
    refuse(certificate.malformed, "certificate", kExtension, "has more than 256 names");
    return false;
  }
  certificate.alt_names.reserve(count);
  return true;
}

}  // namespace

// OpenSSL's decoder makes three objects of each name: that of plain ones is left out.
void read_alt_names(std::string_view extension, Certificate& certificate) {
  if (const auto plain = ia5_names(extension); !plain.empty()) {
    if (make_room(plain.size(), certificate))
      for (const auto& [kind, octets] : plain) keep_ia5(kind, octets, certificate);
    return;
  }
  const auto names = decode(extension, d2i_GENERAL_NAMES, GENERAL_NAMES_free);
  if (!names) return refuse(certificate.malformed, "certificate", kExtension, "cannot be decoded");
  const int count = sk_GENERAL_NAME_num(names.get());
  if (!make_room(static_cast<std::size_t>(count), certificate)) return;
  for (int i = 0; i < count; ++i) {
    read_general_name(sk_GENERAL_NAME_value(names.get(), i), certificate);
  }
}

std::string_view other_name_oid(AttributeKind kind) {
  const auto* type = std::ranges::find(kOtherNames, kind, &OtherNameType::kind);
  return type == std::end(kOtherNames) ? std::string_view() : type->oid;
}

std::string ip_text(std::string_view octets) {
  if (octets.size() != 4 && octets.size() != 16) return {};
  char text[INET6_ADDRSTRLEN];
  inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof text);
  // inet_ntop() writes the deprecated IPv4-compatible ::/96 with dots, so ::1:2 as ::0.1.0.2.
  const bool compatible = octets.size() == 16 &&
                          std::string_view(text).find('.') != std::string_view::npos &&
                          octets.substr(0, 12) == std::string(12, '\0');
  if (compatible) {
    const auto group = [&](int i) { return (octets[i] & 0xff) << 8 | (octets[i + 1] & 0xff); };
    std::snprintf(text, sizeof text, "::%x:%x", group(12), group(14));
  }
  return text;
}

std::string normalized_email(std::string text) {
  lower_from(text, domain_of(text));
  return text;
}

}  // namespace certmap
