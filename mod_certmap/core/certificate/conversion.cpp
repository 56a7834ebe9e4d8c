#include "core/certificate/conversion.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "core/certificate/name.h"
#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/joined.h"

namespace certmap {
namespace {

using Result = std::optional<std::string>;

enum class Input { Text, Octets, TextOrOctets, Name };

struct Step {
  std::string_view name;
  Input input;
  ValueType output;
  Result (*convert)(std::string_view data);
  NameStyle style = NameStyle::Rfc4514;
};

std::string with_separator(std::string_view digits, std::string_view separator) {
  std::string text;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    if (at > 0) text += separator;
    text += digits.substr(at, 2);
  }
  return text;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return upper;
}

bool has_one_at(std::string_view text) { return std::count(text.begin(), text.end(), '@') == 1; }

Result lower_step(std::string_view text) { return to_lower(text); }
Result upper_step(std::string_view text) { return to_upper(text); }

Result local_step(std::string_view text) {
  if (!has_one_at(text)) return std::nullopt;
  return std::string(text.substr(0, text.find('@')));
}

Result domain_step(std::string_view text) {
  if (!has_one_at(text)) return std::nullopt;
  return std::string(text.substr(text.find('@') + 1));
}

Result hex_step(std::string_view octets) { return hex(octets); }
Result upper_hex_step(std::string_view octets) { return hex(octets, kUpperHexDigits); }
Result colons_step(std::string_view octets) { return with_separator(hex(octets), ":"); }
Result upper_colons_step(std::string_view octets) {
  return with_separator(hex(octets, kUpperHexDigits), ":");
}
Result reversed_step(std::string_view octets) {
  return hex(std::string(octets.rbegin(), octets.rend()));
}

Result decimal_step(std::string_view octets) { return decimal(octets); }

Result base64_step(std::string_view octets) { return base64(octets); }

Result sha1_step(std::string_view octets) { return digest_of(EVP_sha1(), octets); }
Result sha256_step(std::string_view octets) { return digest_of(EVP_sha256(), octets); }
Result sha512_step(std::string_view octets) { return digest_of(EVP_sha512(), octets); }

constexpr Step kSteps[] = {
    {"lower", Input::Text, ValueType::Text, lower_step},
    {"upper", Input::Text, ValueType::Text, upper_step},
    {"local", Input::Text, ValueType::Text, local_step},
    {"domain", Input::Text, ValueType::Text, domain_step},
    {"hex", Input::TextOrOctets, ValueType::Text, hex_step},
    {"HEX", Input::TextOrOctets, ValueType::Text, upper_hex_step},
    {"hex_c", Input::TextOrOctets, ValueType::Text, colons_step},
    {"HEX_C", Input::TextOrOctets, ValueType::Text, upper_colons_step},
    {"hex_r", Input::TextOrOctets, ValueType::Text, reversed_step},
    {"dec", Input::Octets, ValueType::Text, decimal_step},
    {"base64", Input::TextOrOctets, ValueType::Text, base64_step},
    {"sha1", Input::TextOrOctets, ValueType::Octets, sha1_step},
    {"sha256", Input::TextOrOctets, ValueType::Octets, sha256_step},
    {"sha512", Input::TextOrOctets, ValueType::Octets, sha512_step},
    {"rfc4514", Input::Name, ValueType::Text, nullptr, NameStyle::Rfc4514},
    {"openssl", Input::Name, ValueType::Text, nullptr, NameStyle::OpenSsl},
    {"ad_x500", Input::Name, ValueType::Text, nullptr, NameStyle::AdX500},
    {"ad_ldap", Input::Name, ValueType::Text, nullptr, NameStyle::AdLdap},
    {"nss_x500", Input::Name, ValueType::Text, nullptr, NameStyle::NssX500},
    {"nss_ldap", Input::Name, ValueType::Text, nullptr, NameStyle::NssLdap},
};

bool takes(Input input, ValueType type) {
  switch (input) {
    case Input::Text:
      return type == ValueType::Text;
    case Input::Octets:
      return type == ValueType::Octets;
    case Input::TextOrOctets:
      return type != ValueType::Name;
    case Input::Name:
      return type == ValueType::Name;
  }
  return false;
}

// They say how the result is written, and stand after all others.
constexpr Step kDn = {"dn", Input::Text, ValueType::Text, nullptr};
constexpr Step kBin = {"bin", Input::TextOrOctets, ValueType::Octets, nullptr};

[[noreturn]] void refuse_unknown(const std::string& name, Usage usage) {
  auto known = joined(kSteps, &Step::name, " ");
  if (usage == Usage::Filter) known.append(" dn bin");
  throw ConfigError("unknown conversion \"" + name + "\"; write one of: " + known);
}

[[noreturn]] void refuse_input(const Step& step, ValueType input) {
  const std::string name(step.name);
  if (step.input == Input::Name) {
    throw ConfigError("\"" + name + "\" is for names (subject, issuer, dirname) only");
  }
  if (input == ValueType::Name) {
    throw ConfigError("\"" + name +
                      "\" cannot stand after a name; put rfc4514 before it: rfc4514!" + name);
  }
  throw ConfigError("\"" + name + "\" wants " + (step.input == Input::Text ? "text" : "octets") +
                    " before it, and there is " + (input == ValueType::Text ? "text" : "octets") +
                    (input == ValueType::Octets ? "; put hex before it: hex!" + name : ""));
}

const Step* find_ending(std::string_view name) {
  return name == kDn.name ? &kDn : name == kBin.name ? &kBin : nullptr;
}

[[noreturn]] void refuse_ending(const std::string& name) {
  throw ConfigError("\"" + name + "\" stands only in the filter of CertMapLDAPURL; write " +
                    (name == kBin.name ? "hex or base64 here" : "rfc4514 or nothing here"));
}

[[noreturn]] void refuse_after(const std::string& name, const Step& ending) {
  const std::string before(ending.name);
  throw ConfigError("\"" + name + "\" cannot stand after \"" + before + "\"; write " +
                    (name == before ? before + " once" : "it before: " + name + "!" + before));
}

}  // namespace

Conversions::Conversions(const std::vector<std::string>& names, ValueType input, Usage usage) {
  for (const auto& name : names) {
    const auto* ending = find_ending(name);
    if (ending && usage == Usage::Text) refuse_ending(name);
    const auto* step = ending ? ending : std::ranges::find(kSteps, name, &Step::name);
    if (!ending && step == std::end(kSteps)) refuse_unknown(name, usage);
    if (bin_ || (dn_ && step != &kBin)) refuse_after(name, bin_ ? kBin : kDn);
    if (!takes(step->input, input)) refuse_input(*step, input);
    if (ending) {
      (ending == &kDn ? dn_ : bin_) = true;
    } else {
      steps_.push_back(static_cast<int>(step - std::begin(kSteps)));
      input = step->output;
    }
  }
  octets_ = input == ValueType::Octets;
}

inline std::optional<std::string> Conversions::run(const Value& value) const {
  if (value.type != ValueType::Name && value.data.empty()) return std::nullopt;
  Result data = std::string(value.data);
  for (const int index : steps_) {
    const Step& step = kSteps[index];
    data = step.convert ? step.convert(*data) : to_text(*value.name, step.style);
    if (!data || data->empty()) return std::nullopt;
  }
  return data;
}

std::optional<std::string> Conversions::apply(const Value& value) const {
  if (steps_.empty()) {
    auto text = text_of(value);
    return text.empty() ? Result() : Result(std::move(text));
  }
  if (!octets_) return run(value);
  const auto octets = run(value);
  return octets ? Result(hex(*octets)) : std::nullopt;
}

std::optional<std::string> Conversions::apply_raw(const Value& value) const {
  return octets_ ? run(value) : apply(value);
}

std::string example_of_conversion(std::string_view name) {
  const auto* step = std::ranges::find(kSteps, name, &Step::name);
  if (step == std::end(kSteps)) return {};
  const auto attribute = step->input == Input::Text     ? "email!"
                         : step->input == Input::Octets ? "serial!"
                         : step->input == Input::Name   ? "subject!"
                                                        : "spki!";
  return attribute + std::string(name);
}

}  // namespace certmap
