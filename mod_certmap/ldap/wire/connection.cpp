#include "ldap/wire/connection.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string_view>

#include "core/text/encodings.h"

namespace certmap {
namespace {

using Kind = LdapFailure::Kind;

/// Two tell that there are several.
constexpr std::size_t kSizeLimit = 2;

berval as_berval(const std::string& text) {
  return {.bv_len = text.size(), .bv_val = const_cast<char*>(text.data())};
}

/// Without a password a simple bind would make us anonymous, and succeed (RFC 4513, 5.1.2).
void expect_password(const DirectorySettings& settings) {
  if (settings.bind_password.empty())
    throw LdapFailure(Kind::Server,
                      "is not bound to as " + settings.bind_dn + " without a password");
}

/// The id of the request; 0: no bind is asked for.
int send_bind(const LdapHandle& handle, const DirectorySettings& settings) {
  int id = 0;
  if (settings.client_certificate) {
    // As whom the certificate says. Servers ask back where credentials are not empty but absent.
    berval none{.bv_len = 0, .bv_val = const_cast<char*>("")};
    handle.expect_sent(
        ldap_sasl_bind(handle.get(), nullptr, "EXTERNAL", &none, nullptr, nullptr, &id));
  } else if (!settings.bind_dn.empty()) {
    expect_password(settings);
    auto password = as_berval(settings.bind_password);
    handle.expect_sent(ldap_sasl_bind(handle.get(), settings.bind_dn.c_str(), LDAP_SASL_SIMPLE,
                                      &password, nullptr, nullptr, &id));
  }
  return id;
}

void bind(const LdapHandle& handle, const DirectorySettings& settings) {
  const int id = send_bind(handle, settings);
  if (id == 0) return;
  const auto message = handle.receive(id);
  if (ldap_msgtype(message.get()) != LDAP_RES_BIND)
    throw handle.failure("answers the bind with something else");
  const auto answer = handle.read_answer(message.get());
  if (answer.code != LDAP_SUCCESS)
    throw LdapFailure(Kind::Server, "refuses the bind " +
                                        (settings.client_certificate ? "by CertMapLDAPClientCert"
                                                                     : "as " + settings.bind_dn) +
                                        ": " + answer.text);
}

int send_search(const LdapHandle& handle, const SearchRequest& request) {
  std::vector<char*> attributes;
  for (const auto& attribute : request.attributes)
    attributes.push_back(const_cast<char*>(attribute.c_str()));
  attributes.push_back(nullptr);
  const auto left = std::chrono::ceil<std::chrono::seconds>(time_left(handle.deadline())).count();
  timeval time{.tv_sec = std::max<time_t>(left, 1), .tv_usec = 0};
  int id = 0;
  const int code =
      ldap_search_ext(handle.get(), request.base.c_str(), request.scope, request.filter.c_str(),
                      attributes.data(), 0, nullptr, nullptr, &time, kSizeLimit, &id);
  if (code == LDAP_FILTER_ERROR || code == LDAP_ENCODING_ERROR || code == LDAP_PARAM_ERROR)
    throw LdapFailure(Kind::Question, "is not asked: libldap cannot read the filter");
  handle.expect_sent(code);
  return id;
}

std::string_view text_of(const berval& octets) { return {octets.bv_val, octets.bv_len}; }

/// Active Directory answers with "member;range=0-1499" where there are more values than it hands
/// out at once ([MS-ADTS] 3.1.1.3.1.3.3).
void refuse_range(std::string_view description) {
  if (to_lower(description).find(";range=") != std::string::npos)
    throw LdapFailure(Kind::Question, "hands out only some of the values: " + for_log(description));
}

/// Throws LdapFailure where the message is no entry.
Entry read_entry(const LdapHandle& handle, LDAPMessage* message) {
  const LdapFailure unreadable(Kind::Connection, "sends an entry that cannot be read");
  BerElement* reader = nullptr;
  berval name{};
  if (ldap_get_dn_ber(handle.get(), message, &reader, &name) != LDAP_SUCCESS) throw unreadable;
  const std::unique_ptr<BerElement, decltype([](BerElement* b) { ber_free(b, 0); })> owner(reader);
  Entry entry{.dn = for_log(text_of(name))};
  for (;;) {
    berval description{};
    berval* values = nullptr;
    if (ldap_get_attribute_ber(handle.get(), message, reader, &description, &values) !=
        LDAP_SUCCESS)
      throw unreadable;
    // The values point into the message.
    const std::unique_ptr<berval, decltype([](berval* v) { ber_memfree(v); })> array(values);
    if (description.bv_val == nullptr) return entry;
    refuse_range(text_of(description));
    auto& attribute =
        entry.attributes.emplace_back(text_of(description), std::vector<std::string>());
    for (const auto* value = values; value != nullptr && value->bv_val != nullptr; ++value)
      attribute.second.emplace_back(text_of(*value));
  }
}

/// In lower case, without `;binary` at its end.
std::string key_of(std::string_view description) {
  constexpr std::string_view kOption = ";binary";
  auto key = to_lower(description);
  if (key.ends_with(kOption)) key.resize(key.size() - kOption.size());
  return key;
}

}  // namespace

std::vector<std::string> Entry::values(const std::string& attribute) const {
  std::vector<std::string> found;
  for (const auto& [description, values] : attributes)
    if (key_of(description) == key_of(attribute))
      found.insert(found.end(), values.begin(), values.end());
  return found;
}

LdapConnection::LdapConnection(const DirectorySettings& settings, const LdapOptions& options,
                               const std::string& server, Deadline deadline)
    : handle_(std::make_unique<LdapHandle>(settings.security, options, server, deadline)) {
  bind(*handle_, settings);
}

SearchResult LdapConnection::search(const SearchRequest& request, Deadline deadline) {
  // Given back when nothing is under way any more.
  auto handle = std::move(handle_);
  handle->set_deadline(deadline);
  const int id = send_search(*handle, request);
  SearchResult result;
  for (;;) {
    const auto message = handle->receive(id);
    switch (ldap_msgtype(message.get())) {
      case LDAP_RES_SEARCH_ENTRY:
        result.limited = result.entries.size() == kSizeLimit;
        if (result.limited) return result;
        result.entries.push_back(read_entry(*handle, message.get()));
        break;
      case LDAP_RES_SEARCH_REFERENCE:
      case LDAP_RES_INTERMEDIATE:
        break;
      case LDAP_RES_SEARCH_RESULT: {
        const auto answer = handle->read_answer(message.get());
        if (kind_of(answer.code) != Kind::Server) handle_ = std::move(handle);
        result.limited = answer.code == LDAP_SIZELIMIT_EXCEEDED;
        if (answer.code == LDAP_SUCCESS || result.limited) return result;
        throw LdapFailure(kind_of(answer.code), "answers the search with: " + answer.text);
      }
      default:
        throw handle->failure("answers the search with something else");
    }
  }
}

}  // namespace certmap
