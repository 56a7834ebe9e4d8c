#include "httpd/tree/ssl_lines.h"

#include <ap_listen.h>

#include <cstdlib>
#include <string_view>

#include "httpd/tree/lines.h"

namespace certmap {
namespace {

/// As ap_setup_listeners() will find out, which `httpd -t` does not call.
bool speaks_https(const server_rec* s) {
  if (const auto* protocol = ap_get_server_protocol(const_cast<server_rec*>(s)))
    return std::string_view(protocol) == "https";
  for (const auto* each = s->addrs; each; each = each->next)
    for (const auto* listener = ap_listeners; listener; listener = listener->next)
      if (apr_sockaddr_equal(listener->bind_addr, each->host_addr) != 0 &&
          listener->bind_addr->port == each->host_port)
        return std::string_view(listener->protocol) == "https";
  return false;
}

bool is_about_place(const HeldLines& lines, const char* name) {
  return ap_cstr_casecmp(name, "SSLVerifyClient") == 0 ||
         (ap_cstr_casecmp(name, "SSLVerifyDepth") == 0 && asked_at_handshake(lines) == "none");
}

}  // namespace

const ap_directive_t* ssl_line(const HeldLines& lines, const char* name) {
  return is_about_place(lines, name) ? lines.find(name) : lines.find_in_server(name);
}

std::string ssl_word(const HeldLines& lines, const char* name, const char* otherwise) {
  const auto* line = ssl_line(lines, name);
  return line ? first_word(line) : otherwise;
}

const char* ssl_path(const HeldLines& lines, const char* name, apr_pool_t* pool) {
  const auto args = args_of(ssl_line(lines, name));
  const char* rest = args.c_str();
  const char* path = ap_getword_conf(pool, &rest);
  return *path ? ap_server_root_relative(pool, path) : nullptr;
}

bool has_tls(const HeldLines& lines) {
  if (const auto* line = ssl_line(lines, "SSLEngine")) return first_word(line) != "off";
  return ssl_line(lines, "SSLCertificateFile") && speaks_https(lines.server());
}

std::string verify_mode(const ap_directive_t* line) {
  const auto word = first_word(line);
  if (word.empty() || word == "off") return "none";
  return word == "on" ? "require" : word;
}

std::string asked_at_handshake(const HeldLines& lines) {
  return verify_mode(lines.find_in_server("SSLVerifyClient"));
}

std::string never_asked(const ap_directive_t* line, const std::string& where_asked) {
  const auto is = line ? "SSLVerifyClient is none (" + place_of(line).text() + ")"
                       : std::string("SSLVerifyClient is missing");
  return is + ": the client is never asked for a certificate" + where_asked +
         "; write SSLVerifyClient optional" + (line ? "" : " in the virtual host");
}

int verify_depth(const ap_directive_t* line) {
  const auto word = first_word(line);
  return word.empty() ? 1 : std::atoi(word.c_str());
}

}  // namespace certmap
