// The memory of a live file over restarts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/live/descriptor.h"
#include "core/live/memory.h"

namespace certmap {

/// Over a restart, where processes may have been taken over that can write to the memory from
/// before, new memory is made, and the old one is asked only for what cannot be read now. Whatever
/// it says may be forged. For one thread at a time.
class LastingMemory {
 public:
  /// `memfd` is used as ImageMemory uses it; where that is to be trusted no more, `anew`, it is the
  /// old one, and closed by settle().
  LastingMemory(const ImageFormat& format, int memfd, bool anew);

  ImageMemory& now() { return memory_; }
  const ImageMemory& now() const { return memory_; }
  /// Null: there was no restart, or the first load is over.
  const ImageMemory* before() const { return old_ ? &old_->memory : nullptr; }

  /// As ImageMemory::publish(). Over a restart the number of generations goes on, and it rises
  /// where this `changed`; then what processes from before still serve is decided by it, too.
  void publish(ImageParts parts, bool changed);
  /// The last good image from before a restart, where none is in force. Nothing happens where it is
  /// damaged, or memory is short.
  void take_over();
  /// The first load is over.
  void settle();

 private:
  struct Old {
    Old(const ImageFormat& format, int memfd);
    std::uint64_t next_generation(bool changed) const;
    void publish(ImageParts parts);

    Descriptor descriptor;
    ImageMemory memory;
    Descriptor made;  ///< where the descriptor is none of ours
  };

  ImageMemory memory_;
  std::unique_ptr<Old> old_;
};

/// What is in force in other such memory; empty where that is nothing, or damaged.
std::string copy_of_image(const ImageFormat& format, int memfd);

}  // namespace certmap
