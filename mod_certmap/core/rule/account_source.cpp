#include "core/rule/account_source.h"

#include <algorithm>
#include <utility>

namespace certmap {
namespace {

/// One key of a certificate: as it is looked up, and as it is shown.
struct Key {
  std::string lookup;
  std::string shown;
};

std::vector<Key> keys_of(const std::vector<Value>& values, const Attribute& kind) {
  std::vector<Key> keys;
  for (const auto& value : values)
    keys.push_back({comparison_key(kind, value), name_of(kind) + ":" + text_of(value)});
  return keys;
}

Resolution no_map(const MapFile& file) {
  return {.reason = Reason::BackendUnavailable,
          .detail = "map file " + file.path() + " has not been read",
          .from = AnswerFrom::Source,
          .valid_until = 0};
}

void unite(std::vector<std::string>& groups, const std::vector<std::string_view>& more) {
  for (const auto group : more)
    if (std::ranges::find(groups, group) == groups.end()) groups.emplace_back(group);
}

/// Takes one hit into the resolution; a refusal already there stays.
void add_hit(Resolution& resolution, const MapEntry& entry, const std::string& shown,
             std::int64_t now) {
  if (resolution.reason == Reason::NoRuleMatched) {
    resolution.reason = Reason::Mapped;
    resolution.account = entry.account;
    resolution.key = shown;
    resolution.line = entry.line;
  }
  if (resolution.account != entry.account) {
    resolution.reason = Reason::AmbiguousAccount;
    resolution.detail = resolution.key + " and " + shown + " give different accounts";
  } else if (!entry.holds(now) && resolution.reason == Reason::Mapped) {
    resolution.reason = Reason::EntryExpired;
    resolution.key = shown;
    resolution.line = entry.line;
    resolution.detail = "the map entry of " + shown + " has expired";
  }
  unite(resolution.groups, entry.groups);
  if (entry.holds(now)) resolution.valid_until = std::min(resolution.valid_until, entry.expires);
}

void deny(Resolution& resolution, const MapFile& file, const std::string& shown,
          const MapEntry& entry) {
  resolution.reason = Reason::DeniedByRule;
  resolution.key = shown;
  resolution.line = entry.line;
  resolution.detail = shown + " is blocked in " + file.path();
  resolution.valid_until = entry.expires;
}

}  // namespace

MapImages::MapImages(const std::vector<std::shared_ptr<MapFile>>& files) {
  for (const auto& file : files) images_.emplace_back(file.get(), file->image());
}

std::shared_ptr<const MapImage> MapImages::of(const MapFile& file) const {
  for (const auto& [of_file, image] : images_)
    if (of_file == &file) return image;
  return nullptr;
}

Tie tie_of(AttributeKind kind) {
  using enum AttributeKind;
  if (kind == Sha256 || kind == Spki || kind == Cert) return Tie::Always;
  if (kind == IssuerSerial || kind == Ski || kind == Sid) return Tie::UnderIssuer;
  return Tie::None;
}

TemplateSource::TemplateSource(Template text) : template_(std::move(text)) {}

Resolution TemplateSource::resolve(const Inquiry& asked) const {
  auto expansion = template_.expand(asked.certificate);
  Resolution resolution;
  resolution.reason = expansion.reason;
  const bool is_account = expansion.reason == Reason::Mapped;
  (is_account ? resolution.account : resolution.detail) = std::move(expansion.text);
  return resolution;
}

DenySource::DenySource(std::string reason) : reason_(std::move(reason)) {}

Resolution DenySource::resolve(const Inquiry&) const {
  return {.reason = Reason::DeniedByRule, .detail = reason_};
}

MapFileSource::MapFileSource(std::shared_ptr<MapFile> file, std::vector<Attribute> kinds)
    : file_(std::move(file)), kinds_(std::move(kinds)) {}

Resolution MapFileSource::resolve(const Inquiry& asked) const {
  const auto image = asked.maps.of(*file_);
  if (!image) return no_map(*file_);
  Resolution resolution;
  resolution.from = AnswerFrom::Source;
  resolution.map_generation = image->generation();
  for (const auto& kind : kinds_.empty() ? image->kinds() : kinds_) {
    for (const auto& key : keys_of(asked.certificate.values(kind), kind)) {
      const auto entry = image->find(kind, key.lookup);
      if (asked.wants_steps)
        resolution.steps.push_back({"key", key.shown, entry ? entry->line : 0});
      if (!entry) continue;
      if (!entry->blocked) {
        add_hit(resolution, *entry, key.shown, asked.now);
      } else if (entry->holds(asked.now)) {
        deny(resolution, *file_, key.shown, *entry);
        return resolution;
      }
    }
    if (resolution.reason == Reason::NoRuleMatched) continue;
    resolution.tie = tie_of(kind.kind);
    return resolution;
  }
  resolution.detail = "no key of the certificate is in " + file_->path();
  return resolution;
}

bool MapFileSource::always_ties() const {
  return !kinds_.empty() && std::ranges::all_of(kinds_, [](const Attribute& kind) {
    return tie_of(kind.kind) == Tie::Always;
  });
}

Resolution find_block(const MapFile& file, const Certificate& certificate, std::int64_t now,
                      const MapImages& maps) {
  const auto image = maps.of(file);
  if (!image) return no_map(file);
  Resolution resolution;
  resolution.map_generation = image->generation();
  for (const auto& kind : image->blocked_kinds())
    for (const auto& key : keys_of(values_of(certificate, kind), kind)) {
      const auto entry = image->find(kind, key.lookup);
      if (!entry || !entry->blocked || !entry->holds(now)) continue;
      deny(resolution, file, key.shown, *entry);
      return resolution;
    }
  return resolution;
}

}  // namespace certmap
