#include "core/live/lasting_memory.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace certmap {
namespace {

/// A larger one is forged.
constexpr std::uint64_t kMostGenerations = std::uint64_t{1} << 48;

}  // namespace

LastingMemory::Old::Old(const ImageFormat& format, int memfd)
    : descriptor(memfd),
      memory(format, memfd),
      made(memory.memfd() == memfd ? -1 : memory.memfd()) {}

std::uint64_t LastingMemory::Old::next_generation(bool changed) const {
  const std::uint64_t last = memory.generation();
  return last >= kMostGenerations ? 1 : std::max<std::uint64_t>(1, last + (changed ? 1 : 0));
}

void LastingMemory::Old::publish(ImageParts parts) {
  try {
    BuildLock lock(memory.memfd());
    if (lock.held()) memory.publish(parts, 1);
  } catch (const std::system_error&) {
    // They keep what they have.
  }
}

LastingMemory::LastingMemory(const ImageFormat& format, int memfd, bool anew)
    : memory_(format, anew ? -1 : memfd) {
  if (anew && memfd >= 0) old_ = std::make_unique<Old>(format, memfd);
}

void LastingMemory::publish(ImageParts parts, bool changed) {
  const bool is_first = memory_.generation() == 0;
  memory_.publish(parts, old_ ? old_->next_generation(changed) : 1);
  if (old_ && is_first && changed) old_->publish(parts);
}

void LastingMemory::take_over() {
  if (!old_ || memory_.generation() > 0) return;
  try {
    const auto octets = old_->memory.copy_image();
    if (octets.empty()) return;
    const std::string_view part = octets;
    memory_.publish({&part, 1}, old_->next_generation(false));
    memory_.set_built(old_->memory.built());
  } catch (const std::runtime_error&) {
    // Who asks is refused.
  }
}

std::string copy_of_image(const ImageFormat& format, int memfd) {
  try {
    const ImageMemory memory(format, memfd);
    const Descriptor made(memory.memfd() == memfd ? -1 : memory.memfd());
    return memory.copy_image();
  } catch (const std::runtime_error&) {
    return {};
  }
}

void LastingMemory::settle() {
  if (!old_) return;
  old_->memory.set_superseded();
  old_.reset();
}

}  // namespace certmap
