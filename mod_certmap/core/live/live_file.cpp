#include "core/live/live_file.h"

namespace certmap {

std::vector<FileLoad> LiveFile::passed() { return {}; }

std::vector<std::string> LiveFile::read_paths() const { return {path()}; }

}  // namespace certmap
