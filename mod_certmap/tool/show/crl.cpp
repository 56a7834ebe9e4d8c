#include "tool/show/crl.h"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate/der.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/crl/crl_file.h"

namespace certmap {
namespace {

constexpr const char* kHas = "has";

std::string general_name_text(const std::string& der) {
  constexpr int kUri = 6;
  const auto uri = DerReader(der).read_context(kUri);
  return uri ? std::string(*uri) : '#' + hex(der);
}

std::vector<std::string> scope_of(const CrlScope& scope) {
  std::vector<std::string> words;
  for (const auto& name : scope.names) words.push_back(general_name_text(name));
  if (scope.only_users) words.emplace_back("onlyContainsUserCerts");
  if (scope.only_cas) words.emplace_back("onlyContainsCACerts");
  if (scope.only_attributes) words.emplace_back("onlyContainsAttributeCerts");
  if (scope.only_some_reasons) words.emplace_back("onlySomeReasons");
  return words;
}

const char* validity_of(const Crl& crl, std::int64_t now) {
  if (is_of_future(crl, now)) return "not_yet_valid";
  return crl.next_update < now ? "stale" : "in_force";
}

std::int64_t entries_of(const Crl& crl) {
  std::int64_t entries = 0;
  read_entries(crl, [&](const CrlEntry&) { ++entries; });
  return entries;
}

/// Takes what is said of a CRL, field by field: text and JSON have one order.
template <typename Printer>
void print_facts(const Crl& crl, Printer& printer) {
  printer.text("issuer", to_text(crl.issuer, NameStyle::Rfc4514));
  printer.text("kind", crl.is_delta() ? "delta" : "complete");
  if (!crl.number.empty()) printer.text("number", crl_number(crl.number));
  if (crl.base) printer.text("base", crl_number(*crl.base));
  printer.text("thisupdate", utc_text(crl.this_update));
  printer.text("nextupdate", utc_text(crl.next_update));
  printer.number("entries", entries_of(crl));
  if (const auto scope = scope_of(crl.scope); !scope.empty()) printer.texts("scope", scope);
  if (!crl.authority_key.empty()) printer.text("aki", hex(crl.authority_key));
  printer.text("validity", validity_of(crl, now_in_seconds()));
}

/// A row for each value.
struct Rows {
  std::string rows;

  void text(const std::string& name, const std::string& value) {
    constexpr std::size_t kWidth = 12;
    rows += name + std::string(kWidth - name.size(), ' ') + visible(value) + '\n';
  }
  void number(const std::string& name, std::int64_t value) { text(name, std::to_string(value)); }
  void texts(const std::string& name, const std::vector<std::string>& values) {
    for (const auto& value : values) text(name, value);
  }
};

void print_json(const std::string& content, const std::string& name) {
  std::vector<JsonObject> crls;
  for_each_crl(content, name, [&](const Crl& crl) { print_facts(crl, crls.emplace_back()); });
  JsonObject json;
  json.objects("crls", crls);
  std::cout << json.visible();
}

void print_text(const std::string& content, const std::string& name) {
  Rows printed;
  for_each_crl(content, name, [&](const Crl& crl) {
    if (!printed.rows.empty()) printed.rows += '\n';
    print_facts(crl, printed);
  });
  std::cout << printed.rows;
}

/// Whose entry is looked for.
struct Wanted {
  std::string serial;                 ///< serial_key()
  std::optional<std::string> issuer;  ///< comparison_key(); empty: whichever CRL it is
};

std::string serial_of_hex(std::string text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.erase(0, 2);
  std::erase(text, ':');
  constexpr const char* kDigits = "0123456789abcdefABCDEF";
  if (text.empty() || text.find_first_not_of(kDigits) != text.npos)
    throw ToolError(
        "--has is neither a file nor a serial number; write hexadecimal digits, as "
        "certmapctl show and openssl do");
  if (text.size() % 2 != 0) text.insert(0, 1, '0');
  const auto positive =
      std::string(1, '\0') + comparison_key_of_text({AttributeKind::Serial, {}}, text);
  return std::string(serial_key(positive));
}

Wanted wanted(const std::string& text, const Arguments& arguments) {
  struct stat status {};
  if (text != "-" && stat(text.c_str(), &status) != 0) return {serial_of_hex(text), {}};
  const auto certificate = read_certificate_file(text, arguments);
  return {serial_key(certificate), comparison_key(certificate.issuer)};
}

/// Of a serial number that is there twice the later entry counts.
std::optional<CrlEntry> entry_in(const Crl& crl, const Wanted& wanted) {
  std::optional<CrlEntry> found;
  if (wanted.issuer && *wanted.issuer != comparison_key(crl.issuer)) return found;
  read_entries(crl, [&](const CrlEntry& entry) {
    if (entry.serial == wanted.serial) found = entry;
  });
  return found;
}

int tell_whether_it_has(const std::string& content, const std::string& name, const Wanted& wanted) {
  bool any = false;
  int status = kNo;
  for_each_crl(content, name, [&](const Crl& crl) {
    const auto entry = entry_in(crl, wanted);
    if (!entry) return;
    any = true;
    if (entry->reason != kRemoveFromCrl) status = kYes;
    std::cout << utc_text(entry->date) << ' ' << crl_reason(entry->reason) << ": " << kind_text(crl)
              << " of " << visible(to_text(crl.issuer, NameStyle::Rfc4514)) << '\n';
  });
  if (!any) std::cout << "not on it\n";
  return status;
}

}  // namespace

int show_crls(const std::string& content, const std::string& name, const Arguments& arguments) {
  if (arguments.has(kHas))
    return tell_whether_it_has(content, name, wanted(arguments.value(kHas), arguments));
  (arguments.has("json") ? print_json : print_text)(content, name);
  return kYes;
}

Option has_option() {
  return {kHas, "SERIAL|CERT", "whether that is on the CRL: exit status 0 or 1"};
}

}  // namespace certmap
