// The lines of the configuration, and which of them can hold for the same request.
#pragma once

#include <string>
#include <vector>

#include "httpd/base/apache.h"
#include "httpd/tree/section.h"

namespace certmap {

/// Where lines hold, as far as their sections say it.
struct Scope {
  const ap_directive_t* host = nullptr;  ///< the <VirtualHost>; null: the main server
  /// Location or Directory, with its path; Transparent: everywhere, or where only a request tells.
  SectionKind kind = SectionKind::Transparent;
  std::string path = {};
  bool is_certain = true;  ///< false: below <If>, <Files>, <Limit>, ..., or of a pattern
};

struct ConfigLine {
  const ap_directive_t* directive;
  Scope scope;
};

bool is_named(const ap_directive_t* line, const char* name);
/// In lower case and without quotes.
std::string first_word(const ap_directive_t* line);

/// True where every place of `inner` is for certain one of `outer`, too.
bool contains(const Scope& outer, const Scope& inner);
/// False where no request is about both.
bool may_meet(const Scope& a, const Scope& b);

class ConfigLines {
 public:
  explicit ConfigLines(apr_pool_t* pool) : pool_(pool) { collect(ap_conftree, {}); }

  const std::vector<ConfigLine>& all() const { return lines_; }
  /// The one of that name that overrules those that hold for certain; null: none does.
  const ConfigLine* in_force(const char* name, const Scope& scope) const;
  /// Those of that name that may hold there or further inside.
  std::vector<const ConfigLine*> may_hold(const char* name, const Scope& scope) const;

 private:
  void collect(const ap_directive_t* first, const Scope& scope);
  Scope inside(const ap_directive_t* section, Scope scope) const;

  apr_pool_t* pool_;
  std::vector<ConfigLine> lines_;  ///< in the order of the files
};

}  // namespace certmap
