#include "core/rule/match.h"

#include <algorithm>
#include <cstddef>

#include "core/rule/regex.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/joined.h"

namespace certmap {
namespace {

Regex compile(const std::string& pattern) {
  if (pattern.empty())
    throw ConfigError("the expression is empty, and no value is; write the expression");
  auto regex = std::make_shared<const RE2>(pattern, regex_options());
  if (!regex->ok())
    throw ConfigError("\"" + pattern + "\" is no RE2 regular expression: " + regex->error() +
                      " (RE2 has no back-references and no look-around)");
  return regex;
}

/// Here an administrator wrote the value, so the message may show it.
std::string key_of(const Attribute& attribute, const std::string& word) {
  try {
    return comparison_key_of_text(attribute, word);
  } catch (const ConfigError& error) {
    throw ConfigError("\"" + word + "\": " + error.what());
  }
}

}  // namespace

Match::Match(const std::vector<std::string>& words) : attribute_{}, text_(joined(words, {}, " ")) {
  auto word = words.begin();
  const bool quantified =
      word != words.end() && (to_lower(*word) == "any" || to_lower(*word) == "all");
  if (quantified) all_ = to_lower(*word++) == "all";
  if (words.end() - word < 3)
    throw ConfigError("write CertMapMatch [any|all] ATTRIBUTE ==|=~|!=|!~ VALUE ...");
  attribute_ = parse_attribute(*word++);
  const std::string op = *word++;
  if (op != "==" && op != "=~" && op != "!=" && op != "!~")
    throw ConfigError("\"" + op + "\" is no operator; write ==, =~, != or !~");
  negated_ = op[0] == '!';
  if (negated_ && quantified)
    throw ConfigError("a negation always holds for no value at all; leave out any or all before " +
                      op);
  for (; word != words.end(); ++word) {
    if (op[1] == '~') {
      regexes_.push_back(compile(*word));
      ends_.push_back(literal_end(*word));
    } else {
      keys_.push_back(key_of(attribute_, *word));
    }
  }
}

bool Match::hits(const Value& value) const {
  if (!is_regex())
    return std::ranges::find(keys_, comparison_key(attribute_, value)) != keys_.end();
  const bool is_text = value.type == ValueType::Text;
  const std::string other = is_text ? std::string() : text_of(value);
  const std::string_view text = is_text ? value.data : other;
  for (std::size_t i = 0; i < regexes_.size(); ++i)
    if (text.ends_with(ends_[i]) && regexes_[i]->Match({text.data(), text.size()}, 0, text.size(),
                                                       RE2::ANCHOR_BOTH, nullptr, 0))
      return true;
  return false;
}

bool Match::holds(const std::vector<Value>& values) const {
  const auto hit = [this](const Value& value) { return hits(value); };
  if (negated_) return std::ranges::none_of(values, hit);
  if (values.empty()) return false;
  return all_ ? std::ranges::all_of(values, hit) : std::ranges::any_of(values, hit);
}

std::optional<Captures> Match::capture(const Value& value) const {
  const std::string text = text_of(value);
  for (const auto& regex : regexes_) {
    const int groups = regex->NumberOfCapturingGroups();
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups) + 1);
    if (!regex->Match(text, 0, text.size(), RE2::ANCHOR_BOTH, found.data(), groups + 1)) continue;
    const auto& names = regex->CapturingGroupNames();
    Captures captures;
    for (int i = 1; i <= groups; ++i) {
      const auto& piece = found[static_cast<std::size_t>(i)];
      if (piece.data() == nullptr) continue;
      const std::string captured(piece.data(), piece.size());
      captures["$" + std::to_string(i)] = captured;
      if (const auto name = names.find(i); name != names.end()) captures[name->second] = captured;
    }
    return captures;
  }
  return std::nullopt;
}

}  // namespace certmap
