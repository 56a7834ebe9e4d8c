#include "httpd/explain/server.h"

#include <apr_network_io.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <vector>

#include "core/explain/protocol.h"
#include "core/text/error.h"
#include "core/text/joined.h"
#include "httpd/base/apache.h"
#include "httpd/config/config.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/ssl_lines.h"

namespace certmap {
namespace {

using Servers = std::vector<server_rec*>;
using Addresses = std::set<std::string>;

/// Every address that no virtual host names: "*".
constexpr const char* kOthers = "";

std::string text_of(apr_sockaddr_t* address) {
  char text[64] = "";
  if (apr_sockaddr_is_wildcard(address) == 0) apr_sockaddr_ip_getbuf(text, sizeof text, address);
  return text;
}

Addresses addresses_at(const server_rec* s, apr_port_t port) {
  Addresses found;
  for (const auto* each = s->addrs; each; each = each->next)
    if (each->host_port == 0 || each->host_port == port) found.insert(text_of(each->host_addr));
  return found;
}

Addresses addresses_at(const Servers& servers, apr_port_t port) {
  Addresses found;
  for (const auto* s : servers) found.merge(addresses_at(s, port));
  return found;
}

Servers those_at(const Servers& all, const std::string& address, apr_port_t port) {
  Servers found;
  std::ranges::copy_if(all, std::back_inserter(found), [&](const server_rec* s) {
    return addresses_at(s, port).contains(address);
  });
  return found;
}

/// True where it is its ServerName or one of its aliases, compared as httpd does.
bool has_name(const server_rec* s, const std::string& name) {
  if (s->server_hostname && ap_cstr_casecmp(s->server_hostname, name.c_str()) == 0) return true;
  for (const char* each : elements_of<const char*>(s->names))
    if (each && ap_cstr_casecmp(each, name.c_str()) == 0) return true;
  for (const char* each : elements_of<const char*>(s->wild_names))
    if (each && ap_strcasecmp_match(name.c_str(), each) == 0) return true;
  return false;
}

/// Those that name the address come before "*"; of them the first with the name, or the first.
server_rec* serving(const Servers& all, const std::string& address, const std::string& name,
                    apr_port_t port) {
  auto here = those_at(all, address, port);
  if (here.empty()) here = those_at(all, kOthers, port);
  const auto named = std::ranges::find_if(here, [&](auto* s) { return has_name(s, name); });
  return named == here.end() ? here.at(0) : *named;
}

/// Who gets requests for `name` at `port`, each once, on one or another of the addresses where
/// `meant`, which have that name, are. `all` virtual hosts are in the order of the configuration.
Servers served_by(const Servers& all, const Servers& meant, const std::string& name,
                  apr_port_t port) {
  auto addresses = addresses_at(meant, port);
  if (addresses.contains(kOthers)) addresses.merge(addresses_at(all, port));
  Servers found;
  for (const auto& address : addresses) {
    auto* s = serving(all, address, name, port);
    if (std::ranges::find(found, s) == found.end()) found.push_back(s);
  }
  return found;
}

apr_port_t port_of(const server_rec* s) {
  for (const auto* each = s->addrs; each; each = each->next)
    if (each->host_port != 0) return each->host_port;
  return s->port;
}

bool has_port(const server_rec* s, apr_port_t port) {
  if (!s->is_virtual || !s->addrs) return s->port == 0 || s->port == port;
  return !addresses_at(s, port).empty();
}

bool serves_tls(const server_rec* s) { return has_tls(HeldLines(s)); }

/// Sections of the main server hold in every virtual host, also where their rules are not defined.
bool has_use(const server_rec* s, const server_rec* main_server) {
  const auto& uses = server_config(main_server).configuration->lines.uses;
  return std::ranges::any_of(uses, [&](const auto& each) {
    return !each.second->names.empty() && (each.first == s || each.first == main_server);
  });
}

Servers only(Servers servers, const std::function<bool(server_rec*)>& wanted) {
  std::erase_if(servers, [&](server_rec* s) { return !wanted(s); });
  return servers;
}

/// Those that are wanted; where none is, all.
Servers rather(const Servers& servers, const std::function<bool(server_rec*)>& wanted) {
  auto found = only(servers, wanted);
  return found.empty() ? servers : found;
}

/// In the order of the configuration, which is not that of httpd's list.
Servers all_servers(server_rec* main_server) {
  auto servers = servers_of(main_server);
  std::reverse(servers.begin(), servers.end());
  return rather(servers, [](server_rec* s) { return s->is_virtual != 0; });
}

std::string names_of(const Servers& servers) {
  std::vector<std::string> names;
  for (const auto* s : servers)
    if (std::ranges::find(names, name_of(s)) == names.end()) names.push_back(name_of(s));
  return joined(names, std::identity(), " ");
}

Servers named(const Servers& servers, const std::string& text) {
  const auto wanted = read_vhost(text);
  return only(servers, [&](server_rec* s) {
    return has_name(s, wanted.name) && (!wanted.port || has_port(s, *wanted.port));
  });
}

/// What <VirtualHost> says of its addresses.
std::string addresses_of(const server_rec* s) {
  std::string text;
  for (const auto* each = s->addrs; each; each = each->next)
    text += std::string(text.empty() ? "" : " ") + each->virthost +
            (each->host_port ? ":" + std::to_string(each->host_port) : "");
  return text;
}

/// Of several with one name, one port and one address httpd takes the first.
server_rec* first_of(const Servers& all, const Servers& same, const VhostName& wanted) {
  const auto port = wanted.port.value_or(port_of(same[0]));
  const auto found = served_by(all, same, wanted.name, port);
  if (found.empty()) return same[0];
  if (found.size() == 1) return found[0];
  const auto hosts = joined(found, [](const server_rec* s) {
    return name_of(s) + " on " + addresses_of(s) + " (" + (s->defn_name ? s->defn_name : "") + ":" +
           std::to_string(s->defn_line_number) + ")";
  });
  throw ConfigError("who gets requests for \"" + wanted.name +
                    "\" depends on the address that they come to: " + hosts +
                    "; write the same addresses in these <VirtualHost> lines");
}

/// Throws where they differ in name or port.
server_rec* only_one(const Servers& all, const Servers& servers, const std::string& why) {
  const auto same = [&](const server_rec* s) { return name_of(s) == name_of(servers[0]); };
  if (std::ranges::all_of(servers, same))
    return first_of(all, servers, read_vhost(name_of(servers[0])));
  throw ConfigError(why + "; name one of them with --vhost: " + names_of(servers));
}

}  // namespace

std::string name_of(const server_rec* s) {
  const auto port = port_of(s);
  return std::string(s->server_hostname ? s->server_hostname : "_default_") +
         (port ? ":" + std::to_string(port) : "");
}

server_rec* choose_server(server_rec* main_server, const std::string& name) {
  auto servers = all_servers(main_server);
  if (name.empty()) {
    const auto usual = rather(
        rather(servers, [&](const server_rec* s) { return has_use(s, main_server); }), serves_tls);
    return only_one(servers, usual, "several virtual hosts could be meant");
  }
  auto found = named(servers, name);
  if (found.empty()) found = named({main_server}, name);
  if (found.empty())
    throw ConfigError("no virtual host is called \"" + name +
                      "\"; these are there: " + names_of(servers));
  // An alias may belong to several; the one with TLS is meant rather than its redirect on port 80.
  if (!read_vhost(name).port) found = rather(found, serves_tls);
  const auto first_port = port_of(found[0]);
  if (std::ranges::all_of(found, [&](const server_rec* s) { return port_of(s) == first_port; }))
    return first_of(servers, found, read_vhost(name));
  return only_one(servers, found, "several virtual hosts have the name \"" + name + "\"");
}

}  // namespace certmap
