#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/alt_name.h"
#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"
#include "core/certificate/openssl_der.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

using Kind = AttributeKind;
using Values = std::vector<Value>;

// Views of what the certificate has.
Values text(std::string_view data) {
  return data.empty() ? Values() : Values{{.type = ValueType::Text, .data = data}};
}

Values octets(std::string_view data) {
  return data.empty() ? Values() : Values{{.type = ValueType::Octets, .data = data}};
}

Values whole_name(const Name& name, std::string_view octets = {}) {
  if (name.empty()) return {};
  return {{.type = ValueType::Name, .data = octets, .name = &name}};
}

Values texts(const std::vector<std::string>& list) {
  Values values;
  for (const auto& item : list) values.push_back({.type = ValueType::Text, .data = item});
  return values;
}

Values made(ValueType type, std::string data) {
  return data.empty() ? Values() : Values{made_value(type, std::move(data))};
}

Values digested(std::string data) {
  auto values = made(ValueType::Octets, std::move(data));
  for (auto& value : values) value.digested = true;
  return values;
}

void add_components(const Name& name, std::string_view oid, Values& values) {
  for (const auto& rdn : name) {
    for (const auto& value : rdn) {
      if (value.oid != oid || value.is_empty()) continue;
      values.push_back(value.is_opaque() ? made_value(ValueType::Text, value_text(value))
                                         : Value{.type = ValueType::Text, .data = value.text});
      values.back().opaque = value.is_opaque();
    }
  }
}

Values components(const Name& name, std::string_view oid) {
  Values values;
  add_components(name, oid, values);
  return values;
}

Values dirname_components(const Certificate& certificate, std::string_view oid) {
  Values values;
  for (const auto& alt_name : certificate.alt_names) add_components(alt_name.name, oid, values);
  return values;
}

Values alt_names(const Certificate& certificate, const Attribute& attribute) {
  Values values;
  values.reserve(certificate.alt_names.size());
  const auto type = type_of(attribute);
  const bool name = attribute.kind == Kind::Dirname;
  for (const auto& alt_name : certificate.alt_names) {
    if (alt_name.attribute != attribute) continue;
    values.push_back(
        {.type = type, .data = alt_name.text, .name = name ? &alt_name.name : nullptr});
  }
  return values;
}

Values other_names(const Certificate& certificate, std::string_view oid) {
  Values values;
  for (const auto& alt_name : certificate.alt_names) {
    const auto kind = alt_name.attribute.kind;
    const bool unknown = kind == Kind::OtherName;
    if ((unknown ? alt_name.attribute.oid : other_name_oid(kind)) != oid) continue;
    values.push_back({.type = ValueType::Octets, .data = unknown ? alt_name.text : alt_name.der});
  }
  return values;
}

Values extension(const Certificate& certificate, const std::string& oid) {
  for (const auto& extension : certificate.extensions) {
    if (extension.oid == oid) return octets(extension.value);
  }
  return {};
}

std::string spki(X509* x509) { return encode(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509)); }

std::string negated(std::string octets) {
  bool carries = true;
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    *octet = static_cast<char>(~*octet + (carries ? 1 : 0));
    carries = carries && *octet == 0;
  }
  return octets;
}

std::string decimal_serial(const Certificate& certificate) {
  if (!certificate.is_serial_negative) return decimal(certificate.serial);
  const auto number = decimal(negated(certificate.serial));
  return number.empty() ? number : "-" + number;
}

// RFC 4523 section 2.1.1; GSER (RFC 3641) doubles quotation marks.
std::string exact_match_assertion(const Certificate& certificate) {
  const auto serial = decimal_serial(certificate);
  if (serial.empty()) return {};
  std::string text = "{ serialNumber " + serial + ", issuer rdnSequence:\"";
  for (const char c : to_text(certificate.issuer, NameStyle::Rfc4514)) {
    text.append(c == '"' ? 2 : 1, c);
  }
  return text + "\" }";
}

Values octet_values(const Certificate& certificate, const Attribute& attribute) {
  switch (attribute.kind) {
    case Kind::OtherName:
      return other_names(certificate, attribute.oid);
    case Kind::Extension:
      return extension(certificate, attribute.oid);
    case Kind::Serial:
      return octets(certificate.serial);
    case Kind::Cert:
      return digested(encode(i2d_X509, certificate.x509.get()));
    case Kind::Spki:
      return digested(spki(certificate.x509.get()));
    case Kind::Sha256:
      return octets(certificate.sha256.octets());
    case Kind::Sha1:
      return made(ValueType::Octets, digest_of(EVP_sha1(), certificate.x509.get()));
    case Kind::Ski:
      return octets(certificate.ski);
    case Kind::Aki:
      return octets(certificate.aki);
    default:
      return {};
  }
}

}  // namespace

Value made_value(ValueType type, std::string data) {
  auto made = std::make_shared<const std::string>(std::move(data));
  return {.type = type, .data = *made, .made = made};
}

Values values_of(const Certificate& certificate, const Attribute& attribute) {
  if (type_of(attribute) == ValueType::Octets) return octet_values(certificate, attribute);
  switch (attribute.kind) {
    case Kind::Subject:
      return whole_name(certificate.subject);
    case Kind::Issuer:
      return whole_name(certificate.issuer);
    case Kind::IssuerSerial:
      return whole_name(certificate.issuer, certificate.serial);
    case Kind::SubjectComponent:
      return components(certificate.subject, attribute.oid);
    case Kind::IssuerComponent:
      return components(certificate.issuer, attribute.oid);
    case Kind::DirnameComponent:
      return dirname_components(certificate, attribute.oid);
    case Kind::Sid:
      return text(certificate.sid);
    case Kind::Cea:
      return made(ValueType::Text, exact_match_assertion(certificate));
    case Kind::Eku:
      return texts(certificate.eku);
    case Kind::Ku:
      return texts(certificate.ku);
    case Kind::Policy:
      return texts(certificate.policy);
    case Kind::NotBefore:
      return made(ValueType::Text, utc_text(certificate.not_before));
    case Kind::NotAfter:
      return made(ValueType::Text, utc_text(certificate.not_after));
    default:
      return alt_names(certificate, attribute);
  }
}

std::string text_of(const Value& value) {
  switch (value.type) {
    case ValueType::Text:
      return std::string(value.data);
    case ValueType::Octets:
      return hex(value.digested ? digest_of(EVP_sha256(), value.data) : value.data);
    case ValueType::Name:
      return (value.data.empty() ? "" : hex(value.data) + '@') +
             to_text(*value.name, NameStyle::Rfc4514);
  }
  return {};
}

}  // namespace certmap
