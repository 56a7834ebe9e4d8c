#include "tool/import/imported_map.h"

#include <algorithm>

#include "core/certificate/account.h"
#include "core/certificate/attribute.h"
#include "core/map/parser.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "tool/columns.h"
#include "tool/import/text.h"
#include "tool/mapfile/map_edit.h"

namespace certmap {
namespace {

constexpr std::size_t kMostColumns =
    60;  // of the keys; accounts of longer ones stand further right

std::string key_field(const ImportedEntry& entry) {
  return map_field(entry.kind + ':' + entry.value);
}

std::string comment_text(std::string_view text) {
  std::string clean(trimmed(text));
  std::ranges::replace(clean, '\t', ' ');
  clean = visible(clean);
  return clean.empty() ? "#" : "# " + clean;
}

std::string entry_text(const ImportedEntry& entry, std::size_t column) {
  std::string text = key_field(entry);
  text.append(column - std::min(column, columns_of(text)) + 2, ' ');
  text += map_field(entry.account);
  return entry.comment.empty() ? text : text + "  " + comment_text(entry.comment);
}

}  // namespace

void ImportedMap::read(std::string_view text,
                       const std::function<void(std::size_t, std::string_view)>& entry) {
  for_each_line(text, [&](std::size_t number, std::string_view line) {
    line = trimmed(line);
    if (line.empty()) return blank_line();
    if (line.starts_with('#')) return comment(line.substr(1));
    attempt(number, [&] { entry(number, line); });
  });
}

void ImportedMap::comment(std::string_view text) { lines_.push_back({comment_text(text)}); }

void ImportedMap::check(const ImportedEntry& entry) const {
  if (const auto why = unsafe_account(entry.account))
    throw ConfigError("the account " + quoted_for_message(entry.account) + ' ' + *why +
                      "; give the certificate another one");
  if (entry.account.starts_with('!'))
    throw ConfigError(
        "the account " + quoted_for_message(entry.account) +
        " begins with \"!\", which in a map file blocks; give the certificate another one");
  if (entry_text(entry, kMostColumns).size() > kMaxMapLine)
    throw ConfigError(
        "the entry would be longer than 16384 bytes; name the certificate by sha256 or spki");
}

void ImportedMap::entry(ImportedEntry entry) {
  auto key = comparison_key_of_text(parse_key_attribute(entry.kind), entry.value);
  check(entry);
  const auto [place, is_new] = keys_.emplace(entry.kind + '\0' + std::move(key), lines_.size());
  if (!is_new) return repeated(lines_[place->second], entry);
  lines_.push_back({{}, std::move(entry), true});
}

void ImportedMap::repeated(Line& first, const ImportedEntry& again) {
  const auto number = std::to_string(first.entry.line);
  if (first.is_entry && first.entry.account == again.account)
    return note(again.line, "the certificate of line " + number +
                                " again, with the same account; one entry is enough");
  const auto accounts =
      quoted_for_message(first.entry.account) + " and here " + quoted_for_message(again.account);
  if (first.is_entry && two_accounts_ == TwoAccounts::FirstDecides &&
      first.entry.source_key == again.source_key)
    return problem(again.line, "the certificate of line " + number +
                                   " again, there with the account " + accounts +
                                   "; the first line decided and is kept, remove one of them");
  problem(again.line, "the same key as line " + number + ", there with the account " + accounts +
                          "; neither is written, write an entry for one of them");
  if (!std::exchange(first.is_entry, false)) return;
  problem(first.entry.line,
          "the same key as line " + std::to_string(again.line) +
              ", with another account; not written, write an entry for one of them");
  first.text =
      "# not imported: line " + number + " has the same key as line " + std::to_string(again.line);
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
    if (line.is_entry) column = std::max(column, columns_of(key_field(line.entry)));
  return std::min(column, kMostColumns);
}

std::string ImportedMap::text() const {
  const auto column = key_column();
  std::string text;
  for (const auto& line : lines_) {
    text += line.is_entry ? entry_text(line.entry, column) : line.text;
    text += '\n';
  }
  return text;
}

std::vector<ImportReport> ImportedMap::reports() const {
  auto sorted = reports_;
  std::ranges::stable_sort(sorted, {}, &ImportReport::line);
  return sorted;
}

}  // namespace certmap
