// The map file that an import makes, and what it has to say about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/live/page_buffer.h"
#include "core/map/parser.h"

namespace certmap {

/// What the old program does with a key that has two accounts.
enum class TwoAccounts {
  FirstDecides,   ///< the later line was never looked at
  NobodyDecides,  ///< both hold
};

struct ImportedEntry {
  std::size_t line = 0;    ///< of the source
  std::string kind;        ///< of the key: "subject"
  std::string value;       ///< of the key, without quotes
  std::string source_key;  ///< as the source has it: what the old program compares octet by octet
  std::string account;
  std::string comment;  ///< that stood behind it
};

/// A sentence about a line of the source. A note is no loss.
struct ImportReport {
  std::size_t line;
  std::string text;
  bool is_note;
};

/// Files of a million lines are imported: lines are kept as the text that is written, once.
class ImportedMap {
 public:
  explicit ImportedMap(TwoAccounts two_accounts) : two_accounts_(two_accounts) {}
  ImportedMap(const ImportedMap&) = delete;
  ImportedMap& operator=(const ImportedMap&) = delete;

  /// Reads a file with a line for each entry, and comments. `entry` gets the number and the text of
  /// each entry, trimmed; a ConfigError from it is a problem of the line.
  void read(std::string_view text, const std::function<void(std::size_t, std::string_view)>& entry);

  void blank_line() { lines_.push_back({}); }
  void comment(std::string_view text);
  /// Has the server's own parser read the line that it makes. Throws ConfigError where no map file
  /// can hold it.
  void entry(const ImportedEntry& entry);

  /// What these quote of the source is made safe for a terminal.
  void problem(std::size_t line, std::string_view text) { report(line, text, false); }
  void note(std::size_t line, std::string_view text) { report(line, text, true); }
  /// Runs `step`; a ConfigError from it is a problem of this line.
  void attempt(std::size_t line, const std::function<void()>& step);

  /// Writes the lines of the map file.
  void write(std::ostream& to) const;
  /// The reports, in the order of lines.
  std::vector<ImportReport> reports() const;

 private:
  /// Its parts stand in texts_, one after the other. Without a key it is a comment, or empty.
  struct Line {
    std::size_t at = 0;
    std::uint32_t key = 0, rest = 0, source_key = 0;  ///< octets; `rest` is account and comment
    std::uint32_t number = 0;                         ///< of the source
    std::uint32_t contradicted = 0;  ///< by this line: it is written as a comment; 0: it is not
  };
  std::string_view key_of(const Line& line) const { return part(line.at, line.key); }
  std::string_view rest_of(const Line& line) const { return part(line.at + line.key, line.rest); }
  std::string_view source_key_of(const Line& line) const {
    return part(line.at + line.key + line.rest, line.source_key);
  }
  std::string account_of(const Line& line) const;
  std::string_view part(std::size_t at, std::size_t length) const {
    return texts_.view().substr(at, length);
  }

  void report(std::size_t line, std::string_view text, bool is_note);
  void read_back(std::string_view key, std::string_view rest);
  std::optional<std::size_t> place_of_key(std::size_t hash);
  void repeated(Line& first, const ImportedEntry& again);
  std::size_t key_column() const;

  const TwoAccounts two_accounts_;
  PageBuffer texts_;
  std::deque<Line> lines_;
  std::vector<ImportReport> reports_;
  /// Hash of the comparison key, and the place in lines_.
  std::unordered_multimap<std::size_t, std::uint32_t> keys_;

  std::string comparison_key_;  ///< of the line that the parser has read last
  MapMessages messages_;
  MapParser parser_{[this](const MapLine& line) {
                      comparison_key_.assign(1, static_cast<char>(line.kind_index));
                      comparison_key_ += line.key;
                    },
                    messages_};
};

}  // namespace certmap
