#include "tool/import/imported_map.h"

#include <algorithm>
#include <functional>
#include <ostream>

#include "core/certificate/account.h"
#include "core/map/fields.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/import/formats.h"
#include "tool/mapfile/map_edit.h"

namespace certmap {
namespace {

constexpr std::size_t kMostColumns =
    60;  // of the keys; accounts of longer ones stand further right

std::string comment_text(std::string_view text) {
  std::string clean(trimmed(text));
  std::ranges::replace(clean, '\t', ' ');
  clean = visible(clean);
  return clean.empty() ? "#" : "# " + clean;
}

std::string rest_text(const ImportedEntry& entry) {
  auto text = map_field(entry.account);
  return entry.comment.empty() ? text : text + "  " + comment_text(entry.comment);
}

/// Between a key and what stands behind it.
std::size_t blanks_behind(std::string_view key, std::size_t column) {
  return column - std::min(column, columns_of(key)) + 2;
}

void check(const ImportedEntry& entry, std::string_view key, std::string_view rest) {
  if (const auto why = unsafe_account(entry.account))
    throw ConfigError("the account " + *why + "; give the certificate another one");
  if (entry.account.starts_with('!'))
    throw ConfigError(
        "the account begins with \"!\", which in a map file blocks; give the certificate another "
        "one");
  if (key.size() + blanks_behind(key, kMostColumns) + rest.size() > kMaxMapLine)
    throw ConfigError(
        "the entry would be longer than 16384 bytes; name the certificate by sha256 or spki");
}

std::uint32_t length_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

}  // namespace

void ImportedMap::read(std::string_view text,
                       const std::function<void(std::size_t, std::string_view)>& entry) {
  keys_.reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')));
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    line = trimmed(line);
    if (line.empty()) return blank_line();
    if (line.starts_with('#')) return comment(line.substr(1));
    attempt(number, [&] { entry(number, line); });
  });
}

void ImportedMap::comment(std::string_view text) {
  const auto comment = comment_text(text);
  const auto kept = cut_text(comment, kMaxMapLine);
  lines_.push_back({.at = texts_.size(), .rest = length_of(kept)});
  texts_.append(kept);
}

/// As the server will: comparison_key_ is then the line's.
void ImportedMap::read_back(std::string_view key, std::string_view rest) {
  messages_ = {LineMessages(1), LineMessages(1)};
  comparison_key_.clear();
  parser_.read(std::string(key).append("  ").append(rest));
  if (!messages_.errors.empty()) throw ConfigError(messages_.errors.in_order()[0].second);
  if (comparison_key_.empty())
    throw ToolError("the server would read no entry in the line " + std::string(key) +
                    "; report this as a bug");
}

/// The line with this comparison key. Others with its hash are as good as never there.
std::optional<std::size_t> ImportedMap::place_of_key(std::size_t hash) {
  const auto key = comparison_key_;
  const auto [begin, end] = keys_.equal_range(hash);
  const auto known = std::find_if(begin, end, [&](const auto& each) {
    const auto& line = lines_[each.second];
    read_back(key_of(line), rest_of(line));
    return comparison_key_ == key;
  });
  return known == end ? std::nullopt : std::optional<std::size_t>(known->second);
}

void ImportedMap::entry(const ImportedEntry& entry) {
  const auto key = map_field(entry.kind + ':' + entry.value), rest = rest_text(entry);
  check(entry, key, rest);
  read_back(key, rest);
  const auto hash = std::hash<std::string>()(comparison_key_);
  if (const auto place = place_of_key(hash)) return repeated(lines_[*place], entry);
  keys_.emplace(hash, static_cast<std::uint32_t>(lines_.size()));
  lines_.push_back({texts_.size(), length_of(key), length_of(rest), length_of(entry.source_key),
                    static_cast<std::uint32_t>(entry.line)});
  for (const auto* text : {&key, &rest, &entry.source_key}) texts_.append(*text);
}

std::string ImportedMap::account_of(const Line& line) const {
  std::string scratch;
  return std::string(MapFields(rest_of(line), scratch).next().value_or(""));
}

void ImportedMap::repeated(Line& first, const ImportedEntry& again) {
  const auto number = std::to_string(first.number);
  const bool is_entry = first.contradicted == 0;
  const auto account = account_of(first);
  if (is_entry && account == again.account)
    return note(again.line, "the certificate of line " + number +
                                " again, with the same account; one entry is enough");
  const auto accounts =
      quoted_for_message(account) + " and here " + quoted_for_message(again.account);
  if (is_entry && two_accounts_ == TwoAccounts::FirstDecides &&
      source_key_of(first) == again.source_key)
    return problem(again.line, "the certificate of line " + number +
                                   " again, there with the account " + accounts +
                                   "; the first line decided and is kept, remove one of them");
  problem(again.line, "the same key as line " + number + ", there with the account " + accounts +
                          "; neither is written, write an entry for one of them");
  if (!is_entry) return;
  problem(first.number, "the same key as line " + std::to_string(again.line) +
                            ", with another account; not written, write an entry for one of them");
  first.contradicted = static_cast<std::uint32_t>(again.line);
}

void ImportedMap::report(std::size_t line, std::string_view text, bool is_note) {
  reports_.push_back({line, visible(text), is_note});
}

void ImportedMap::attempt(std::size_t line, const std::function<void()>& step) {
  try {
    step();
  } catch (const ConfigError& error) {
    problem(line, error.what());
  }
}

std::size_t ImportedMap::key_column() const {
  std::size_t column = 0;
  for (const auto& line : lines_)
    if (line.contradicted == 0) column = std::max(column, columns_of(key_of(line)));
  return std::min(column, kMostColumns);
}

void ImportedMap::write(std::ostream& to) const {
  const auto column = key_column();
  for (const auto& line : lines_) {
    if (line.contradicted != 0)
      to << "# not imported: line " << line.number << " has the same key as line "
         << line.contradicted;
    else if (line.key != 0)
      to << key_of(line) << std::string(blanks_behind(key_of(line), column), ' ') << rest_of(line);
    else
      to << rest_of(line);
    to << '\n';
  }
}

std::vector<ImportReport> ImportedMap::reports() const {
  auto sorted = reports_;
  std::ranges::stable_sort(sorted, {}, &ImportReport::line);
  return sorted;
}

}  // namespace certmap
