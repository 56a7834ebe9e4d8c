// The text of a map file (docs/map-file.md), read line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/attribute.h"

namespace certmap {

inline constexpr std::size_t kMaxMapLine = 16 * 1024;  ///< bytes, without the line's end
inline constexpr std::size_t kMaxMapKinds = 255;       ///< different attributes in one file
/// Messages of one kind that are kept of one file.
inline constexpr std::size_t kMaxMapMessages = 100;

/// A kind of key that a file uses.
struct MapKind {
  Attribute attribute;
  std::string name;  ///< as first typed
};

/// One good line. Everything in it is valid only during the callback.
struct MapLine {
  std::uint32_t number = 0;
  const MapKind* kind = nullptr;
  std::size_t kind_index = 0;  ///< in the order in which the kinds first stand in the file
  std::string_view value;      ///< as typed, without quotes
  std::string_view key;        ///< its comparison key
  bool blocked = false;
  std::string_view account;  ///< empty where blocked
  std::vector<std::string_view> groups;
  std::int64_t expires = 0;  ///< as in MapEntry
};

using LineMessage = std::pair<std::uint32_t, std::string>;

/// Sentences about lines of a file: the first `most`, and how many more there were.
class LineMessages {
 public:
  explicit LineMessages(std::size_t most = kMaxMapMessages);
  void add(std::uint32_t line, std::string sentence);
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  /// Those that were kept, in the order of lines.
  std::vector<LineMessage> in_order() const;
  /// The same as `PATH:LINE: sentence`.
  std::vector<std::string> texts(std::string_view path) const;

 private:
  std::size_t most_;
  std::vector<LineMessage> first_;
  std::size_t count_ = 0;
};

struct MapMessages {
  LineMessages errors;
  LineMessages warnings;
};

/// Calls `entry` for each good line; a ConfigError from it is an error of that line. Keys that
/// stand there twice are for the callback to find. A file may have been named by mistake, and
/// messages go to terminals and logs: they quote nothing of it. For one thread.
class MapParser {
 public:
  MapParser(std::function<void(const MapLine&)> entry, MapMessages& messages);

  /// Where the file is a key, a certificate or their like, which its first octets tell, that is its
  /// one error. read() asks it of what it gets first.
  void look_at_start(std::string_view content);
  /// Reads the next part of a file: whole lines; only at the file's end may the newline be missing.
  void read(std::string_view lines);
  /// The kinds, by MapLine::kind_index.
  const std::vector<MapKind>& kinds() const { return kinds_; }

 private:
  template <typename Step>
  bool attempt(Step&& step);
  void read_line(std::string_view text);
  void split(std::string_view text);
  void read_entry();
  void read_key(std::string_view field);
  void read_account(std::string_view field);
  void read_option(std::size_t index);
  void read_groups(std::string_view names);
  std::size_t kind_index(std::string_view name);
  std::size_t add_kind(std::string_view name);

  const std::function<void(const MapLine&)> entry_;
  MapMessages& messages_;
  std::vector<MapKind> kinds_;
  std::vector<std::pair<std::string, std::size_t>> names_;  ///< as typed, and the kind they mean
  std::size_t last_name_ = 0;
  bool has_looked_ = false, is_other_file_ = false;

  MapLine line_;
  std::vector<std::string_view> fields_;
  std::string scratch_, key_;
  bool has_groups_ = false, has_expires_ = false;
};

}  // namespace certmap
