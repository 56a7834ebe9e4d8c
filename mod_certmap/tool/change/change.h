// What add, block, unblock and remove have in common: a map file under lock, what stands in it,
// and how a change is made and told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/mapfile/locked_map.h"
#include "tool/mapfile/map_edit.h"
#include "tool/mapfile/map_scan.h"
#include "tool/mapfile/map_target.h"

namespace certmap {

/// Holds the lock of the file as long as it lives; nothing is written before commit().
class MapChange {
 public:
  /// Locks and reads the file. Throws ToolError, and Refused where the server would not take the
  /// file as it is.
  MapChange(const std::string& path, const MapTarget& target, LockedMap::Missing missing);

  /// The line as messages name it: `PATH:LINE`.
  std::string place(std::uint32_t line) const;
  const std::vector<MapHit>& hits() const { return scan_.hits; }
  /// The entry with this very key; null: there is none.
  const MapHit* find(const MapKey& key) const;

  /// The entry for this key as the server would read it. Throws ToolError where it would not.
  MapHit read(const MapKey& key, const NewEntry& entry);
  /// Puts an entry that read() takes at the end of the file.
  void append(const NewEntry& entry, const std::string& what);
  void remove(const MapHit& hit, const std::string& what);
  /// Makes a comment of the line. Throws Refused where it is too long for that.
  void mark_as_past(const MapHit& hit);

  bool is_changed() const { return !said_.empty(); }
  /// Writes the file, and then says on standard output what was changed, and warns of what is
  /// doubtful about new lines. Throws ToolError; it says whether the file was changed.
  void commit();
  /// After commit(): warns of what keeps a new entry for an account from deciding.
  void warn_of_stronger(const MapHit& added) const;

 private:
  void check_file() const;

  std::string path_;
  LockedMap file_;
  std::vector<std::string_view> lines_;  ///< of the file, views of its text
  MapScan scan_;
  std::vector<std::string> new_lines_, said_;
  std::vector<std::uint32_t> removed_, past_;
};

/// Says the sentence on standard error, as a warning.
void warn(const std::string& sentence);

}  // namespace certmap
