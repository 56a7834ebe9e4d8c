#include "tool/lint/crl.h"

#include <cstdint>
#include <iostream>

#include "core/text/calendar.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/crl/crl_file.h"

namespace certmap {
namespace {

std::string described(const Crl& crl) {
  return crl.file + ": the CRL of " + to_text(crl.issuer, NameStyle::Rfc4514);
}

void check_issuer(const Crl& crl, const CrlIssuers& issuers) {
  if (!issuers) return;
  std::vector<X509*> cas;
  for (const auto& ca : *issuers) cas.push_back(ca.get());
  if (!check_signature(crl, cas))
    throw ConfigError(described(crl) +
                      " is signed by no CA of --issued-by; fetch the CRL of a CA there, or add the "
                      "certificate of the CA that signed it");
}

void check_dates(const Crl& crl, std::int64_t now) {
  if (is_of_future(crl, now))
    throw ConfigError(described(crl) + " is of the future: its thisUpdate is " +
                      utc_text(crl.this_update) + "; look at the clocks");
  if (crl.next_update < now)
    std::cout << visible(described(crl)) << " warning: its nextUpdate was "
              << utc_text(crl.next_update) << "; fetch a newer one\n";
}

void lint_crl(const Crl& crl, const CrlIssuers& issuers) {
  check_issuer(crl, issuers);
  check_dates(crl, now_in_seconds());
  std::uint64_t entries = 0;
  read_entries(crl, [&](const CrlEntry&) { ++entries; });
  std::cout << visible(described(crl)) << " is good: " << kind_text(crl) << ", " << entries
            << (entries == 1 ? " entry" : " entries") << ", until " << utc_text(crl.next_update)
            << (issuers ? "" : "; signature not checked") << '\n';
}

}  // namespace

int lint_crls(const std::string& content, const std::string& name, const CrlIssuers& issuers) {
  try {
    for_each_crl(content, name, [&](const Crl& crl) { lint_crl(crl, issuers); });
    return kYes;
  } catch (const ConfigError& error) {
    std::cout << visible(error.what()) << '\n';
    return kNo;
  }
}

}  // namespace certmap
