// Files of other programs: whatever they hold, the readers end, the map file that comes out is one
// that the server takes, and nothing that is printed can steer a terminal.
//
// The first octet chooses the format and its options; the rest is the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "core/map/build.h"
#include "core/text/visible.h"
#include "tool/import/formats.h"

using namespace certmap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_pg_ident(const std::string& text, bool whole_name, ImportedMap& map) {
  const auto maps = pg_ident_maps(text);
  import_pg_ident(text, {maps.empty() ? "" : maps[0], whole_name}, map);
}

void read_pam_pkcs11(const std::string& text, ImportedMap& map) {
  const auto mapper = pam_pkcs11_mapper(text);
  import_pam_pkcs11(text, mapper.empty() ? "cn" : mapper, map);
}

void read(char choice, const std::string& text, ImportedMap& map) {
  if (choice == 'g') import_gridmap(text, map);
  if (choice == 'p' || choice == 'P') read_pg_ident(text, choice == 'P', map);
  if (choice == 'm') read_pam_pkcs11(text, map);
  if (choice == 'h') import_htpasswd(text, {}, map);
  if (choice == 'H') import_htpasswd(text, {"\x55\x04\x03", true}, map);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const auto two_accounts : {TwoAccounts::FirstDecides, TwoAccounts::NobodyDecides}) {
    ImportedMap map(two_accounts);
    read(static_cast<char>(data[0]), text, map);
    std::ostringstream written;
    map.write(written);
    MapBuild build;
    build.read(written.str());
    require(build.finish("m").errors.empty());
    for (const auto& report : map.reports())
      require(report.line > 0 && visible(report.text) == report.text);
  }
  return 0;
}
