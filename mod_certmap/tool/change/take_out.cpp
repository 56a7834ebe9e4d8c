// unblock and remove: lines go.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/map/image.h"
#include "core/text/calendar.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/change/change.h"
#include "tool/commands.h"

namespace certmap {
namespace {

/// True for kinds of which many certificates have the same: by one of them, the line of all is not
/// taken out.
bool is_shared(const Attribute& kind) {
  using enum AttributeKind;
  constexpr AttributeKind kShared[] = {
      Issuer, IssuerComponent, Aki, Eku, Ku, Policy, NotBefore, NotAfter, AttributeKind::Extension};
  if (kind.kind != SubjectComponent && kind.kind != DirnameComponent)
    return std::ranges::find(kShared, kind.kind) != std::end(kShared);
  constexpr std::string_view kOwn[] = {"CN", "UID", "emailAddress", "serialNumber"};
  const auto name = name_of(kind);
  return std::ranges::find(kOwn, name.substr(name.find('.') + 1)) == std::end(kOwn);
}

/// The lines that go are the key's own, or those of the certificate itself.
bool is_meant(const MapTarget& target, const MapHit& hit) {
  return target.means(hit.kind, hit.key) && !(target.is_certificate() && is_shared(hit.kind));
}

/// Takes lines out, and answers those that hit as well, and stay.
std::string take_lines(MapChange& change, const MapTarget& target, bool blocks) {
  std::string left;
  for (const auto& hit : change.hits()) {
    if (hit.blocked != blocks) continue;
    if (is_meant(target, hit))
      change.remove(hit, blocks ? "unblocked" : "removed");
    else if (!blocks || is_in_force(hit.expires, now_in_seconds()))
      left += (left.empty() ? "" : ", ") + change.place(hit.line) + " by " + name_of(hit.kind);
  }
  return left;
}

std::string what_stays(const MapTarget& target, const std::string& left, bool blocks) {
  return target.name() + " is still " + (blocks ? "blocked" : "named") + ": " + left +
         "; give that key to take it out as well";
}

int take_out(const Arguments& arguments, bool blocks) {
  const auto& path = arguments.operands[0];
  const MapTarget target(arguments.operands[1], arguments);
  MapChange change(path, target, LockedMap::Missing::IsError);
  const auto left = take_lines(change, target, blocks);
  if (!change.is_changed() && left.empty())
    throw Refused(target.name() + (blocks ? " is not blocked in " : " has no entry in ") +
                  visible(path) + "; nothing to do");
  if (!change.is_changed()) throw Refused(what_stays(target, left, blocks));
  change.commit();
  if (!left.empty()) warn(what_stays(target, left, blocks));
  return kYes;
}

Command take_out_command(const char* name, const char* summary, int (*run)(const Arguments&)) {
  return {.name = name,
          .operands = "MAPFILE CERT|KEY",
          .least = 2,
          .most = 2,
          .summary = summary,
          .options = {by_option(), password_file_option()},
          .run = run,
          .more =
              "CERT is a file; a KEY is ATTRIBUTE:VALUE, as it stands in a map file. A line whose\n"
              "key many certificates share (issuer, eku, subject.O, ...) goes only by that KEY.\n"
              "Exit status: 0 done, 1 there was nothing to do, or the file has errors,\n"
              "2 it could not be done."};
}

}  // namespace

Command unblock_command() {
  return take_out_command("unblock", "takes the blocks of a certificate or a key out of a map file",
                          [](const Arguments& arguments) { return take_out(arguments, true); });
}

Command remove_command() {
  return take_out_command("remove", "takes the entries of a certificate or a key out of a map file",
                          [](const Arguments& arguments) { return take_out(arguments, false); });
}

}  // namespace certmap
