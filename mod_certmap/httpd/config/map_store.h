// Files that are read live over restarts: their shared memory is kept when the configuration is
// thrown away. Only the process that reads the configuration calls these functions, before it
// starts children.
#pragma once

#include <memory>
#include <string>

#include "core/crl/crl_files.h"
#include "core/map/map_file.h"
#include "httpd/base/apache.h"

namespace certmap {

/// A MapFile on the memory that an earlier reading of the configuration left for this path.
std::shared_ptr<MapFile> open_map_file(const std::string& path);
/// The same of CertMapCRL; `key` is not only the path, see RuleResources.
std::shared_ptr<CrlFiles> open_crls(const std::string& path, CrlAuthorities authorities,
                                    const std::string& key);

/// Gives back the memory of files that the configuration now in force does not name.
void close_unused_maps();

}  // namespace certmap
