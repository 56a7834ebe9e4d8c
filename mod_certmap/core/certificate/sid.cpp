#include "core/certificate/sid.h"

#include <openssl/asn1.h>

#include <cstddef>

#include "core/certificate/der.h"

namespace certmap {
namespace {

using namespace std::string_view_literals;

constexpr auto kObjectSid = "\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01"sv;

// [0] { OBJECT IDENTIFIER, [0] OCTET STRING }
std::string_view read_other_name(DerReader other_name) {
  const auto oid = other_name.read(V_ASN1_OBJECT);
  const auto any = other_name.read_context(0);
  if (oid != kObjectSid || !any || !other_name.at_end()) return {};
  return DerReader(*any).read_last(V_ASN1_OCTET_STRING).value_or("");
}

}  // namespace

bool is_sid(std::string_view text) {
  constexpr auto kStart = "S-1-"sv;
  constexpr std::size_t kMaxLength = 184;  // an authority and 15 subauthorities
  return text.size() > kStart.size() && text.size() <= kMaxLength && text.starts_with(kStart) &&
         text.find_first_not_of("0123456789-", kStart.size()) == text.npos &&
         text.find("--") == text.npos && !text.ends_with('-');
}

std::string_view read_sid(std::string_view extension) {
  const auto sequence = DerReader(extension).read_last(V_ASN1_SEQUENCE);
  if (!sequence) return {};
  DerReader names(*sequence);
  const auto name = names.read_context(0);
  if (!name || !names.at_end()) return {};
  const auto text = read_other_name(DerReader(*name));
  return is_sid(text) ? text : std::string_view();
}

}  // namespace certmap
