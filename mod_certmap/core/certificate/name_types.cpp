#include "core/certificate/name_types.h"

#include <openssl/objects.h>
#include <strings.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/certificate/name.h"
#include "core/certificate/openssl_der.h"

namespace certmap {
namespace {

using namespace std::string_view_literals;

// The oddities ("OID,0.9…", "OID.2.5.4.13") are SSSD's, and are kept because its users rely on
// them.
constexpr NameType kTypes[] = {
    {"\x55\x04\x03"sv, "CN", "commonName", "CN", "CN"},
    {"\x55\x04\x0b"sv, "OU", "organizationalUnitName", "OU", "OU"},
    {"\x55\x04\x0a"sv, "O", "organizationName", "O", "O"},
    {"\x55\x04\x06"sv, "C", "countryName", "C", "C"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv, "DC", "domainComponent", "DC", "DC"},
    {"\x55\x04\x07"sv, "L", "localityName", "L", "L"},
    {"\x55\x04\x08"sv, "ST", "stateOrProvinceName", "ST", "S"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"sv, "UID", "userId", "UID",
     "OID.0.9.2342.19200300.100.1.1"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv, "emailAddress", "emailAddress", "E", "E"},
    {"\x55\x04\x05"sv, "serialNumber", "serialNumber", "serialNumber", "SERIALNUMBER"},
    {"\x55\x04\x04"sv, "SN", "surname", "SN", "SN"},
    {"\x55\x04\x2a"sv, "GN", "givenName", "givenName", "G"},
    {"\x55\x04\x0c"sv, "title", "title", "title", "T"},
    {"\x55\x04\x09"sv, "street", "streetAddress", "STREET", "STREET"},
    {"\x55\x04\x2b"sv, "initials", "initials", "initials", "I"},
    {"\x55\x04\x0d"sv, "description", "description", "OID.2.5.4.13", "Description"},
    {"\x55\x04\x2c"sv, "generationQualifier", "generationQualifier", "generationQualifier",
     "OID.2.5.4.44"},
    {"\x55\x04\x41"sv, "pseudonym", "pseudonym", "pseudonym", "OID.2.5.4.65"},
    {"\x55\x04\x0f"sv, "businessCategory", "businessCategory", "businessCategory", "OID.2.5.4.15"},
    {"\x55\x04\x10"sv, "postalAddress", "postalAddress", "postalAddress", "OID.2.5.4.16"},
    {"\x55\x04\x11"sv, "postalCode", "postalCode", "postalCode", "PostalCode"},
    {"\x55\x04\x12"sv, "postOfficeBox", "postOfficeBox", "postOfficeBox", "POBox"},
    {"\x55\x04\x29"sv, "name", "name", "name", "OID.2.5.4.41"},
    {"\x55\x04\x33"sv, "houseIdentifier", "houseIdentifier", "houseIdentifier", "OID.2.5.4.51"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x03"sv, "mail", "rfc822Mailbox", "MAIL",
     "OID,0.9.2342.19200300.100.1.3"},
    {"\x55\x04\x61"sv, "organizationIdentifier", "organizationIdentifier", "organizationIdentifier",
     "organizationIdentifier"},
    {"\x55\x04\x2e"sv, "dnQualifier", "dnQualifier", "dnQualifier", "dnQualifier"},
};

constexpr std::size_t kMaxOidText = 255;

using Object = std::unique_ptr<ASN1_OBJECT, decltype([](ASN1_OBJECT* o) { ASN1_OBJECT_free(o); })>;

Object to_object(std::string_view oid) {
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(oid.data()));
  return Object(
      ASN1_OBJECT_create(NID_undef, data, static_cast<int>(oid.size()), nullptr, nullptr));
}

int nid_of(std::string_view oid) { return OBJ_obj2nid(to_object(oid).get()); }

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_dotted(std::string_view text) {
  return !text.empty() && text.size() <= kMaxOidText && text.front() != '.' && text.back() != '.' &&
         text.find("..") == text.npos && text.find_first_not_of("0123456789.") == text.npos;
}

std::string octets_of_dotted(std::string_view text) {
  const ErrorQueueGuard guard;
  const Object object(OBJ_txt2obj(std::string(text).c_str(), 1));
  return std::string(object ? octets_of(object.get()) : std::string_view());
}

bool is_named(int nid, std::string_view name) {
  const char* short_name = OBJ_nid2sn(nid);
  const char* long_name = OBJ_nid2ln(nid);
  return (short_name && same_word(name, short_name)) || (long_name && same_word(name, long_name));
}

// OpenSSL's own searches know only one spelling of each name.
std::string octets_of_name_in_any_case(const std::string& name) {
  const ErrorQueueGuard guard;
  int nid = OBJ_sn2nid(name.c_str());
  for (int other = 1; nid == NID_undef && other < OBJ_new_nid(0); ++other) {
    if (is_named(other, name)) nid = other;
  }
  return std::string(nid == NID_undef ? std::string_view() : octets_of(OBJ_nid2obj(nid)));
}

std::string dotted_by_openssl(std::string_view oid) {
  char text[4 * kMaxOidOctets];
  const int length = OBJ_obj2txt(text, sizeof text, to_object(oid).get(), 1);
  return length > 0 && length < static_cast<int>(sizeof text) ? text : std::string();
}

void append_arc(std::string& text, std::uint64_t arc) {
  if (!text.empty()) {
    text += '.' + std::to_string(arc);
    return;
  }
  const auto first = std::min<std::uint64_t>(arc / 40, 2);
  text = std::to_string(first) + '.' + std::to_string(arc - 40 * first);
}

}  // namespace

const NameType* find_name_type(std::string_view oid) {
  const auto* type = std::ranges::find(kTypes, oid, &NameType::oid);
  return type == std::end(kTypes) ? nullptr : type;
}

bool is_text_type(std::string_view oid) {
  constexpr auto kPostalAddress = "\x55\x04\x10"sv;  // a SEQUENCE of lines
  return oid != kPostalAddress && find_name_type(oid);
}

bool has_name(std::string_view oid) { return find_name_type(oid) || nid_of(oid) != NID_undef; }

std::string openssl_name(std::string_view oid) {
  if (const auto* type = find_name_type(oid)) return std::string(type->short_name);
  const int nid = nid_of(oid);
  return nid == NID_undef ? oid_to_dotted(oid) : OBJ_nid2sn(nid);
}

std::string oid_from_text(std::string_view name) {
  for (const auto& type : kTypes) {
    if (same_word(name, type.short_name) || same_word(name, type.long_name)) {
      return std::string(type.oid);
    }
  }
  if (name.size() > 4 && same_word(name.substr(0, 4), "OID.")) name.remove_prefix(4);
  return is_dotted(name) ? octets_of_dotted(name) : octets_of_name_in_any_case(std::string(name));
}

std::string oid_to_name(std::string_view oid) {
  if (const auto* type = find_name_type(oid)) return std::string(type->short_name);
  auto name = openssl_name(oid);
  return oid_from_text(name) == oid ? name : oid_to_dotted(oid);
}

std::string oid_to_dotted(std::string_view oid) {
  if (oid.size() > kMaxOidOctets) return {};
  std::string text;
  std::uint64_t arc = 0;
  for (const unsigned char octet : oid) {
    if (arc >> 57 != 0) return dotted_by_openssl(oid);
    arc = arc << 7 | (octet & 0x7f);
    if (octet & 0x80) continue;
    append_arc(text, arc);
    arc = 0;
  }
  return text;
}

}  // namespace certmap
