#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/file_kind.h"
#include "core/crl/folder.h"
#include "core/map/map_file.h"
#include "core/text/calendar.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/crl/crl_file.h"
#include "tool/lint/doubts.h"
#include "tool/lint/report.h"
#include "tool/mapfile/map_scan.h"

namespace certmap {
namespace {

/// CAs of --issued-by; empty: signatures are not checked.
using CrlIssuers = std::optional<std::vector<std::shared_ptr<X509>>>;

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
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
  std::size_t entries = 0;
  read_entries(crl, [&](const CrlEntry&) { ++entries; });
  std::cout << visible(described(crl)) << " is good: " << kind_text(crl) << ", "
            << counted(entries, "entry", "entries") << ", until " << utc_text(crl.next_update)
            << (issuers ? "" : "; signature not checked") << '\n';
}

/// Prints errors and warnings of each CRL, and what it is. Answers the exit status.
int lint_crls(const std::string& content, const std::string& name, const CrlIssuers& issuers) {
  try {
    for_each_crl(content, name, [&](const Crl& crl) { lint_crl(crl, issuers); });
    return kYes;
  } catch (const ConfigError& error) {
    std::cout << visible(error.what()) << '\n';
    return kNo;
  }
}

constexpr const char* kIssuedBy = "issued-by";

std::string summary(const MapReport& report) {
  return counted(report.entries, "entry", "entries") + ", " +
         counted(report.errors, "error", "errors") + ", " +
         counted(report.warnings, "warning", "warnings");
}

/// Owner and mode come first: they are no line's.
void add_rights(const std::string& path, const MapText& map, MapReport& report) {
  if (!map.status) return;
  const auto refusals = map_file_refusals(path, *map.status, geteuid());
  report.lines.insert(report.lines.begin(), refusals.begin(), refusals.end());
  report.errors += refusals.size();
  const auto doubt = doubt_about_readers(path);
  if (!doubt) return;
  report.lines.insert(report.lines.begin(), path + ": warning: " + *doubt);
  ++report.warnings;
}

/// --issued-by says that the files are CRLs.
CrlIssuers issuers_of(const Arguments& arguments) {
  if (!arguments.has(kIssuedBy)) return {};
  auto file = read_certificate_and_others(arguments.value(kIssuedBy), arguments);
  file.others.push_back(file.certificate.x509);
  return file.others;
}

/// Where nothing of a CRL has come, its name still says what was meant.
bool has_crl_name(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (name.starts_with('.')) name.remove_prefix(1);
  return is_crl_name(name);
}

int lint_file(const std::string& path, std::int64_t days, const CrlIssuers& issuers) {
  const std::string name = path == "-" ? "standard input" : path;
  if (issuers) return lint_crls(read_crl_file(path), name, issuers);
  const auto map = read_map_text(path);
  if (is_crl(map.text) || (has_crl_name(path) && !file_kind(map.text)))
    return lint_crls(map.text, name, issuers);
  auto report = report_on_map(name, map.text, now_in_seconds(), days);
  add_rights(name, map, report);
  for (const auto& line : report.lines) std::cout << visible(line) << '\n';
  std::cout << visible(name) << ": " << summary(report) << '\n';
  return report.errors > 0 ? kNo : kYes;
}

int lint(const Arguments& arguments) {
  const auto days = days_of(arguments);
  const auto issuers = issuers_of(arguments);
  int status = kYes;
  for (const auto& path : arguments.operands) try {
      status = std::max(status, lint_file(path, days, issuers));
    } catch (const ToolError& error) {
      std::cerr << "certmapctl: " << visible(error.what()) << '\n';
      status = kCannotTell;
    }
  return status;
}

}  // namespace

Command lint_command() {
  return {
      .name = "lint",
      .operands = "MAPFILE|CRL...",
      .least = 1,
      .most = kAny,
      .summary = "finds errors in map files and CRLs, and what was hardly meant",
      .options = {{"days", "N", "warns of entries of map files that expire within N days (30)"},
                  {kIssuedBy, "FILE", "the CAs, in PEM, one of which must have signed each CRL"}},
      .run = lint,
      .more =
          "A file in which CRLs stand, or that is called so (.crl, .pem, ...), is read as such,\n"
          "with --issued-by every file.\n"
          "MAPFILE - is standard input; then owner and mode are not looked at.\n"
          "Exit status: 0 no errors, 1 errors, 2 a file could not be read."};
}

}  // namespace certmap
