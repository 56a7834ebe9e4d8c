#include "core/map/build.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <thread>
#include <utility>

#include "core/live/descriptor.h"
#include "core/live/page_buffer.h"

namespace certmap {
namespace {

/// Half a millisecond of work.
constexpr std::size_t kBlock = 64 * 1024;

std::size_t read_block(int descriptor, char* to, std::size_t most) {
  const auto got = read_some(descriptor, to, most);
  if (got < 0) throw std::system_error(errno, std::generic_category(), "cannot be read");
  return static_cast<std::size_t>(got);
}

}  // namespace

MapBuild::MapBuild(std::function<void(const MapLine&)> entry, std::size_t most)
    : entry_(std::move(entry)),
      messages_{LineMessages(most), LineMessages(most)},
      parser_([this](const MapLine& line) { add(line); }, messages_) {}

void MapBuild::read(int descriptor, std::uint64_t size, std::chrono::microseconds pause) {
  PageBuffer block;
  for (bool first = true, end = false; !end;) {
    // What is too long for a line is not kept: two octets over the limit, one may be a CR.
    block.truncate(kMaxMapLine + 2);
    std::size_t kept = block.size();
    std::size_t most = std::min<std::uint64_t>(size, kBlock);
    std::size_t got = read_block(descriptor, block.extend(kBlock), most);
    block.truncate(kept + got);
    size -= got;
    if (std::exchange(first, false)) parser_.look_at_start(block.view());
    end = got == 0;
    std::size_t newline = block.view().substr(kept).rfind('\n');
    std::size_t whole = newline == std::string_view::npos ? 0 : kept + newline + 1;
    parser_.read(block.view().substr(0, end ? block.size() : whole));
    block.drop_front(end ? block.size() : whole);
    std::this_thread::sleep_for(pause);
  }
}

void MapBuild::add(const MapLine& line) {
  builder_.add(line);
  if (entry_) entry_(line);
}

FileLoad MapBuild::finish(std::string_view path) {
  finish();
  return {.errors = messages_.errors.texts(path), .warnings = messages_.warnings.texts(path)};
}

}  // namespace certmap
