#include "httpd/explain/request.h"

#include <algorithm>
#include <cstring>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "httpd/base/apache.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

constexpr const char* kAccessFiles = "certmap-explain-access-files";
/// A module without these hooks' names in its list does not take part in finding the place.
constexpr auto kTranslators = {"mod_alias.c", "mod_vhost_alias.c", "mod_userdir.c", "mod_proxy.c",
                               "core.c"};
constexpr auto kMappers = {"mod_proxy.c", "core.c"};

int note_access_file(request_rec* r, const char* folder, const char* name, ap_configfile_t**,
                     const char**) {
  const char* path = ap_make_full_path(r->pool, folder, name);
  apr_finfo_t info;
  if (apr_stat(&info, path, APR_FINFO_TYPE, r->pool) == APR_SUCCESS)
    apr_table_addn(r->notes, kAccessFiles, path);
  return AP_DECLINED;
}

conn_rec* make_connection(apr_pool_t* pool, server_rec* s) {
  auto* c = static_cast<conn_rec*>(apr_pcalloc(pool, sizeof(conn_rec)));
  c->pool = pool;
  c->base_server = s;
  c->conn_config = ap_create_conn_config(pool);
  c->notes = apr_table_make(pool, 1);
  c->bucket_alloc = apr_bucket_alloc_create(pool);
  const auto port = s->addrs ? s->addrs->host_port : s->port;
  apr_sockaddr_info_get(&c->local_addr, "127.0.0.1", APR_INET, port, 0, pool);
  apr_sockaddr_info_get(&c->client_addr, "127.0.0.1", APR_INET, 0, 0, pool);
  c->local_ip = apr_pstrdup(pool, "127.0.0.1");
  c->client_ip = c->local_ip;
  return c;
}

void set_method(request_rec* r, const AskedPlace& place) {
  r->method = apr_pstrdup(r->pool, place.method.c_str());
  r->method_number = ap_method_number_of(r->method);
  r->header_only = place.method == "HEAD";
  r->the_request =
      apr_pstrcat(r->pool, r->method, " ", place.location.c_str(), " HTTP/1.1", nullptr);
}

/// Of its own Host, mod_vhost_alias makes a folder. httpd takes the brackets of an IPv6 address
/// off.
void set_host(request_rec* r, const AskedPlace& place) {
  auto host = place.host.empty() ? read_vhost(place.vhost).name : place.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  r->hostname =
      host.empty() ? r->server->server_hostname : apr_pstrdup(r->pool, to_lower(host).c_str());
}

request_rec* make_request(apr_pool_t* pool, server_rec* s, const AskedPlace& place) {
  auto* r = static_cast<request_rec*>(apr_pcalloc(pool, sizeof(request_rec)));
  r->pool = pool;
  r->connection = make_connection(pool, s);
  r->server = s;
  r->per_dir_config = s->lookup_defaults;
  r->request_config = ap_create_request_config(pool);
  r->headers_in = apr_table_make(pool, 1);
  r->headers_out = apr_table_make(pool, 1);
  r->err_headers_out = apr_table_make(pool, 1);
  r->subprocess_env = apr_table_make(pool, 8);
  r->notes = apr_table_make(pool, 4);
  r->trailers_in = apr_table_make(pool, 1);
  r->trailers_out = apr_table_make(pool, 1);
  r->allowed_methods = ap_make_method_list(pool, 1);
  r->request_time = apr_time_now();
  set_method(r, place);
  r->protocol = apr_pstrdup(pool, "HTTP/1.1");
  r->proto_num = HTTP_VERSION(1, 1);
  r->status = HTTP_OK;
  set_host(r, place);
  r->useragent_addr = r->connection->client_addr;
  r->useragent_ip = r->connection->client_ip;
  return r;
}

/// As MergeSlashes says.
int how_to_normalize(const request_rec* r) {
  const auto* server =
      static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  return AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_DECODE_UNRESERVED |
         (server->merge_slashes == AP_CORE_CONFIG_OFF ? 0 : AP_NORMALIZE_MERGE_SLASHES);
}

/// As AllowEncodedSlashes says.
bool decode_path(const request_rec* r, char* path) {
  const auto* place =
      static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  return (place->allow_encoded_slashes
              ? ap_unescape_url_keep2f(path, static_cast<int>(place->decode_encoded_slashes))
              : ap_unescape_url(path)) == OK;
}

/// As ap_process_request_internal() does.
void read_path(request_rec* r, const std::string& path) {
  ap_parse_uri(r, apr_pstrdup(r->pool, path.c_str()));
  char* decoded = r->parsed_uri.path;
  const bool good = path.starts_with('/') && decoded &&
                    ap_normalize_path(decoded, static_cast<unsigned>(how_to_normalize(r))) != 0 &&
                    decode_path(r, decoded);
  if (!good)
    throw ConfigError("\"" + path +
                      "\" is no URL path; write --location /PATH, with %XX for odd characters");
  r->uri = decoded;
}

/// What httpd says of the status.
std::string answers(int status, const char* when) {
  return "httpd answers " + std::to_string(status) + " there, " + when;
}

void walk(ImaginedRequest& imagined) {
  auto* r = imagined.r;
  int status = ap_location_walk(r);
  if (status != OK) return void(imagined.stops = answers(status, "from <Location>"));
  status = run_hooks_of<ap_LINK_translate_name_t>(ap_hook_get_translate_name(), kTranslators, r);
  if (status != OK && status != DECLINED)
    return void(imagined.stops = answers(status, "before it looks at any certificate"));
  r->per_dir_config = r->server->lookup_defaults;
  status = run_hooks_of<ap_LINK_map_to_storage_t>(ap_hook_get_map_to_storage(), kMappers, r);
  if (status != OK && status != DECLINED)
    imagined.stops =
        answers(status, "because of the file that the path leads to, before access is checked");
  status = ap_location_walk(r);
  if (status != OK) imagined.stops = answers(status, "from <Location>");
}

bool matches(const char* pattern, const char* text, apr_pool_t* pool, int flags) {
  const auto* regex = ap_pregcomp(pool, pattern, flags);
  return regex && ap_regexec(regex, text, 0, nullptr, 0) == 0;
}

/// [F], [G], [R=403]: it answers although it changes nothing.
bool has_answer(const std::string& flags, apr_pool_t* pool) {
  return matches(R"(^\[(.*,)?\s*(F|forbidden|G|gone|(R|redirect)(=.*)?)\s*(,.*)?\]$)",
                 flags.c_str(), pool, AP_REG_ICASE);
}

int regex_flags(const std::string& flags, apr_pool_t* pool) {
  return matches(R"(^\[(.*,)?\s*(NC|nocase)\s*(,.*)?\]$)", flags.c_str(), pool, AP_REG_ICASE)
             ? AP_REG_ICASE
             : 0;
}

bool may_rewrite(const request_rec* r, const ap_directive_t* rule, bool in_section) {
  const auto words = words_in(rule, r->pool);
  if (words.size() < 2) return false;
  if (words[1] == "-" && (words.size() < 3 || !has_answer(words[2], r->pool))) return false;
  if (in_section) return true;  // its pattern is for the rest of a path
  const bool negated = words[0].starts_with('!');
  const int flags = words.size() < 3 ? 0 : regex_flags(words[2], r->pool);
  return matches(words[0].c_str() + (negated ? 1 : 0), r->uri, r->pool, flags) != negated;
}

/// Each RewriteOptions adds to those before.
bool inherits_rules(const HeldLines& lines) {
  const auto options = lines.named("RewriteOptions");
  return std::ranges::any_of(options, [](const auto* line) {
    return ap_strcasestr(args_of(line).c_str(), "Inherit") != nullptr;
  });
}

/// In server config mod_rewrite may send the path elsewhere before anything else is looked at, in a
/// section or an access file after access was checked.
std::string rewriting(const ImaginedRequest& imagined) {
  const auto* r = imagined.r;
  const HeldLines lines(r->server, r, imagined.access_files);
  const bool in_server = first_word(lines.find_in_server("RewriteEngine")) == "on";
  const bool in_section = first_word(lines.find("RewriteEngine")) == "on";
  const bool inherits = inherits_rules(lines);
  for (const auto& line : lines.all()) {
    if (!is_named(line.directive, "RewriteRule")) continue;
    const bool own = line.scope.host || !r->server->is_virtual;
    const bool counts = line.scope.section ? in_section : in_server && (own || inherits);
    if (counts && may_rewrite(r, line.directive, line.scope.section != nullptr))
      return "RewriteRule at " + place_of(line.directive).text() +
             " may send the path elsewhere, or answer itself";
  }
  return {};
}

}  // namespace

void prepare_for_requests(apr_pool_t* pool, server_rec* main_server) {
  run_hooks_of<ap_LINK_post_config_t>(ap_hook_get_post_config(), {"core.c"}, pool, pool, pool,
                                      main_server);
  ap_hook_open_htaccess(note_access_file, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  apr_hook_sort_all();
}

ImaginedRequest imagine_request(apr_pool_t* pool, server_rec* s, const AskedPlace& place) {
  ImaginedRequest imagined;
  imagined.r = make_request(pool, s, place);
  read_path(imagined.r, place.location);
  run_hooks_of<ap_LINK_create_request_t>(ap_hook_get_create_request(), {"core.c"}, imagined.r);
  walk(imagined);
  for (const auto& note : entries_of(imagined.r->notes))
    if (std::strcmp(note.key, kAccessFiles) == 0) imagined.access_files.emplace_back(note.val);
  if (imagined.stops.empty()) imagined.stops = rewriting(imagined);
  return imagined;
}

}  // namespace certmap
