#include "ldap/lookup/source.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

#include "core/certificate/account.h"
#include "core/certificate/openssl_der.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr std::size_t kMaxShownFilter = 512;  // bytes in the error log
constexpr const char* kCertificateAttribute = "userCertificate";

void add_field(std::string& fields, std::string_view value) {
  fields += std::to_string(value.size()) + ":";
  fields += value;
}

/// Everything on which an answer of the directory depends, but for certificate and filter.
std::string configuration_digest(const DirectorySettings& directory, const SearchSettings& search) {
  std::string fields;
  for (const auto& server : directory.servers) add_field(fields, server);
  add_field(fields, std::to_string(static_cast<int>(directory.security)));
  add_field(fields, directory.bind_dn);
  add_field(fields, directory.bind_password);
  add_field(fields, directory.ca ? directory.ca->content : "");
  add_field(fields, directory.client_certificate ? directory.client_certificate->content : "");
  add_field(fields, search.base);
  add_field(fields, std::to_string(search.scope));
  for (const auto& attribute : search.attributes) add_field(fields, attribute);
  add_field(fields, search.filter);
  add_field(fields, search.groups);
  add_field(fields, search.verify_certificate ? "verified" : "");
  return digest_of(EVP_sha256(), fields);
}

std::string_view signature_of(const Certificate& certificate) {
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, certificate.x509.get());
  return octets_of(signature);
}

LookupResult refusal(Reason reason, std::string detail) {
  return {.reason = reason, .detail = std::move(detail)};
}

bool holds_certificate(const Entry& entry, const Certificate& certificate) {
  const auto certificates = entry.values(kCertificateAttribute);
  return std::ranges::any_of(certificates, [&](const std::string& der) {
    return digest_of(EVP_sha256(), der) == certificate.sha256.octets();
  });
}

/// The attribute's values; empty where one of them cannot be in a log or an environment.
std::optional<std::vector<std::string>> clean_values(const Entry& entry,
                                                     const std::string& attribute) {
  auto values = entry.values(attribute);
  if (!std::ranges::all_of(values, is_clean_text)) return std::nullopt;
  return values;
}

LookupResult take_account(const Entry& entry, const std::string& attribute) {
  const auto accounts = entry.values(attribute);
  if (accounts.empty())
    return refusal(Reason::UnsafeAccount,
                   "the entry " + entry.dn + " has no " + attribute + ", or the server hides it");
  if (accounts.size() > 1)
    return refusal(Reason::AmbiguousAccount,
                   "the entry " + entry.dn + " has several values of " + attribute);
  if (const auto why = unsafe_account(accounts[0]))
    return refusal(Reason::UnsafeAccount, "the account of the entry " + entry.dn + " " + *why);
  return {.lookup = Lookup{.found = true, .account = accounts[0]}, .reason = Reason::Mapped};
}

LookupResult take_more(LookupResult result, const Entry& entry, const SearchSettings& settings) {
  const auto unclean = [&](const std::string& attribute) {
    return refusal(Reason::UnsafeAccount, "a value of " + attribute + " in the entry " + entry.dn +
                                              " is not UTF-8 or holds a control character");
  };
  if (!settings.groups.empty()) {
    auto groups = clean_values(entry, settings.groups);
    if (!groups) return unclean(settings.groups);
    result.lookup->groups = std::move(*groups);
  }
  for (auto name = settings.attributes.begin() + 1; name != settings.attributes.end(); ++name) {
    auto values = clean_values(entry, *name);
    if (!values) return unclean(*name);
    if (!values->empty())
      result.lookup->attributes.emplace_back(environment_name(*name), std::move(*values));
  }
  return result;
}

LookupResult read_entry(const Entry& entry, const SearchSettings& settings,
                        const Certificate& certificate) {
  if (settings.verify_certificate && !holds_certificate(entry, certificate))
    return refusal(Reason::CertificateNotInEntry,
                   "the entry " + entry.dn + " does not hold this certificate");
  auto result = take_account(entry, settings.attributes[0]);
  if (result.lookup) result = take_more(std::move(result), entry, settings);
  result.entry = entry.dn;
  return result;
}

}  // namespace

std::string environment_name(const std::string& attribute) {
  std::string name = attribute;
  for (char& c : name) {
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 32);
    else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
      c = '_';
  }
  return name;
}

DirectorySource::DirectorySource(std::shared_ptr<Directory> directory, Lookups& lookups,
                                 SearchSettings settings, Filter filter)
    : directory_(std::move(directory)),
      lookups_(lookups),
      settings_(std::move(settings)),
      filter_(std::move(filter)),
      configuration_(configuration_digest(directory_->settings(), settings_)) {}

SearchRequest DirectorySource::request(std::string filter) const {
  SearchRequest request{.base = settings_.base,
                        .scope = settings_.scope,
                        .filter = std::move(filter),
                        .attributes = settings_.attributes};
  if (!settings_.groups.empty()) request.attributes.push_back(settings_.groups);
  if (settings_.verify_certificate) {
    // Directories differ in which of the two they answer to (RFC 4523, 2.1).
    request.attributes.push_back(std::string(kCertificateAttribute).append(";binary"));
    request.attributes.emplace_back(kCertificateAttribute);
  }
  return request;
}

LookupResult DirectorySource::look_up(const std::string& filter, const Certificate& certificate,
                                      std::chrono::steady_clock::time_point start,
                                      const std::stop_token& trial) const {
  const auto time = static_cast<std::int64_t>(std::time(nullptr));
  auto finding = directory_->search(request(filter), start, trial);
  LookupResult result;
  if (finding.entry)
    result = read_entry(*finding.entry, settings_, certificate);
  else if (finding.reason == Reason::NoRuleMatched)
    result.lookup = Lookup();
  else
    result = refusal(finding.reason, std::move(finding.detail));
  if (result.lookup) result.lookup->time = time;
  return result;
}

std::vector<LookupStep> DirectorySource::steps(const Expansion& filter) const {
  std::vector<LookupStep> steps{{"server", directory_->name()}, {"base", settings_.base}};
  if (filter.reason == Reason::Mapped)
    steps.push_back({"filter", std::string(cut_text(filter.text, kMaxShownFilter))});
  return steps;
}

/// Verified certificates differ in their signatures, unless a CA sets out to find a key under which
/// another's signature is its own: where the answer says whose certificate it is, or leaves this
/// process, the digest alone is good enough. To make it costs more than all else here.
std::string DirectorySource::key_of(const Certificate& certificate,
                                    const std::string& filter) const {
  std::string key = configuration_;
  if (settings_.verify_certificate || lookups_.is_shared())
    add_field(key, certificate.sha256.octets());
  else
    add_field(key, signature_of(certificate));
  return key + filter;
}

Resolution DirectorySource::resolve(const Inquiry& asked) const {
  auto filter = filter_.expand(asked.certificate);
  Resolution resolution;
  if (filter.reason == Reason::Mapped) {
    const auto& facts = asked.certificate.certificate();
    const auto start = std::chrono::steady_clock::now();
    resolution =
        resolution_of(lookups_.find(
                          key_of(facts, filter.text), asked.now, directory_->settings().timeout,
                          [&] { return look_up(filter.text, facts, start, asked.trial); },
                          asked.trial.stop_possible()),
                      filter.text);
  } else {
    resolution.reason = filter.reason;
    resolution.detail = filter.text;
  }
  if (asked.wants_steps) resolution.steps = steps(filter);
  return resolution;
}

Resolution DirectorySource::resolution_of(LookupResult answer, const std::string& filter) const {
  auto& lookup = answer.lookup;
  Resolution resolution;
  resolution.from = answer.from;
  resolution.key = filter;
  resolution.entry = std::move(answer.entry);
  resolution.valid_until = answer.valid_until;
  if (!lookup) {
    resolution.reason = answer.reason;
    resolution.detail = std::move(answer.detail);
  } else if (!lookup->found) {
    resolution.detail =
        directory_->name() + " has no entry for " + std::string(cut_text(filter, kMaxShownFilter));
  } else {
    resolution.reason = Reason::Mapped;
    resolution.account = std::move(lookup->account);
    resolution.groups = std::move(lookup->groups);
    resolution.attributes = std::move(lookup->attributes);
    resolution.tie = settings_.verify_certificate ? Tie::Always : Tie::None;
  }
  return resolution;
}

std::vector<std::string> DirectorySource::check() const {
  return directory_->check(request({}), filter_.attributes());
}

}  // namespace certmap
