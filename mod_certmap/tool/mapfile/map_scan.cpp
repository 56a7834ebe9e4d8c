#include "tool/mapfile/map_scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <set>
#include <system_error>

#include "core/live/descriptor.h"
#include "core/map/build.h"
#include "core/map/fields.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

/// The keys that are looked for, by MapLine::kind_index of one parser. A kind whose lines have
/// errors has an index that no MapLine has.
class WantedKeys {
 public:
  explicit WantedKeys(const KeysOfKind& wanted) : wanted_(wanted) {}

  bool contain(const MapLine& line) {
    if (line.kind_index >= keys_.size()) keys_.resize(line.kind_index + 1);
    auto& keys = keys_[line.kind_index];
    if (!keys) {
      const auto wanted = wanted_(line.kind->attribute);
      keys.emplace(wanted.begin(), wanted.end());
    }
    return keys->contains(line.key);
  }

 private:
  const KeysOfKind& wanted_;
  std::vector<std::optional<std::set<std::string, std::less<>>>> keys_;
};

MapHit hit_of(const MapLine& line) {
  return {line.number,  line.kind->attribute,      std::string(line.key),
          line.blocked, std::string(line.account), {line.groups.begin(), line.groups.end()},
          line.expires};
}

}  // namespace

MapText read_map_text(const std::string& path) {
  if (path == "-") return {read_all(STDIN_FILENO, "standard input"), {}};
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) throw_errno("read " + visible(path));
  if (!S_ISREG(status.st_mode))
    throw ToolError(visible(path) + " is not a regular file; name a map file");
  return {read_all(file.get(), visible(path)), status};
}

void throw_errno(const std::string& what, const std::string& then) {
  const auto why = std::generic_category().message(errno);
  throw ToolError("cannot " + what + ": " + why + (then.empty() ? "" : "; " + then));
}

MapScan scan_map(std::string_view path, std::string_view text, const KeysOfKind& wanted) {
  MapScan scan;
  WantedKeys keys(wanted);
  MapBuild build([&](const MapLine& line) {
    if (keys.contain(line)) scan.hits.push_back(hit_of(line));
  });
  build.read(text);
  scan.errors = build.finish(path).errors;
  scan.error_count = build.messages().errors.count();
  scan.kinds = build.kinds();
  return scan;
}

MapHit read_map_line(std::string_view line, std::vector<MapKind>& kinds) {
  check_map_characters(line);  // a newline among them
  MapHit hit;
  MapMessages messages;
  MapParser parser([&](const MapLine& read) { hit = hit_of(read); }, messages);
  parser.read(line);
  if (!messages.errors.empty()) throw ConfigError(messages.errors.in_order().front().second);
  const auto& kind = parser.kinds().front();
  if (std::ranges::find(kinds, kind.attribute, &MapKind::attribute) != kinds.end()) return hit;
  if (kinds.size() == kMaxMapKinds)
    throw ConfigError("this file uses 255 attributes already; use another key, or split the file");
  kinds.push_back(kind);
  return hit;
}

}  // namespace certmap
