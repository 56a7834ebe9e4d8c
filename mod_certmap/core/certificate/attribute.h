// The vocabulary: which facts of a certificate have a name in rules, templates and map files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certmap {

struct Certificate;

enum class AttributeKind {
  Subject,
  Issuer,
  SubjectComponent,
  IssuerComponent,
  Email,
  Dns,
  Uri,
  Ip,
  Rid,
  Dirname,
  DirnameComponent,
  Upn,
  Krb5,
  Xmpp,
  Srv,
  SmtpUtf8,
  OtherName,
  Sid,
  Serial,
  Cert,
  Spki,
  Sha256,
  Sha1,
  Cea,
  Ski,
  Aki,
  Eku,
  Ku,
  Policy,
  Extension,
  NotBefore,
  NotAfter,
  IssuerSerial,  ///< only a map-file key: HEX@RFC4514-ISSUER
};

/// What the values of an attribute are, which decides which conversions make sense.
enum class ValueType { Text, Octets, Name };

struct Attribute {
  AttributeKind kind;
  std::string oid;  ///< content octets, for components, othername.<OID> and ext.<OID>

  bool operator==(const Attribute&) const = default;
};

/// What a message may tell of a name that is no attribute's: nothing where a file that somebody
/// named by mistake could hold it.
enum class Quoting { Names, Nothing };

/// Reads an attribute's name or alias, in any case. Throws ConfigError.
Attribute parse_attribute(std::string_view name);
/// The same for the kinds of a map file's keys, which also know `issuer-serial`.
Attribute parse_key_attribute(std::string_view name, Quoting quoting = Quoting::Names);
/// The same for `{name[n]}` in a template: refuses aliases of which SSSD counts something else.
Attribute parse_indexed_attribute(std::string_view name);
/// True for a name that parse_attribute() would take.
bool is_attribute(std::string_view name);

/// The name by which documents call it: `subject.CN`, `ext.1.2.3`.
std::string name_of(const Attribute& attribute);
ValueType type_of(const Attribute& attribute);

/// The attributes that the certificate has, in the order of docs/directives.md, alternative names
/// and extensions in that of the certificate; without `issuer-serial`.
std::vector<Attribute> attributes_of(const Certificate& certificate);

struct Value;

/// The attribute's values, first in the certificate first; empty where it is absent. They need the
/// certificate.
std::vector<Value> values_of(const Certificate& certificate, const Attribute& attribute);
std::vector<Value> values_of(Certificate&&, const Attribute&) = delete;

/// The keys under which values compare equal as docs/directives.md says: of a certificate's value,
/// and of what an administrator typed (throws ConfigError where no certificate can have that
/// value).
std::string comparison_key(const Attribute& attribute, const Value& value);
std::string comparison_key_of_text(const Attribute& attribute, std::string_view typed);

}  // namespace certmap
