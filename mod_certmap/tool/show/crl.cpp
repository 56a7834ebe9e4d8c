#include "tool/show/crl.h"

#include <openssl/asn1.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/conversion.h"
#include "core/certificate/der.h"
#include "core/text/calendar.h"
#include "core/text/joined.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/crl/crl_file.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

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

Json facts_of(const Crl& crl) {
  std::uint64_t entries = 0;
  read_entries(crl, [&](const CrlEntry&) { ++entries; });
  Json json = Json::object();
  json["issuer"] = to_text(crl.issuer, NameStyle::Rfc4514);
  json["kind"] = crl.is_delta() ? "delta" : "complete";
  if (!crl.number.empty()) json["number"] = crl_number(crl.number);
  if (crl.base) json["base"] = crl_number(*crl.base);
  json["thisupdate"] = utc_text(crl.this_update);
  json["nextupdate"] = utc_text(crl.next_update);
  json["entries"] = entries;
  if (auto scope = scope_of(crl.scope); !scope.empty()) json["scope"] = std::move(scope);
  if (!crl.authority_key.empty()) json["aki"] = hex(crl.authority_key);
  json["validity"] = validity_of(crl, now_in_seconds());
  return json;
}

void print_row(const std::string& name, const std::string& value) {
  constexpr std::size_t kWidth = 12;
  std::cout << name << std::string(kWidth - name.size(), ' ') << visible(value) << '\n';
}

void print_text(const Json& crls) {
  bool first = true;
  for (const auto& crl : crls) {
    if (!std::exchange(first, false)) std::cout << '\n';
    for (const auto& [name, value] : crl.items())
      for (const auto& one : value.is_array() ? value : Json::array({value}))
        print_row(name, one.is_string() ? one.get<std::string>() : utf8_line(one));
  }
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
  std::string octets(1, '\0');  // a positive number
  for (std::size_t at = 0; at < text.size(); at += 2)
    octets += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
  return std::string(serial_key(octets));
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
  Json crls = Json::array();
  for_each_crl(content, name, [&](const Crl& crl) { crls.push_back(facts_of(crl)); });
  if (arguments.has("json"))
    std::cout << visible_json(Json{{"crls", crls}});
  else
    print_text(crls);
  return kYes;
}

Option has_option() {
  return {kHas, "SERIAL|CERT", "whether that is on the CRL: exit status 0 or 1"};
}

}  // namespace certmap
