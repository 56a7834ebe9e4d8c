// Map files: whatever the text, the parser ends, and a file without errors gives an image in which
// every key of the file is found with what its line says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/map/image.h"
#include "core/map/image_builder.h"
#include "core/map/parser.h"

using namespace certmap;

namespace {

struct Expected {
  Attribute kind;
  std::string key, account;
  bool blocked;
  std::size_t groups;
  std::int64_t expires;
  std::uint32_t line;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const MapImage& image, const Expected& expected) {
  auto entry = image.find(expected.kind, expected.key);
  require(entry && entry->account == expected.account && entry->blocked == expected.blocked &&
          entry->groups.size() == expected.groups && entry->expires == expected.expires &&
          entry->line == expected.line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Expected> lines;
  MapImageBuilder builder;
  MapMessages messages;
  auto add = [&](const MapLine& line) {
    builder.add(line);
    lines.push_back({line.kind->attribute, std::string(line.key), std::string(line.account),
                     line.blocked, line.groups.size(), line.expires, line.number});
  };
  MapParser parser(add, messages);
  parser.read(text);
  builder.finish(parser.kinds(), messages.errors);
  for (const auto& sentence : messages.errors.texts("m"))
    require(sentence.find('\n') == sentence.npos);
  if (!messages.errors.empty()) return 0;

  std::string octets = std::string(builder.parts()[0]) + std::string(builder.parts()[1]);
  auto image = std::make_shared<const MapImage>(MappedImage{octets, nullptr, 1});
  require(image->entries() == lines.size() && image->kinds().size() == parser.kinds().size());
  for (const auto& line : lines) check(*image, line);
  return 0;
}
