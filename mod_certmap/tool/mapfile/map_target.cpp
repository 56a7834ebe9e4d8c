#include "tool/mapfile/map_target.h"

#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/text/error.h"
#include "core/text/joined.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/mapfile/map_edit.h"

namespace certmap {
namespace {

constexpr std::string_view kKinds[] = {"sha256", "spki", "issuer-serial",
                                       "email",  "upn",  "subject"};

std::optional<Attribute> kind_of_by(const Arguments& arguments) {
  if (!arguments.has("by")) return {};
  const auto name = arguments.value("by");
  if (std::ranges::find(kKinds, name) == std::end(kKinds))
    throw ToolError("--by " + visible(name) +
                    " is no kind; write sha256, spki, issuer-serial, email, upn or subject");
  return parse_key_attribute(name);
}

Certificate read_target_certificate(const std::string& path, const Arguments& arguments) {
  auto certificate = read_certificate_file(path, arguments);
  if (certificate.malformed)
    throw ToolError(visible(path) + ": " + visible(*certificate.malformed) +
                    "; the server refuses this certificate whatever a map file says");
  return certificate;
}

std::vector<MapKey> keys_of(const Certificate& certificate, const Attribute& kind) {
  std::vector<MapKey> keys;
  for (const auto& value : values_of(certificate, kind)) {
    MapKey key{kind, name_of(kind) + ':' + text_of(value), comparison_key(kind, value)};
    if (std::ranges::find(keys, key.key, &MapKey::key) == keys.end())
      keys.push_back(std::move(key));
  }
  return keys;
}

/// Of what is no key either; `error` says why there is no file.
ToolError neither(const std::string& name, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG)
    return ToolError(name +
                     " is neither a file nor a key; name a certificate's file, or write "
                     "ATTRIBUTE:VALUE like email:bob@example.com");
  return ToolError(name + " cannot be read: " + std::strerror(error) +
                   "; name a file that you may read");
}

}  // namespace

MapTarget::MapTarget(const std::string& what, const Arguments& arguments)
    : name_(visible(what)), by_(kind_of_by(arguments)) {
  if (what == "-" || access(what.c_str(), F_OK) == 0)
    certificate_ = read_target_certificate(what, arguments);
  else
    read_key(what, errno);
}

void MapTarget::read_key(const std::string& typed, int no_file) {
  const auto colon = typed.find(':');
  if (colon == typed.npos || colon == 0) throw neither(name_, no_file);
  if (by_)
    throw ToolError("--by chooses a key of a certificate; leave it out where a key is given");
  try {
    const auto kind = parse_key_attribute(typed.substr(0, colon));
    const auto value = typed.substr(colon + 1);
    key_ = {kind, typed, comparison_key_of_text(kind, value)};
    facts_.emplace(kind, value, key_->key);
  } catch (const ConfigError& error) {
    throw ToolError(visible(error.what()));
  }
}

MapKey MapTarget::key(const Attribute& kind) const {
  if (key_) return *key_;
  auto keys = keys_of(*certificate_, kind);
  if (keys.empty())
    throw ToolError(name_ + " has no " + name_of(kind) + "; choose another kind with --by");
  if (keys.size() > 1)
    throw ToolError(name_ + " has several: " +
                    joined(keys, [](const MapKey& each) { return visible(each.field); }) +
                    "; give the one that is meant in the place of the file");
  return keys.front();
}

std::vector<std::string> MapTarget::keys(const Attribute& kind) const {
  if (facts_) return facts_->keys(kind);
  std::vector<std::string> keys;
  for (auto& key : keys_of(*certificate_, kind)) keys.push_back(std::move(key.key));
  return keys;
}

std::optional<std::string> MapTarget::key_of_issued() const {
  if (!certificate_ || X509_check_ca(certificate_->x509.get()) != 1) return {};
  const auto names = values_of(*certificate_, {AttributeKind::Subject, {}});
  if (names.empty()) return {};
  return map_field(name_of({AttributeKind::Issuer, {}}) + ':' + text_of(names.front()));
}

bool MapTarget::means(const Attribute& kind, const std::string& key) const {
  if (key_) return kind == key_->kind && key == key_->key;
  return !by_ || kind == *by_;
}

Option by_option() {
  return {"by", "KIND", "sha256, spki, issuer-serial, email, upn or subject of the certificate"};
}

}  // namespace certmap
