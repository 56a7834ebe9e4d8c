#include "httpd/config/map_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>
#include <vector>

#include "httpd/base/pool.h"
#include "httpd/base/retained.h"

namespace certmap {
namespace {

constexpr const char* kCrlKey = "CertMapCRL ";

RetainedMap& retained_map(const std::string& path) {
  auto& maps = retained().maps;
  for (auto* map = maps; map; map = map->next)
    if (path == map->path) return *map;
  maps = make_in_pool<RetainedMap>(ap_pglobal, maps, apr_pstrdup(ap_pglobal, path.c_str()), -1, -1,
                                   false);
  return *maps;
}

/// The memory of that CertMapCRL path under any CertMapIssuedBy, as the configuration before left
/// it.
std::vector<int> memory_of_others(const std::string& path) {
  const auto begin = kCrlKey + (path + "\n");
  std::vector<int> found;
  for (auto* map = retained().maps; map; map = map->next) {
    const int memfd = map->used ? map->before : map->memfd;
    if (memfd >= 0 && std::string_view(map->path).starts_with(begin)) found.push_back(memfd);
  }
  return found;
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
  std::vector<int> lent;
  if (is_restart() && map.memfd < 0) lent = memory_of_others(path);
  if (is_restart() && map.memfd >= 0) map.before = fcntl(map.memfd, F_DUPFD_CLOEXEC, 0);
  return open_retained(kCrlKey + key, [&](int memfd, bool anew) {
    return std::make_shared<CrlFiles>(path, std::move(authorities), memfd, anew, lent);
  });
}

void close_unused_maps() {
  for (auto* map = retained().maps; map; map = map->next) {
    if (!map->used && map->memfd >= 0) {
      close(map->memfd);
      map->memfd = -1;
    }
    if (map->before >= 0) close(map->before);
    map->before = -1;
    map->used = false;
  }
}

}  // namespace certmap
