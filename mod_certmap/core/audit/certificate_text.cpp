#include "core/audit/certificate_text.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/audit/event.h"
#include "core/audit/fields.h"
#include "core/audit/json_line.h"
#include "core/certificate/name.h"
#include "core/text/calendar.h"
#include "core/text/cut_text.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

std::string json(std::string_view text) {
  std::string value;
  if (!text.empty()) append_json(value, text);
  return value;
}

std::string name_json(const Name& name) {
  return json(cut_text(to_text(name, NameStyle::Rfc4514), kMaxAuditLine));
}

std::string hex_json(std::string_view octets) {
  return json(hex(octets.substr(0, kMaxAuditLine / 2), kUpperHexDigits));
}

/// A date that could not be read is 0.
std::string date_json(const Certificate& certificate, std::int64_t date) {
  return date != 0 || !certificate.malformed ? json(utc_text(date)) : std::string();
}

std::string few_alt_names(const std::vector<SubjectAltName>& names) {
  constexpr std::size_t kFew = 8;
  if (names.size() > kFew) return {};
  bool truncated = false;
  auto list = alt_names_json(names, kMaxAuditLine, truncated);
  return truncated ? std::string() : list;
}

}  // namespace

CertificateText::CertificateText(const Certificate& certificate)
    : sha256(hex_json(certificate.sha256.octets())),
      subject(name_json(certificate.subject)),
      issuer(name_json(certificate.issuer)),
      serial(hex_json(certificate.serial)),
      not_before(date_json(certificate, certificate.not_before)),
      not_after(date_json(certificate, certificate.not_after)),
      alt_names(few_alt_names(certificate.alt_names)) {}

}  // namespace certmap
