#include "httpd/config/map_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "httpd/base/retained.h"

namespace certmap {
namespace {

constexpr const char* kCrlKey = "CertMapCRL ";

RetainedMap& retained_map(const std::string& path) {
  auto& maps = retained().maps;
  for (auto* map = maps; map; map = map->next)
    if (path == map->path) return *map;
  maps = new (apr_palloc(ap_pglobal, sizeof(RetainedMap)))
      RetainedMap{maps, apr_pstrdup(ap_pglobal, path.c_str()), -1, false};
  return *maps;
}

/// The memory of that CertMapCRL path under another CertMapIssuedBy, which the new configuration
/// does not have: its last good state holds for the CAs that are left. -1: there is none.
int memory_of_others(const std::string& path) {
  const auto begin = kCrlKey + (path + "\n");
  for (auto* map = retained().maps; map; map = map->next)
    if (!map->used && map->memfd >= 0 && std::string_view(map->path).starts_with(begin))
      return fcntl(map->memfd, F_DUPFD_CLOEXEC, 0);
  return -1;
}

/// Where children have had the memory, it is no longer trusted. `open` gets the descriptor, and
/// whether that is so.
template <typename Open>
auto open_retained(const std::string& key, Open open) {
  auto& map = retained_map(key);
  auto file = open(map.memfd, map.memfd >= 0 && is_restart());
  map.memfd = file->memfd();
  map.used = true;
  return file;
}

}  // namespace

std::shared_ptr<MapFile> open_map_file(const std::string& path) {
  return open_retained(path, [&](int memfd, bool anew) {
    return std::make_shared<MapFile>(path, geteuid(), memfd, anew);
  });
}

std::shared_ptr<CrlFiles> open_crls(const std::string& path, CrlAuthorities authorities,
                                    const std::string& key) {
  auto& map = retained_map(kCrlKey + key);
  if (map.memfd < 0) map.memfd = memory_of_others(path);
  return open_retained(kCrlKey + key, [&](int memfd, bool anew) {
    return std::make_shared<CrlFiles>(path, std::move(authorities), memfd, anew);
  });
}

void close_unused_maps() {
  for (auto* map = retained().maps; map; map = map->next) {
    if (!map->used && map->memfd >= 0) {
      close(map->memfd);
      map->memfd = -1;
    }
    map->used = false;
  }
}

}  // namespace certmap
