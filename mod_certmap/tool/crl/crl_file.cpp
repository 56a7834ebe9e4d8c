#include "tool/crl/crl_file.h"

#include <openssl/asn1.h>

#include "core/certificate/der.h"
#include "core/certificate/file_kind.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

/// RFC 5280 section 5.1: algorithm, name and a Time follow each other only here.
bool starts_as_crl(std::string_view der) {
  constexpr std::string_view kVersion = "\x02\x01\x01";
  if (!enter_sequence(der) || !enter_sequence(der)) return false;
  if (der.starts_with(kVersion)) der.remove_prefix(kVersion.size());
  DerReader fields(der);
  if (!fields.read(V_ASN1_SEQUENCE) || !fields.read(V_ASN1_SEQUENCE)) return false;
  const auto time = fields.read();
  return time && time->is_time();
}

}  // namespace

bool is_crl(std::string_view content) {
  if (content.starts_with('\x30') && starts_as_crl(content)) return true;
  return content.find("-----BEGIN X509 CRL-----") != content.npos &&
         file_kind(content) == FileKind::RevocationList;
}

std::string read_crl_file(const std::string& path) { return read_input(path, kMaxCrlOctets); }

std::string read_crl_or_certificate(const std::string& path) {
  const Larger crl{is_crl, kMaxCrlOctets};
  return read_input(path, kMaxInput, &crl);
}

void for_each_crl(std::string_view content, const std::string& name,
                  const std::function<void(const Crl&)>& each) {
  std::string storage;
  for (const auto der : split_crls(content, name, storage)) each(read_crl(der, name));
}

bool is_of_future(const Crl& crl, std::int64_t now) { return crl.this_update > now + kMostAhead; }

std::string kind_text(const Crl& crl) {
  const std::string kind = crl.is_delta() ? "delta CRL " : "complete CRL ";
  return kind + (crl.number.empty() ? "without a number" : crl_number(crl.number)) +
         (crl.is_delta() ? " of " + crl_number(*crl.base) : "");
}

}  // namespace certmap
