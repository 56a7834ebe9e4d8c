#include "ldap/lookup/lookup.h"

#include <cstddef>
#include <exception>

namespace certmap {
namespace {

/// Layout: this octet, 0 or 1 for `found`, time as 8 octets; then, for a hit, account, groups,
/// attributes. Numbers are big-endian; a text is its length in 4 octets and its octets, a list its
/// count in 4 octets and its items.
constexpr char kVersion = 1;

void put_number(std::string& out, std::uint64_t number, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size(), 4);
  out += text;
}

void put_list(std::string& out, const std::vector<std::string>& texts) {
  put_number(out, texts.size(), 4);
  for (const auto& text : texts) put_text(out, text);
}

struct Malformed : std::exception {};

class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}

  std::uint64_t number(std::size_t octets) {
    std::uint64_t number = 0;
    for (const char c : take(octets)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }
  std::string text() { return std::string(take(number(4))); }
  /// An item takes four octets at least, so a false count cannot ask for much memory.
  std::size_t count() {
    const auto count = number(4);
    if (count > rest_.size() / 4) throw Malformed();
    return count;
  }
  std::vector<std::string> list() {
    std::vector<std::string> texts(count());
    for (auto& text : texts) text = this->text();
    return texts;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::size_t octets) {
    if (octets > rest_.size()) throw Malformed();
    const auto taken = rest_.substr(0, octets);
    rest_.remove_prefix(octets);
    return taken;
  }

  std::string_view rest_;
};

void read_hit(Reader& reader, Lookup& lookup) {
  lookup.account = reader.text();
  lookup.groups = reader.list();
  lookup.attributes.resize(reader.count());
  for (auto& [name, values] : lookup.attributes) {
    name = reader.text();
    values = reader.list();
  }
}

Lookup read_lookup(Reader& reader) {
  if (reader.number(1) != static_cast<unsigned char>(kVersion)) throw Malformed();
  const auto found = reader.number(1);
  if (found > 1) throw Malformed();
  Lookup lookup;
  lookup.found = found == 1;
  lookup.time = static_cast<std::int64_t>(reader.number(8));
  if (lookup.time < 0) throw Malformed();
  if (lookup.found) read_hit(reader, lookup);
  if (!reader.at_end()) throw Malformed();
  return lookup;
}

}  // namespace

std::string serialize(const Lookup& lookup) {
  std::string out{kVersion};
  out += lookup.found ? '\1' : '\0';
  put_number(out, static_cast<std::uint64_t>(lookup.time), 8);
  if (!lookup.found) return out;
  put_text(out, lookup.account);
  put_list(out, lookup.groups);
  put_number(out, lookup.attributes.size(), 4);
  for (const auto& [name, values] : lookup.attributes) {
    put_text(out, name);
    put_list(out, values);
  }
  return out;
}

std::optional<Lookup> parse_lookup(std::string_view octets) {
  try {
    Reader reader(octets);
    return read_lookup(reader);
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace certmap
