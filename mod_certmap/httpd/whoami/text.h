// What the visitor's page says in plain words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "httpd/whoami/visit.h"

namespace certmap {

enum class Tone { Good, Info, Warn, Bad };

using Steps = std::vector<std::string>;
inline constexpr const char* kAsk = "Ask the administrator.";  ///< a step

/// Why the certificate gives no account, or that it does: a sentence.
std::string why(const Visit& visit);
/// What the visitor can do about it.
Steps steps_for(const Visit& visit);
Steps try_later();

struct Words {
  Tone tone;
  std::string headline;     ///< names the outcome; where it ends with "as", the account follows
  std::string explanation;  ///< one or two sentences
  Steps steps;              ///< what the visitor can do
};
Words words_for(const Visit& visit);

std::string_view meaning(Strength strength);
/// "1 day", "29 days"
std::string days_text(std::int64_t days);
/// "29 days left", "expired 3 days ago"; empty where there is no date.
std::string validity(const Visit& visit);

/// One name of the certificate with its values.
struct Fact {
  std::string name;        ///< as rules call it (docs/directives.md)
  std::string_view label;  ///< as people call it
  bool is_list = false;    ///< there may be several
  std::vector<std::string> values;
};
std::vector<Fact> facts_of(const Certificate& certificate);

/// What the administrator needs to find this visit in the logs: names and values.
std::vector<std::pair<std::string_view, std::string>> report_of(const Visit& visit);

}  // namespace certmap
