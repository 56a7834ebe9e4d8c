// What most unit tests include, read by the compiler once, as mod_certmap/precompiled.h.
#include <cppunit/extensions/HelperMacros.h>

#include "precompiled.h"
