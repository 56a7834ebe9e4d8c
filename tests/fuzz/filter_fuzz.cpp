// Filters and URLs of directories: whatever the text, the parsers end, and whatever a certificate
// says, it comes back out of the filter as one value, octet for octet.
//
// The first octet chooses what the rest is: `u` a URL, `v` a value, any other a filter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/certificate/account.h"
#include "core/certificate/openssl_der.h"
#include "core/text/error.h"
#include "ldap/config/filter.h"
#include "ldap/config/filter_syntax.h"
#include "ldap/config/url.h"

using namespace certmap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Certificate certificate_saying(const std::string& value) {
  Certificate certificate;
  const auto email = parse_attribute("email");
  certificate.alt_names.push_back({.attribute = email, .text = value});
  certificate.extensions.push_back({.oid = oid_from_text("1.2.3"), .value = value});
  return certificate;
}

std::string unescaped(const std::string& value) {
  std::string octets;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\') {
      octets += value[at];
      continue;
    }
    octets += static_cast<char>(std::stoi(value.substr(at + 1, 2), nullptr, 16));
    at += 2;
  }
  return octets;
}

/// How many comparisons the server sees; 0 where nothing is sent.
std::size_t items_sent(const Filter& filter, const std::string& value) {
  const std::vector<Match> matches;
  const auto certificate = certificate_saying(value);
  KnownValues known(certificate);
  const auto expansion = filter.expand({known, matches});
  if (expansion.reason != Reason::Mapped) return 0;
  return parse_filter(expansion.text).size();
}

void check_filter(const std::string& text) {
  std::vector<Filter> filters;
  try {
    filters.emplace_back(text, std::vector<Match>());
  } catch (const ConfigError&) {
    return;
  }
  const auto& filter = filters[0];
  for (const auto& attribute : filter.attributes()) require(is_attribute_type(attribute));
  const auto items = items_sent(filter, "a@b");
  for (const auto* value : {"*)(uid=*@", "\\@", "(|(a=b)@", "\\2a@", "@)", "*@*"})
    require(items_sent(filter, value) == items || items == 0 || items_sent(filter, value) == 0);
}

/// Empty where the words are refused.
std::vector<DirectoryUrl> read_url(const std::vector<std::string>& words) {
  try {
    return {parse_directory_url(words)};
  } catch (const ConfigError&) {
    return {};
  }
}

void check_url(const std::string& text) {
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"NONE"}, {"SSL"}, {"TLS"}}) {
    std::vector<std::string> words{text};
    words.insert(words.end(), more.begin(), more.end());
    for (const auto& url : read_url(words)) {
      require(!url.servers.empty() && !url.attributes.empty() && !url.filter.empty());
      require(!more.empty() || url.security != Security::Plain || !url.leaves_machine);
      for (const auto& server : url.servers) {
        const auto again = read_url({server + "/?a?one?b", "NONE"});
        require(again.empty() == (url.security == Security::Ldaps));
        if (!again.empty()) require(again[0].servers == std::vector{server});
      }
    }
  }
}

void check_value(const std::string& value) {
  const auto certificate = certificate_saying(value);
  const std::vector<Match> matches;
  KnownValues known(certificate);
  const auto text = Filter("(a=<{email}>)", matches).expand({known, matches});
  const bool safe = !unsafe_filter_value(value);
  require((text.reason == Reason::Mapped) == safe);
  const auto octets = Filter("(a=<{ext.1.2.3!bin}>)", matches).expand({known, matches});
  require((octets.reason == Reason::Mapped) == !value.empty());
  for (const auto& expansion : {text, octets}) {
    if (expansion.reason != Reason::Mapped) continue;
    const auto items = parse_filter(expansion.text);
    require(items.size() == 1 && items[0].attribute == "a");
    require(items[0].value.find('*') == std::string::npos);
    require(unescaped(items[0].value) == "<" + value + ">");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'u')
    check_url(text);
  else if (data[0] == 'v')
    check_value(text);
  else
    check_filter(text);
  return 0;
}
