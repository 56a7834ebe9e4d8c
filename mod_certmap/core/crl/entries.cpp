#include <openssl/asn1.h>

#include "core/certificate/der.h"
#include "core/certificate/name.h"
#include "core/crl/fields.h"

namespace certmap {
namespace {

void take(const Crl& crl, const CrlExtension& extension, CrlEntry& entry) {
  const bool is_ce = extension.oid.size() == 3 && extension.oid.starts_with("\x55\x1d");
  const int number = is_ce ? extension.oid[2] : 0;
  if (number == 21) {
    DerReader reader(extension.value);
    const auto reason = reader.read(V_ASN1_ENUMERATED);
    if (!reason || reason->size() != 1 || !reader.at_end())
      refuse_crl(crl, "has an entry with a damaged reason");
    entry.reason = static_cast<std::uint8_t>(reason->front());
    if (entry.reason == kRemoveFromCrl && !crl.is_delta())
      refuse_crl(crl, "has an entry removeFromCRL, which only a delta may have");
  } else if (number == 29) {
    refuse_crl(crl, "is indirect: an entry names another issuer");
  } else if (number != 24 && extension.critical) {
    refuse_crl(crl, "has an entry with a critical extension that is not understood: " +
                        oid_to_dotted(extension.oid));
  }
}

CrlEntry entry_of(const Crl& crl, std::string_view content) {
  DerReader fields(content);
  const auto serial = fields.read(V_ASN1_INTEGER);
  const auto date = fields.read();
  const auto time =
      date && date->is_universal() ? crl_time(date->tag, date->content) : std::nullopt;
  if (!serial || serial->empty() || !time) refuse_crl(crl, "has a damaged entry");
  CrlEntry entry{.serial = serial_key(*serial), .date = *time};
  if (fields.at_end()) return entry;
  const auto extensions = fields.read(V_ASN1_SEQUENCE);
  if (!extensions || !fields.at_end() ||
      !each_extension(*extensions, [&](const CrlExtension& one) { take(crl, one, entry); }))
    refuse_crl(crl, "has a damaged entry");
  return entry;
}

}  // namespace

void read_entries(const Crl& crl, const std::function<void(const CrlEntry&)>& each) {
  DerReader list(crl.entries);
  while (!list.at_end()) {
    const auto content = list.read(V_ASN1_SEQUENCE);
    if (!content) refuse_crl(crl, "has a damaged entry");
    each(entry_of(crl, *content));
  }
}

}  // namespace certmap
