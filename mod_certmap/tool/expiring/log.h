// Which certificates an audit log (docs/audit.md) has seen with which account, and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tool/expiring/event.h"

namespace certmap {

/// How much an event that may be cut tells of its certificate.
enum class Told { Nothing, SomeNames, Address, All };

/// One certificate with one account. Times are seconds since 1970; the texts live as long as the
/// Sightings that they come from.
struct Sighting {
  std::int64_t not_after = 0, first = 0, last = 0;
  // Only of certificates that end by the log's horizon:
  std::string_view serial, subject, issuer;
  std::string_view email;     ///< the first; empty: none was logged
  Told told = Told::Nothing;  ///< by the event that these are from
};

/// What became of the lines of one file.
struct LogLines {
  std::size_t all = 0;
  std::size_t events = 0;       ///< of CertMap, whatever they say
  std::size_t others = 0;       ///< broken, or something else's
  std::size_t first_other = 0;  ///< its number
};

/// Takes events out of lines.
class EventLines {
 public:
  virtual ~EventLines() = default;
  /// Reads the next line, without its end. What syslog writes before the event is skipped.
  void read_line(std::string_view line, LogLines& lines);

 protected:
  /// False where the line is no event.
  virtual bool read_event(std::string_view line) = 0;
};

inline constexpr std::size_t kDigestLength = 64;  ///< hex digits of a SHA-256
/// A SHA-256 as events write it. Names of files and lines of the state of `notify` are made of it.
bool is_digest(std::string_view text);
/// Reads the line, and when it was: milliseconds since 1970; -1: it is no event. Of an event the
/// certificate's digest is one, or absent.
std::int64_t read_event_line(EventReader& event, std::string_view line);
/// Of an event: somebody was decided about.
bool is_decision(const EventReader& event);

/// What events say of certificates: memory grows with certificates and accounts, not with lines.
class Sightings : public EventLines {
 public:
  /// Account (empty: it was only refused, as expired) and SHA-256, as events write it.
  using Key = std::pair<std::string_view, std::string_view>;

  explicit Sightings(std::int64_t horizon) : horizon_(horizon) {}
  Sightings(const Sightings&) = delete;
  Sightings& operator=(const Sightings&) = delete;

  const std::map<Key, Sighting>& all() const { return sightings_; }
  /// True where the last decision about the certificate was a refusal, whatever its reason.
  bool was_last_refused(std::string_view sha256) const;

 private:
  bool read_event(std::string_view line) override;
  bool seen_before(const std::string& shape, std::string_view line);

  /// The last decision about a certificate.
  struct Last {
    std::int64_t milliseconds = 0;
    bool refused = false;
  };
  /// What lines that say the same but for their time are about.
  struct Shape {
    Sighting* sighting;  ///< null: it counts for none
    Last* last;
    bool refused;

    void widen(std::int64_t milliseconds);  ///< it was said at this moment, too
  };
  Sighting* sighting_of_event(std::string_view digest);
  void describe(Sighting& sighting);
  std::string_view kept(std::string_view text);

  const std::int64_t horizon_;
  EventReader event_;
  std::pmr::monotonic_buffer_resource texts_;  ///< a million texts in few pieces
  std::string_view last_issuer_;               ///< most are the same
  std::map<Key, Sighting> sightings_;
  std::unordered_map<std::string_view, Last> last_;  ///< by SHA-256
  std::unordered_map<std::string, Shape> shapes_;
};

/// The second since 1970 that an RFC 3339 text in UTC says, fractions cut off; -1: it says none.
std::int64_t seconds_of(std::string_view rfc3339);

}  // namespace certmap
