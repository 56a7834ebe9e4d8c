#include "httpd/config/cache_directives.h"

#include <ap_provider.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "httpd/base/guarded.h"
#include "httpd/base/messages.h"
#include "httpd/config/arguments.h"
#include "httpd/config/config.h"
#include "httpd/config/secret.h"
#include "httpd/config/shared_store.h"

namespace certmap {
namespace {

constexpr std::int64_t kLongestTime = 86400;
constexpr std::size_t kShortestSecret = 32;

/// It makes a file that only its owner can read.
std::string command_for_secret(const std::string& path) {
  return "(umask 077; openssl rand -base64 48 > " + path + ")";
}

std::string loaded_providers(apr_pool_t* pool) {
  std::string names;
  const auto* list =
      ap_list_provider_names(pool, AP_SOCACHE_PROVIDER_GROUP, AP_SOCACHE_PROVIDER_VERSION);
  for (int i = 0; i < list->nelts; ++i) {
    const std::string name = APR_ARRAY_IDX(list, i, ap_list_provider_names_t).provider_name;
    if (name != AP_SOCACHE_DEFAULT_PROVIDER) names += " " + name;
  }
  return names.empty() ? "none is loaded now" : "loaded are:" + names;
}

const ap_socache_provider_t* find_provider(cmd_parms* cmd, const std::string& name) {
  const auto* provider = static_cast<const ap_socache_provider_t*>(
      ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name.c_str(), AP_SOCACHE_PROVIDER_VERSION));
  if (!provider)
    fail(cmd, "there is no cache provider \"" + name + "\"; load mod_socache_" + name +
                  " with LoadModule, or name another (" + loaded_providers(cmd->temp_pool) + ")");
  return provider;
}

std::int64_t seconds_from(const cmd_parms* cmd, const char* word) {
  std::int64_t seconds = -1;
  const char* end = word + std::strlen(word);
  const auto [rest, error] = std::from_chars(word, end, seconds);
  if (error != std::errc() || rest != end || seconds < 0 || seconds > kLongestTime)
    fail(cmd, "\"" + std::string(word) + "\" is no time to live; write whole seconds from 0 to " +
                  std::to_string(kLongestTime));
  return seconds;
}

void open_cache(cmd_parms* cmd, CacheLines& lines, const std::string& word) {
  const auto colon = word.find(':');
  lines.provider = find_provider(cmd, word.substr(0, colon));
  lines.pool = make_store_pool(lines, cmd->pool, cmd->server);
  const char* args = colon == word.npos ? nullptr : word.c_str() + colon + 1;
  if (const char* error = lines.provider->create(&lines.instance, args, cmd->temp_pool, lines.pool))
    fail(cmd, "the cache provider " + word.substr(0, colon) + " says: " + error);
}

}  // namespace

const char* set_cache(cmd_parms* cmd, void*, const char* provider, const char* hit,
                      const char* none) {
  return guarded_directive(cmd, [&] {
    auto& lines = lines_of(cmd->pool).cache;
    check_only_line(cmd, "cache", lines.place);
    if (hit) lines.times.hit = seconds_from(cmd, hit);
    if (none) lines.times.none = seconds_from(cmd, none);
    open_cache(cmd, lines, provider);
    lines.place = place_of(cmd->directive).text();
  });
}

const char* set_cache_secret(cmd_parms* cmd, void*, const char* source) {
  return guarded_directive(cmd, [&] {
    auto& lines = lines_of(cmd->pool).cache;
    check_only_line(cmd, "cache", lines.secret_place);
    if (std::strncmp(source, "file:", 5) != 0)
      fail(cmd, "write file:PATH; the secret itself does not belong into the configuration");
    const auto path = read_as(cmd->cmd->name, [&] { return absolute(cmd, source + 5); });
    if (access(path.c_str(), F_OK) != 0 && errno == ENOENT)
      fail(cmd, "cannot read " + path + ": " + std::generic_category().message(errno) +
                    "; make the file: " + command_for_secret(path));
    lines.secret = read_as(cmd->cmd->name, [&] { return read_secret_file(path); });
    if (lines.secret->size() < kShortestSecret)
      fail(cmd, path + " holds " + std::to_string(lines.secret->size()) +
                    " bytes; a secret has at least " + std::to_string(kShortestSecret) + ": " +
                    command_for_secret(path));
    lines.secret_place = place_of(cmd->directive).text();
  });
}

bool check_cache(const CacheLines& lines, server_rec* main_server) {
  if (lines.provider && !lines.secret && std::strcmp(lines.provider->name, "shmcb") != 0) {
    report(main_server, message::kCacheSecret,
           lines.place + ": CertMapCache " + lines.provider->name +
               " can be written by others; add CertMapCacheSecret file:PATH, the same on "
               "all servers that share it");
    return false;
  }
  if (!lines.provider && lines.secret)
    report(main_server, message::kCacheSecret,
           lines.secret_place + ": CertMapCacheSecret is of no use without CertMapCache");
  return true;
}

}  // namespace certmap
