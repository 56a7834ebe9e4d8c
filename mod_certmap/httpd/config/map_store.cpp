#include "httpd/config/map_store.h"

#include <unistd.h>

#include "httpd/base/retained.h"

namespace certmap {
namespace {

RetainedMap& retained_map(const std::string& path) {
  auto& maps = retained().maps;
  for (auto* map = maps; map; map = map->next)
    if (path == map->path) return *map;
  maps = new (apr_palloc(ap_pglobal, sizeof(RetainedMap)))
      RetainedMap{maps, apr_pstrdup(ap_pglobal, path.c_str()), -1, false};
  return *maps;
}

}  // namespace

/// Where children have had the memory, it is no longer trusted.
std::shared_ptr<MapFile> open_map_file(const std::string& path) {
  auto& map = retained_map(path);
  auto file = map.memfd >= 0 && is_restart()
                  ? MapFile::open_anew(path, geteuid(), map.memfd)
                  : std::make_shared<MapFile>(path, geteuid(), map.memfd);
  map.memfd = file->memfd();
  map.used = true;
  return file;
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
