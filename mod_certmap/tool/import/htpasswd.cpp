#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/name.h"
#include "core/text/error.h"
#include "tool/import/formats.h"
#include "tool/import/slash_name.h"

namespace certmap {
namespace {

// The word "password" as mod_ssl's documentation has it encrypted, and as htpasswd -s does.
constexpr std::string_view kFakePasswords[] = {"xxj31ZMTZzkVA",
                                               "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="};

void check_password(std::string_view name, std::string_view password, bool any_password) {
  if (any_password || std::ranges::find(kFakePasswords, password) != std::end(kFakePasswords))
    return;
  throw ConfigError(
      "the password of " + quoted_for_message(name) +
      " is not xxj31ZMTZzkVA, so this certificate may have been kept out; remove the line, or say "
      "--any-password where these are other encryptions of the word password");
}

std::string account_of(std::string_view text, const Name& name, const std::string& type) {
  if (type.empty()) return std::string(text);
  std::vector<std::string> values;
  for (const auto& rdn : name)
    for (const auto& part : rdn)
      if (part.oid == type) values.push_back(part.text);
  if (values.size() == 1) return values[0];
  throw ConfigError("the name " + quoted_for_message(text) +
                    (values.empty() ? " has no " : " has several ") + oid_to_name(type) +
                    "; write an entry with an account of your choice");
}

void import_line(std::size_t number, std::string_view line, const HtpasswdOptions& options,
                 ImportedMap& map) {
  const auto colon = std::min(line.find(':'), line.size());
  if (colon == line.size())
    throw ConfigError("the line is no NAME:PASSWORD; give it a file of AuthUserFile");
  const auto text = line.substr(0, colon);
  if (!text.starts_with('/'))
    throw ConfigError("this user is no certificate's name; leave the line in the password file");
  const auto name = parse_slash_name(text);
  check_password(text, line.substr(colon + 1), options.any_password);
  map.entry({number, "subject", to_text(name, NameStyle::Rfc4514), std::string(text),
             account_of(text, name, options.account_type)});
}

}  // namespace

void import_htpasswd(std::string_view text, const HtpasswdOptions& options, ImportedMap& map) {
  map.read(text, [&](std::size_t number, std::string_view line) {
    import_line(number, line, options, map);
  });
}

}  // namespace certmap
