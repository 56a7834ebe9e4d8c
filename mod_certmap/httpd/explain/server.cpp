#include "httpd/explain/server.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "core/text/error.h"
#include "httpd/base/array.h"
#include "httpd/config/config.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

using Servers = std::vector<server_rec*>;

apr_port_t port_of(const server_rec* s) {
  for (const auto* each = s->addrs; each; each = each->next)
    if (each->host_port != 0) return each->host_port;
  return s->port;
}

bool has_port(const server_rec* s, apr_port_t port) {
  if (!s->is_virtual || !s->addrs) return s->port == 0 || s->port == port;
  for (const auto* each = s->addrs; each; each = each->next)
    if (each->host_port == 0 || each->host_port == port) return true;
  return false;
}

bool has_name(const server_rec* s, const char* name) {
  if (s->server_hostname && ap_cstr_casecmp(s->server_hostname, name) == 0) return true;
  for (const char* each : elements_of<const char*>(s->names))
    if (each && ap_cstr_casecmp(each, name) == 0) return true;
  for (const char* each : elements_of<const char*>(s->wild_names))
    if (each && ap_strcasecmp_match(name, each) == 0) return true;
  return false;
}

bool has_tls(const server_rec* s) {
  const HeldLines lines(s);
  return ssl_word(lines, "SSLEngine", "off") != "off";
}

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
  std::string text;
  for (const auto& name : names) text += " " + name;
  return text;
}

struct Wanted {
  std::string name;
  std::optional<apr_port_t> port;
};

Wanted read_name(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size() || text.back() == ']' ||
      text.find_first_not_of("0123456789", colon + 1) != std::string::npos ||
      text.size() - colon > 6)
    return {text, std::nullopt};
  return {text.substr(0, colon), static_cast<apr_port_t>(std::stoul(text.substr(colon + 1)))};
}

Servers named(const Servers& servers, const std::string& text) {
  const auto wanted = read_name(text);
  return only(servers, [&](server_rec* s) {
    return has_name(s, wanted.name.c_str()) && (!wanted.port || has_port(s, *wanted.port));
  });
}

/// Of several with one name and one port httpd takes the first.
server_rec* only_one(const Servers& servers, const std::string& why) {
  const auto same = [&](const server_rec* s) { return name_of(s) == name_of(servers[0]); };
  if (std::ranges::all_of(servers, same)) return servers[0];
  throw ConfigError(why + "; name one of them with --vhost:" + names_of(servers));
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
        rather(servers, [&](const server_rec* s) { return has_use(s, main_server); }), has_tls);
    return only_one(usual, "several virtual hosts could be meant");
  }
  auto found = named(servers, name);
  if (found.empty()) found = named({main_server}, name);
  if (found.empty())
    throw ConfigError("no virtual host is called \"" + name +
                      "\"; these are there:" + names_of(servers));
  // An alias may belong to several; the one with TLS is meant rather than its redirect on port 80.
  if (!read_name(name).port) found = rather(found, has_tls);
  const auto first_port = port_of(found[0]);
  if (std::ranges::all_of(found, [&](const server_rec* s) { return port_of(s) == first_port; }))
    return found[0];
  return only_one(found, "several virtual hosts have the name \"" + name + "\"");
}

}  // namespace certmap
