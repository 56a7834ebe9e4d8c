// A certificate with anything in it: read, and everything that can be asked of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/certificate/account.h"
#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace {

using namespace certmap;

void require(bool holds) {
  if (!holds) std::abort();
}

void ask_for(const Certificate& certificate, const Attribute& attribute) {
  for (const auto& value : values_of(certificate, attribute)) {
    const auto text = text_of(value);
    comparison_key(attribute, value);
    if (certificate.malformed) continue;
    require(!text.empty() && is_clean_text(text));
  }
}

void ask_for_names(const Certificate& certificate, const Name& name) {
  for (const auto style : {NameStyle::Rfc4514, NameStyle::OpenSsl, NameStyle::AdX500,
                           NameStyle::AdLdap, NameStyle::NssX500, NameStyle::NssLdap}) {
    to_text(name, style);
  }
  if (certificate.malformed || name.empty()) return;
  // What a log shows can be pasted into a map file.
  const auto text = to_text(name, NameStyle::Rfc4514);
  require(comparison_key(parse_name(text)) == comparison_key(name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = read_certificate({reinterpret_cast<const char*>(data), size});
  if (!certificate) return 0;
  if (certificate->malformed) require(is_clean_text(*certificate->malformed));
  for (int kind = 0; kind <= static_cast<int>(AttributeKind::IssuerSerial); ++kind) {
    ask_for(*certificate, {static_cast<AttributeKind>(kind), oid_from_text("CN")});
  }
  for (const auto& alt_name : certificate->alt_names) ask_for(*certificate, alt_name.attribute);
  for (const auto& extension : certificate->extensions) {
    ask_for(*certificate, {AttributeKind::Extension, extension.oid});
  }
  ask_for_names(*certificate, certificate->subject);
  ask_for_names(*certificate, certificate->issuer);
  return 0;
}
