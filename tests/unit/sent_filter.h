// A filter as libldap sends it: RFC 4511 section 4.5.1, read back from the wire.
#pragma once

#include <ldap.h>
#include <openldap.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <string>

namespace certmap::test {

using Handle =
    std::unique_ptr<LDAP, decltype([](LDAP* l) { ldap_unbind_ext(l, nullptr, nullptr); })>;
using Ber = std::unique_ptr<BerElement, decltype([](BerElement* b) { ber_free(b, 1); })>;

/// The SearchRequest's PDU; empty where libldap refuses the filter.
inline std::string search_pdu(const std::string& filter) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return {};
  LDAP* raw = nullptr;
  if (ldap_init_fd(ends[0], LDAP_PROTO_TCP, "ldap://localhost", &raw) != LDAP_SUCCESS) return {};
  std::string pdu;
  {
    const Handle handle(raw);
    int message = 0;
    const int version = LDAP_VERSION3;
    ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version);
    const int code = ldap_search_ext(raw, "", LDAP_SCOPE_BASE, filter.c_str(), nullptr, 0, nullptr,
                                     nullptr, nullptr, 0, &message);
    if (code == LDAP_SUCCESS) {
      pdu.resize(1 << 17);
      const auto count = ::recv(ends[1], pdu.data(), pdu.size(), MSG_DONTWAIT);
      pdu.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
  }
  ::close(ends[1]);
  return pdu;
}

/// Of a filter that is one equality match: the assertion value as it is on the wire.
inline std::string sent_value(const std::string& filter) {
  auto pdu = search_pdu(filter);
  berval all = {pdu.size(), pdu.data()};
  const Ber ber(ber_init(&all));
  ber_int_t id, scope, deref, size, time, types_only;
  ber_tag_t operation;
  berval base, attribute, value;
  if (ber_scanf(ber.get(), "{it{meeiib", &id, &operation, &base, &scope, &deref, &size, &time,
                &types_only) == LBER_ERROR)
    return "(no search request)";
  ber_len_t length;
  if (ber_peek_tag(ber.get(), &length) != LDAP_FILTER_EQUALITY ||
      ber_scanf(ber.get(), "{mm}", &attribute, &value) == LBER_ERROR)
    return "(no equality match)";
  return {value.bv_val, value.bv_len};
}

}  // namespace certmap::test
