#include "core/map/parser.h"

#include <algorithm>

#include "core/certificate/account.h"
#include "core/certificate/file_kind.h"
#include "core/map/fields.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

/// The first second after the day.
std::int64_t end_of_day(std::string_view date) {
  if (const auto day = day_of(date)) return *day + kSecondsPerDay;
  throw ConfigError(
      "expires= has no date; write expires=YYYY-MM-DD, for example expires=2027-01-31");
}

bool is_certificate_digest(AttributeKind kind) {
  return kind == AttributeKind::Sha256 || kind == AttributeKind::Sha1 ||
         kind == AttributeKind::Cert;
}

/// Groups keep the rule for accounts: both go into environments, headers and logs.
void check_safe(const std::string& what, std::string_view text) {
  if (const auto why = unsafe_account(text)) throw ConfigError(what + ' ' + *why);
}

}  // namespace

void MapParser::read(std::string_view lines) {
  if (!has_looked_) look_at_start(lines);
  if (is_other_file_) return;
  if (line_.number == 0 && lines.starts_with(kByteOrderMark))
    lines.remove_prefix(kByteOrderMark.size());
  while (!lines.empty()) {
    std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    read_line(line);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

MapParser::MapParser(std::function<void(const MapLine&)> entry, MapMessages& messages)
    : entry_(std::move(entry)), messages_(messages) {}

void MapParser::look_at_start(std::string_view content) {
  has_looked_ = true;
  const auto kind = file_kind(content);
  if (!kind) return;
  is_other_file_ = true;
  messages_.errors.add(
      1, "this file is " + noun_of(*kind) + ", no map file; name a file with lines of KEY ACCOUNT");
}

template <typename Step>
bool MapParser::attempt(Step&& step) {
  try {
    step();
    return true;
  } catch (const ConfigError& error) {
    messages_.errors.add(line_.number, error.what());
    return false;
  }
}

void MapParser::read_line(std::string_view text) {
  ++line_.number;
  if (attempt([&] { split(text); }) && !fields_.empty()) read_entry();
}

void MapParser::split(std::string_view text) {
  fields_.clear();
  if (text.size() > kMaxMapLine)
    throw ConfigError("this line is longer than 16384 bytes; write one entry a line");
  check_map_characters(text);
  if (const auto blank = odd_blank(text))
    messages_.warnings.add(line_.number,
                           "this line has the character " + *blank +
                               (*blank == "U+00A0" ? ", a no-break space," : "") +
                               " outside quotes; it looks like a blank and ends no field; write "
                               "a blank, or quote the whole field that it is part of");
  MapFields fields(text, scratch_);
  while (auto field = fields.next()) fields_.push_back(*field);
}

void MapParser::read_entry() {
  line_.groups.clear();
  line_.expires = kForever;
  has_groups_ = has_expires_ = false;
  line_.kind = nullptr;
  bool good = attempt([&] { read_key(fields_[0]); });
  if (line_.kind == nullptr) return;
  good &= attempt([&] { read_account(fields_.size() > 1 ? fields_[1] : std::string_view()); });
  for (std::size_t i = 2; i < fields_.size(); ++i) good &= attempt([&] { read_option(i); });
  if (!good || !attempt([&] { entry_(line_); })) return;
  if (line_.blocked && is_certificate_digest(line_.kind->attribute.kind))
    messages_.warnings.add(line_.number,
                           "the holder of an ECDSA certificate can re-encode its signature and so "
                           "change this digest; block issuer-serial and spki instead");
}

void MapParser::read_key(std::string_view field) {
  std::size_t colon = field.find(':');
  if (colon == std::string_view::npos || colon == 0)
    throw ConfigError(
        "this line is no KEY ACCOUNT; write the key as ATTRIBUTE:VALUE, for example "
        "email:bob@example.com");
  line_.kind_index = kind_index(field.substr(0, colon));
  line_.kind = &kinds_[line_.kind_index];
  line_.value = field.substr(colon + 1);
  if (line_.value.empty())
    throw ConfigError(name_of(line_.kind->attribute) +
                      ": has no value; write it right after the colon, and quote the whole field "
                      "where it has blanks");
  key_ = comparison_key_of_text(line_.kind->attribute, line_.value);
  line_.key = key_;
}

std::size_t MapParser::kind_index(std::string_view name) {
  if (last_name_ < names_.size() && names_[last_name_].first == name)
    return names_[last_name_].second;
  auto known = std::find_if(names_.begin(), names_.end(),
                            [&](const auto& entry) { return entry.first == name; });
  last_name_ = static_cast<std::size_t>(known - names_.begin());
  if (known == names_.end()) names_.emplace_back(name, add_kind(name));
  return names_[last_name_].second;
}

std::size_t MapParser::add_kind(std::string_view name) {
  Attribute attribute = parse_key_attribute(name, Quoting::Nothing);
  auto known = std::ranges::find(kinds_, attribute, &MapKind::attribute);
  if (known == kinds_.end()) {
    if (kinds_.size() == kMaxMapKinds)
      throw ConfigError("this file uses more than 255 attributes; split it");
    known = kinds_.insert(known, MapKind{std::move(attribute), std::string(name)});
  }
  return static_cast<std::size_t>(known - kinds_.begin());
}

void MapParser::read_account(std::string_view field) {
  if (fields_.size() < 2)
    throw ConfigError("the account is missing; write KEY ACCOUNT, or ! as the account to block");
  line_.blocked = field == "!";
  line_.account = line_.blocked ? std::string_view() : field;
  if (line_.blocked) return;
  if (field.starts_with('!'))
    throw ConfigError("the account begins with \"!\"; write ! alone to block the key");
  check_safe("the account", field);
}

void MapParser::read_option(std::size_t index) {
  const auto field = fields_[index];
  bool groups = field.starts_with("groups="), expires = field.starts_with("expires=");
  if (!groups && !expires)
    throw ConfigError(
        "field " + std::to_string(index + 1) +
        " is no option; there are groups=NAME,... and expires=YYYY-MM-DD, and a KEY with blanks is "
        "quoted as a whole");
  if (std::exchange(groups ? has_groups_ : has_expires_, true))
    throw ConfigError(std::string(groups ? "groups" : "expires") +
                      "= is the second option of its name; write each option once");
  if (groups) return read_groups(field.substr(7));
  line_.expires = end_of_day(field.substr(8));
}

void MapParser::read_groups(std::string_view names) {
  if (line_.blocked) throw ConfigError("a blocked key has no groups; remove groups=");
  for (std::size_t start = 0; start <= names.size();) {
    std::string_view name = names.substr(start, names.find(',', start) - start);
    if (name.empty())
      throw ConfigError("groups= has an empty name; write groups=NAME or groups=NAME,NAME");
    line_.groups.push_back(name);
    check_safe("name " + std::to_string(line_.groups.size()) + " of groups=", name);
    start += name.size() + 1;
  }
}

LineMessages::LineMessages(std::size_t most) : most_(most) {}

void LineMessages::add(std::uint32_t line, std::string sentence) {
  ++count_;
  if (first_.size() < most_) first_.emplace_back(line, std::move(sentence));
}

std::vector<LineMessage> LineMessages::in_order() const {
  auto sorted = first_;
  std::ranges::stable_sort(sorted, {}, &LineMessage::first);
  return sorted;
}

std::vector<std::string> LineMessages::texts(std::string_view path) const {
  std::vector<std::string> texts;
  for (const auto& [line, sentence] : in_order())
    texts.push_back(std::string(path) + ':' + std::to_string(line) + ": " + sentence);
  if (count_ > first_.size())
    texts.push_back(std::string(path) + ": ... and " + std::to_string(count_ - first_.size()) +
                    " more");
  return texts;
}

}  // namespace certmap
