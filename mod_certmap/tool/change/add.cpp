#include <set>
#include <string>

#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/change/change.h"
#include "tool/commands.h"

namespace certmap {
namespace {

NewEntry entry_of(const Arguments& arguments, const MapKey& key) {
  const auto& account = arguments.operands[2];
  if (account == "!") throw ToolError("! is no account; certmapctl block writes blocks");
  return {key.field, account, arguments.value("groups"), arguments.value("expires")};
}

bool are_same(const MapHit& a, const MapHit& b) {
  const std::set<std::string> groups_a(a.groups.begin(), a.groups.end());
  const std::set<std::string> groups_b(b.groups.begin(), b.groups.end());
  return a.account == b.account && a.expires == b.expires && groups_a == groups_b;
}

[[noreturn]] void refuse_repeated(const std::string& place, const MapHit& there,
                                  const MapHit& wanted) {
  if (there.blocked)
    throw Refused(place + " blocks this key; take the block away first, with certmapctl unblock");
  if (are_same(there, wanted)) throw Refused(place + " is this entry already; nothing to do");
  const auto account = '"' + visible(there.account) + '"';
  if (there.account == wanted.account)
    throw Refused(place + " gives this key the account " + account +
                  " with other options; change that line, or remove it first");
  throw Refused(place + " gives this key the account " + account +
                "; remove it first, with certmapctl remove");
}

int add(const Arguments& arguments) {
  const auto& path = arguments.operands[0];
  const MapTarget target(arguments.operands[1], arguments);
  const auto key = target.key(target.by().value_or(Attribute{AttributeKind::Sha256, {}}));
  MapChange change(path, target, LockedMap::Missing::IsEmpty);
  const auto entry = entry_of(arguments, key);
  const auto added = change.read(key, entry);
  if (const auto* there = change.find(key))
    refuse_repeated(change.place(there->line), *there, added);
  change.append(entry, "added");
  change.commit();
  change.warn_of_stronger(added);
  return kYes;
}

}  // namespace

Command add_command() {
  return {.name = "add",
          .operands = "MAPFILE CERT|KEY ACCOUNT",
          .least = 3,
          .most = 3,
          .summary = "adds an entry to a map file",
          .options = {by_option(),
                      {"groups", "NAME,...", "the groups of the entry"},
                      {"expires", "DATE", "the last day on which it holds, YYYY-MM-DD in UTC"},
                      password_file_option()},
          .run = add,
          .more =
              "CERT is a file; a KEY is ATTRIBUTE:VALUE, as it stands in a map file. Without --by\n"
              "the key of a certificate is its sha256.\n"
              "Exit status: 0 added, 1 the key has an entry already, or the file has errors,\n"
              "2 it could not be done."};
}

}  // namespace certmap
