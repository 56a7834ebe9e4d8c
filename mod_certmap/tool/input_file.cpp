#include "tool/input_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tool/command.h"

namespace certmap {
namespace {

using File = std::unique_ptr<FILE, decltype([](FILE* file) {
                               if (file != stdin) std::fclose(file);
                             })>;

ToolError unreadable(const std::string& path) {
  return ToolError("cannot read " + path + ": " + std::strerror(errno));
}

}  // namespace

std::string read_input(const std::string& path) {
  const File file(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
  if (!file) throw unreadable(path);
  std::string content(kMaxInput + 1, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get())) throw unreadable(path);
  if (content.size() > kMaxInput)
    throw ToolError(path + " is larger than 1 MiB; name the file of one certificate");
  return content;
}

}  // namespace certmap
