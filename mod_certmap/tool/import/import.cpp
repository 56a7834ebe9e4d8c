#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/file_kind.h"
#include "core/certificate/name.h"
#include "core/text/joined.h"
#include "core/text/visible.h"
#include "tool/commands.h"
#include "tool/import/formats.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

constexpr const char* kSeeHelp = "; see certmapctl import --help";

struct Source {
  std::string format, path, text;
};

bool client_name_is_dn(const Arguments& arguments) {
  const auto name = arguments.value("clientname", "CN");
  if (name != "CN" && name != "DN")
    throw ToolError("--clientname is CN or DN, as in pg_hba.conf" + std::string(kSeeHelp));
  return name == "DN";
}

std::string chosen_map(const Arguments& arguments, const Source& source) {
  const auto maps = pg_ident_maps(source.text);
  if (!arguments.has("map")) {
    if (maps.size() > 1)
      throw ToolError(source.path + " has the maps " + joined(maps, visible) +
                      "; choose one with --map NAME");
    return maps.empty() ? "" : maps[0];
  }
  const auto chosen = arguments.value("map");
  if (std::ranges::find(maps, chosen) == maps.end())
    throw ToolError(source.path + " has no map " + chosen + "; " +
                    (maps.empty() ? "it has none" : "it has " + joined(maps, visible)));
  if (maps.size() > 1)
    std::cerr << visible(source.path) << ": only the lines of the map " << visible(chosen)
              << " are imported, of " << joined(maps, visible) << "\n";
  return chosen;
}

void read_pg_ident(const Arguments& arguments, const Source& source, ImportedMap& map) {
  const bool whole_name = client_name_is_dn(arguments);
  import_pg_ident(source.text, {chosen_map(arguments, source), whole_name}, map);
}

void read_gridmap(const Arguments&, const Source& source, ImportedMap& map) {
  import_gridmap(source.text, map);
}

void read_pam_pkcs11(const Arguments& arguments, const Source& source, ImportedMap& map) {
  const auto mapper = arguments.value("mapper", pam_pkcs11_mapper(source.text));
  if (mapper.empty())
    throw ToolError(
        "the keys of " + source.path +
        " do not tell which mapper they are for; say --mapper cn, uid, serial, upn, kpn, mail, "
        "digest or subject");
  import_pam_pkcs11(source.text, mapper, map);
}

void read_htpasswd(const Arguments& arguments, const Source& source, ImportedMap& map) {
  const auto account = arguments.value("account", "dn");
  const auto type = account == "dn" ? std::string() : oid_from_text(account);
  if (account != "dn" && type.empty())
    throw ToolError("--account " + account +
                    " is no part of a name; say dn, or CN, UID, emailAddress, ...");
  import_htpasswd(source.text, {type, arguments.has("any-password")}, map);
}

struct Format {
  std::string_view name;
  TwoAccounts two_accounts;
  void (*read)(const Arguments& arguments, const Source& source, ImportedMap& map);
  std::vector<std::string_view> options;
};

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"gridmap", TwoAccounts::FirstDecides, read_gridmap, {}},
      {"pg_ident", TwoAccounts::NobodyDecides, read_pg_ident, {"map", "clientname"}},
      {"pam_pkcs11", TwoAccounts::FirstDecides, read_pam_pkcs11, {"mapper"}},
      {"htpasswd-dn", TwoAccounts::FirstDecides, read_htpasswd, {"account", "any-password"}}};
  return all;
}

const Format& format_of(const Arguments& arguments) {
  const auto& name = arguments.operands[0];
  const auto format = std::ranges::find(formats(), name, &Format::name);
  if (format == formats().end())
    throw ToolError("there is no format " + name +
                    "; it is gridmap, pg_ident, pam_pkcs11 or htpasswd-dn");
  for (const auto& [option, value] : arguments.options)
    if (std::ranges::find(format->options, option) == format->options.end())
      throw ToolError("--" + option + " has no meaning for " + name + kSeeHelp);
  return *format;
}

std::string head(const Source& source) {
  const auto name = source.path == "-" ? "standard input"
                                       : std::filesystem::path(source.path).filename().string();
  return "# Imported by certmapctl " CERTMAP_VERSION " from " + visible(name) + " (" +
         source.format +
         ").\n# Only digests stand on their own: with any other key, use this file in a rule with "
         "CertMapIssuedBy.\n";
}

/// True where everything could be expressed.
bool print_reports(const Source& source, const std::vector<ImportReport>& reports) {
  const auto name = source.path == "-" ? "-" : visible(source.path);
  for (const auto& report : reports)
    std::cerr << name << ':' << report.line << ": " << report.text << "\n";
  return std::ranges::all_of(reports, &ImportReport::is_note);
}

int run(const Arguments& arguments) {
  const auto& format = format_of(arguments);
  Source source{arguments.operands[0], arguments.operands[1], {}};
  source.text = read_input(source.path, kAnySize);
  if (const auto kind = file_kind(source.text))
    throw ToolError(visible(source.path) + " is " + noun_of(*kind) + "; give it the " +
                    source.format + " file");
  ImportedMap map(format.two_accounts);
  format.read(arguments, source, map);
  std::cout << head(source);
  map.write(std::cout);
  return print_reports(source, map.reports()) ? kYes : kNo;
}

}  // namespace

Command import_command() {
  return {
      .name = "import",
      .operands = "gridmap|pg_ident|pam_pkcs11|htpasswd-dn FILE",
      .least = 2,
      .most = 2,
      .summary = "makes a map file of another program's file",
      .options =
          {{"map", "NAME", "pg_ident: the map, where there are several"},
           {"clientname", "CN|DN", "pg_ident: what system users are (CN)"},
           {"mapper", "KIND", "pam_pkcs11: subject, cn, mail, digest, uid, serial, upn, kpn"},
           {"account", "dn|TYPE", "htpasswd-dn: the account: the whole name (dn), or CN, UID, ..."},
           {"any-password", "", "htpasswd-dn: takes lines whose password is not xxj31ZMTZzkVA"}},
      .run = run,
      .more =
          "The map file goes to standard output. What it cannot express is named on standard\n"
          "error, line by line. Exit status: 0 all was expressed, 1 something was not, 2 the\n"
          "file cannot be read."};
}

}  // namespace certmap
