// The map file that an import makes, and what it has to say about it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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
  std::string comment{};  ///< that stood behind it
};

/// A sentence about a line of the source. A note is no loss.
struct ImportReport {
  std::size_t line;
  std::string text;
  bool is_note;
};

class ImportedMap {
 public:
  explicit ImportedMap(TwoAccounts two_accounts) : two_accounts_(two_accounts) {}

  /// Reads a file with a line for each entry, and comments. `entry` gets the number and the text of
  /// each entry, trimmed; a ConfigError from it is a problem of the line.
  void read(std::string_view text, const std::function<void(std::size_t, std::string_view)>& entry);

  void blank_line() { lines_.push_back({}); }
  void comment(std::string_view text);
  /// Throws ConfigError where no map file can hold it.
  void entry(ImportedEntry entry);

  /// What these quote of the source is made safe for a terminal.
  void problem(std::size_t line, std::string_view text) { report(line, text, false); }
  void note(std::size_t line, std::string_view text) { report(line, text, true); }
  /// Runs `step`; a ConfigError from it is a problem of this line.
  void attempt(std::size_t line, const std::function<void()>& step);

  /// The lines of the map file.
  std::string text() const;
  /// The reports, in the order of lines.
  std::vector<ImportReport> reports() const;

 private:
  struct Line {
    std::string text{};  ///< a comment, where there is no entry
    ImportedEntry entry{};
    bool is_entry = false;
  };

  void report(std::size_t line, std::string_view text, bool is_note);
  void check(const ImportedEntry& entry) const;
  void repeated(Line& first, const ImportedEntry& again);
  std::size_t key_column() const;

  const TwoAccounts two_accounts_;
  std::vector<Line> lines_;
  std::vector<ImportReport> reports_;
  std::unordered_map<std::string, std::size_t> keys_;  ///< comparison key to its place in lines_
};

}  // namespace certmap
