#include "core/crl/image.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "core/certificate/der.h"

namespace certmap {
namespace {

constexpr std::string_view kMagic = "certmapR";
constexpr unsigned char kLong = 255;
constexpr std::size_t kReasonAt = 1 + kCrlSerialOctets;

struct CrlImageHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t unused;
  std::uint64_t facts;
  std::uint64_t entries;
  std::uint64_t length;
};

using Record = std::array<char, kCrlRecordOctets>;

std::string_view serial_in(std::string_view record, std::string_view texts) {
  const auto length = static_cast<unsigned char>(record[0]);
  if (length <= kCrlSerialOctets) return record.substr(1, length);
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::memcpy(&at, record.data() + 1, sizeof at);
  std::memcpy(&size, record.data() + 1 + sizeof at, sizeof size);
  if (length != kLong || at > texts.size() || size > texts.size() - at)
    throw std::runtime_error("a CRL image is damaged");
  return texts.substr(at, size);
}

Record record_of(const CrlEntry& entry, std::string& texts) {
  Record record{};
  if (entry.serial.size() <= kCrlSerialOctets) {
    record[0] = static_cast<char>(entry.serial.size());
    std::memcpy(record.data() + 1, entry.serial.data(), entry.serial.size());
  } else {
    const std::uint64_t place[] = {texts.size(), entry.serial.size()};
    record[0] = static_cast<char>(kLong);
    std::memcpy(record.data() + 1, place, sizeof place);
    texts += entry.serial;
  }
  record[kReasonAt] = static_cast<char>(entry.reason);
  const auto date = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(entry.date, 0, std::numeric_limits<std::uint32_t>::max()));
  std::memcpy(record.data() + kReasonAt + 1, &date, sizeof date);
  return record;
}

/// In the record itself.
bool has_usual_serial(const Record& record) {
  return record[0] > 0 && record[0] <= static_cast<char>(kCrlSerialOctets);
}

/// Of so many records each part is sorted by itself; what that needs is given back by the heap.
constexpr std::ptrdiff_t kSortedPart = 2048;

// Stable, so that the last of equal serials is the later. std::stable_sort() of all of them would
// leave half their size with the process.
void sort_records(Record* first, Record* last, std::string_view texts) {
  const auto view = [](const Record& record) {
    return std::string_view(record.data(), record.size());
  };
  const auto before = [&](const Record& a, const Record& b) {
    if (has_usual_serial(a) && a[0] == b[0])
      return std::memcmp(a.data() + 1, b.data() + 1, static_cast<std::size_t>(a[0])) < 0;
    return is_before(serial_in(view(a), texts), serial_in(view(b), texts));
  };
  if (std::is_sorted(first, last, before)) return;
  const auto count = last - first;
  for (std::ptrdiff_t at = 0; at < count; at += kSortedPart)
    std::stable_sort(first + at, first + std::min(at + kSortedPart, count), before);
  PageBuffer scratch;
  auto* to =
      reinterpret_cast<Record*>(scratch.extend(static_cast<std::size_t>(count) * sizeof(Record)));
  auto* from = first;
  for (auto part = kSortedPart; part < count; part *= 2) {
    for (std::ptrdiff_t at = 0; at < count; at += 2 * part) {
      auto* const middle = from + std::min(at + part, count);
      std::merge(from + at, middle, middle, from + std::min(at + 2 * part, count), to + at, before);
    }
    std::swap(from, to);
  }
  if (from != first) std::copy(from, from + count, first);
}

// At least as many as read_entries() hands out: both stop at the first damaged one.
std::uint64_t count_of(std::string_view entries) {
  std::uint64_t count = 0;
  for (DerReader list(entries); list.read();) ++count;
  return count;
}

}  // namespace

void take_crl_entries(const Crl& crl, const CrlSigner& signer, PageBuffer& image) {
  const auto count = count_of(crl.entries);
  const auto facts = pack(facts_of(crl, signer));
  image.extend(sizeof(CrlImageHeader));
  image.append(facts);
  std::string texts;
  auto* next = reinterpret_cast<Record*>(image.extend(count * kCrlRecordOctets));
  read_entries(crl, [&](const CrlEntry& entry) { *next++ = record_of(entry, texts); });
  image.append(texts);
  CrlImageHeader header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kCrlImageVersion;
  header.facts = facts.size();
  header.entries = count;
  header.length = image.size();
  std::memcpy(image.data(), &header, sizeof header);
}

void sort_crl_entries(PageBuffer& image) {
  CrlImageHeader header{};
  std::memcpy(&header, image.data(), sizeof header);
  auto* const first = reinterpret_cast<Record*>(image.data() + sizeof header + header.facts);
  auto* const last = first + header.entries;
  const auto start = static_cast<std::size_t>(reinterpret_cast<const char*>(last) - image.data());
  sort_records(first, last, image.view().substr(start));
}

CrlImage::CrlImage(std::string_view octets) {
  CrlImageHeader header{};
  const bool fits = octets.size() >= sizeof header;
  if (fits) std::memcpy(&header, octets.data(), sizeof header);
  if (!fits || std::string_view(header.magic, sizeof header.magic) != kMagic ||
      header.version != kCrlImageVersion || header.length != octets.size() ||
      header.facts > octets.size() - sizeof header ||
      header.entries > (octets.size() - sizeof header - header.facts) / kCrlRecordOctets)
    throw std::runtime_error("a CRL image is damaged");
  count_ = header.entries;
  facts_ = unpack_crl_facts(octets.substr(sizeof header, header.facts));
  records_ = octets.substr(sizeof header + header.facts, count_ * kCrlRecordOctets);
  texts_ = octets.substr(sizeof header + header.facts + records_.size());
}

std::optional<Revocation> CrlImage::find(std::string_view serial) const {
  const auto record = [&](std::uint64_t at) {
    return records_.substr(at * kCrlRecordOctets, kCrlRecordOctets);
  };
  std::uint64_t low = 0;
  std::uint64_t high = count_;
  while (low < high) {  // the first record behind the serial
    const auto middle = low + (high - low) / 2;
    if (is_before(serial, serial_in(record(middle), texts_)))
      high = middle;
    else
      low = middle + 1;
  }
  if (low == 0 || serial_in(record(low - 1), texts_) != serial) return std::nullopt;
  const auto found = record(low - 1);
  std::uint32_t date = 0;
  std::memcpy(&date, found.data() + kReasonAt + 1, sizeof date);
  return Revocation{date, static_cast<std::uint8_t>(found[kReasonAt])};
}

}  // namespace certmap
