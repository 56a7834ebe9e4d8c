#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/certificate/alt_name.h"
#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

/// Each attribute once.
class AttributeList {
 public:
  void add(Kind kind, const std::string& oid = {}) {
    if (seen_.emplace(kind, oid).second) attributes_.push_back({kind, oid});
  }
  void add_all(std::initializer_list<Kind> kinds) {
    for (const auto kind : kinds) add(kind);
  }
  void add_components(Kind kind, const Name& name) {
    for (const auto& rdn : name)
      for (const auto& value : rdn) add(kind, value.oid);
  }
  void add_alt_names(const std::vector<SubjectAltName>& alt_names) {
    for (const auto& alt_name : alt_names) {
      add(alt_name.attribute.kind, alt_name.attribute.oid);
      add_components(Kind::DirnameComponent, alt_name.name);
      if (const auto oid = other_name_oid(alt_name.attribute.kind); !oid.empty())
        add(Kind::OtherName, std::string(oid));
    }
  }
  std::vector<Attribute> take() { return std::move(attributes_); }

 private:
  std::vector<Attribute> attributes_;
  std::set<std::pair<Kind, std::string>> seen_;
};

}  // namespace

std::vector<Attribute> attributes_of(const Certificate& certificate) {
  AttributeList list;
  list.add_all({Kind::Subject, Kind::Issuer});
  list.add_components(Kind::SubjectComponent, certificate.subject);
  list.add_components(Kind::IssuerComponent, certificate.issuer);
  list.add_alt_names(certificate.alt_names);
  list.add_all({Kind::Sid, Kind::Serial, Kind::Cert, Kind::Spki, Kind::Sha256, Kind::Sha1,
                Kind::Cea, Kind::Ski, Kind::Aki, Kind::Eku, Kind::Ku, Kind::Policy});
  for (const auto& extension : certificate.extensions) list.add(Kind::Extension, extension.oid);
  list.add_all({Kind::NotBefore, Kind::NotAfter});
  auto attributes = list.take();
  std::erase_if(attributes,
                [&](const auto& attribute) { return values_of(certificate, attribute).empty(); });
  return attributes;
}

}  // namespace certmap
