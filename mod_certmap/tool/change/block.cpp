#include <string>
#include <vector>

#include "core/map/image.h"
#include "core/text/calendar.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/change/change.h"
#include "tool/commands.h"
#include "tool/lint/doubts.h"

namespace certmap {
namespace {

/// docs/map-file.md: the two that outlive a signature which is encoded again, and a renewal.
std::vector<MapKey> keys_to_block(const MapTarget& target) {
  const Attribute sha256{AttributeKind::Sha256, {}};
  if (!target.is_certificate() || target.by()) return {target.key(target.by().value_or(sha256))};
  std::vector<MapKey> keys;
  for (const auto kind : {AttributeKind::IssuerSerial, AttributeKind::Spki})
    if (!target.keys({kind, {}}).empty()) keys.push_back(target.key({kind, {}}));
  return keys;
}

/// Writes the block, but not in the place of one that holds longer. Throws ToolError where it would
/// block nobody.
void block_key(MapChange& change, const MapKey& key, const std::string& expires) {
  const NewEntry entry{key.field, "!", {}, expires};
  const auto wanted = change.read(key, entry);
  if (!is_in_force(wanted.expires, now_in_seconds()))
    throw ToolError(
        "--expires " + visible(expires) +
        " has passed, such a block blocks nobody; name a day from today on, or leave it "
        "out; nothing was changed");
  const auto* there = change.find(key);
  if (there != nullptr && there->blocked && there->expires >= wanted.expires)
    return warn(
        change.place(there->line) + " blocks " + visible(key.field) + " already" +
        (there->expires == kForever ? "" : ", until the end of " + last_day(there->expires)));
  change.append(entry, "blocked");
  if (there != nullptr) change.mark_as_past(*there);
}

void warn_of_ca(const MapTarget& target) {
  if (const auto key = target.key_of_issued())
    warn(target.name() +
         " is the certificate of a CA: it alone is blocked, and not what it issued; for that, "
         "block " +
         visible(*key));
}

int block(const Arguments& arguments) {
  const MapTarget target(arguments.operands[1], arguments);
  const auto keys = keys_to_block(target);
  MapChange change(arguments.operands[0], target, LockedMap::Missing::IsEmpty);
  for (const auto& key : keys) block_key(change, key, arguments.value("expires"));
  warn_of_ca(target);
  if (!change.is_changed()) throw Refused(target.name() + " is blocked already; nothing to do");
  change.commit();
  return kYes;
}

}  // namespace

Command block_command() {
  return {
      .name = "block",
      .operands = "MAPFILE CERT|KEY",
      .least = 2,
      .most = 2,
      .summary = "blocks a certificate or a key in a map file",
      .options = {by_option(),
                  {"expires", "DATE", "the last day on which it holds, YYYY-MM-DD in UTC"},
                  password_file_option()},
      .run = block,
      .more =
          "CERT is a file; a KEY is ATTRIBUTE:VALUE, as it stands in a map file. Without --by\n"
          "a certificate is blocked by issuer-serial and by spki: two lines. An entry with the\n"
          "same key becomes a comment.\n"
          "Exit status: 0 blocked, 1 it is already, or the file has errors,\n"
          "2 it could not be done."};
}

}  // namespace certmap
