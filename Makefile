# mod_certmap: "make help" says what can be made.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# A line a file; V=1 shows the commands.
quiet = $(if $(filter-out 0,$(V)),,@echo '  $(1)  $(2)';)

# What ./configure found, here or in a folder of its own. Without it the defaults below do.
CONFIG ?= config.mk
-include $(CONFIG)

VERSION := $(shell awk -F '[][]' '/^AC_INIT/ { print $$4 }' configure.ac)

ifeq ($(origin CXX),default)
CXX = g++
endif
CXXFLAGS     ?= $(if $(SANITIZE),-O1,-O2 -fstack-protector-strong) -g1
WERROR       ?= -Werror
APXS         ?= $(firstword $(shell command -v apxs apxs2 2>/dev/null))
PKG_CONFIG   ?= pkg-config
PYTHON       ?= /usr/bin/python3
CLANG_TIDY   ?= clang-tidy
FUZZ_CXX     ?= clang++
FUZZ_SECONDS ?= 30
INSTALL      ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
prefix       ?= /usr/local
exec_prefix  ?= $(prefix)
bindir       ?= $(exec_prefix)/bin
datarootdir  ?= $(prefix)/share
mandir       ?= $(datarootdir)/man
docdir       ?= $(datarootdir)/doc/mod_certmap
completiondir ?= $(datarootdir)/bash-completion/completions

# Where a build goes. "make check" with another compiler, other flags or a sanitizer has a folder of
# its own, so that it never changes what "make" leaves.
comma := ,
check_goals := $(filter check check-%,$(MAKECMDGOALS))
given = $(filter command environment,$(firstword $(origin $(1))))
variant := $(if $(SANITIZE),$(if $(findstring address,$(SANITIZE)),asan,$(subst $(comma),-,$(SANITIZE))))
ifneq ($(check_goals),)
variant += $(if $(call given,CXX),$(subst ++,,$(notdir $(firstword $(CXX)))))
variant += $(if $(strip $(foreach v,CXXFLAGS CPPFLAGS LDFLAGS,$(call given,$(v)))),other-flags)
endif
empty :=
BUILD ?= build$(if $(strip $(variant)),/$(subst $(empty) ,-,$(strip $(variant))))

apxs_query = $(if $(APXS),$(shell $(APXS) -q $(1) 2>/dev/null))
pc = $(shell $(PKG_CONFIG) $(1) 2>/dev/null)
# Other people's headers are none of our warnings.
as_system = $(patsubst -I%,-isystem%,$(filter-out -I/usr/include,$(1)))

LIBEXECDIR  ?= $(call apxs_query,LIBEXECDIR)
# Where "a2enmod" looks: Debian's httpd is called apache2. The folder comes with the server, which may be installed later.
MODS_AVAILABLE ?= $(if $(filter apache2,$(call apxs_query,PROGNAME)),$(call apxs_query,SYSCONFDIR)/mods-available)
APR_CONFIG  := $(call apxs_query,APR_CONFIG)
APU_CONFIG  := $(call apxs_query,APU_CONFIG)
HTTPD_FLAGS := $(call apxs_query,EXTRA_CPPFLAGS) $(call apxs_query,EXTRA_CFLAGS) \
    -I$(call apxs_query,INCLUDEDIR) \
    $(if $(APR_CONFIG),$(shell $(APR_CONFIG) --cppflags --includes)) \
    $(if $(APU_CONFIG),$(shell $(APU_CONFIG) --includes))

RE2_CFLAGS     ?= $(call pc,--cflags re2)
RE2_LIBS       ?= $(or $(call pc,--libs re2),-lre2)
OPENSSL_CFLAGS ?= $(call pc,--cflags libssl libcrypto)
OPENSSL_LIBS   ?= $(or $(call pc,--libs libssl libcrypto),-lssl -lcrypto)
LDAP_CFLAGS    ?= $(call pc,--cflags ldap lber)
LDAP_LIBS      ?= $(or $(call pc,--libs ldap lber),-lldap -llber)
JSON_CFLAGS    ?= $(call pc,--cflags nlohmann_json)
UNISTRING_LIBS ?= -lunistring
ZLIB_CFLAGS    ?= $(call pc,--cflags zlib)
ZLIB_LIBS      ?= $(or $(call pc,--libs zlib),-lz)
CPPUNIT_CFLAGS ?= $(call pc,--cflags cppunit)
CPPUNIT_LIBS   ?= $(or $(call pc,--libs cppunit),-lcppunit)

LIB_CFLAGS := $(RE2_CFLAGS) $(OPENSSL_CFLAGS) $(LDAP_CFLAGS) $(JSON_CFLAGS) $(ZLIB_CFLAGS)
LIBS       := $(RE2_LIBS) $(OPENSSL_LIBS) $(LDAP_LIBS) $(UNISTRING_LIBS)

# GNU_UNIQUE symbols keep httpd from unloading a module; clang makes none and knows no such option.
NO_UNIQUE := $(shell $(CXX) -fno-gnu-unique -x c++ -fsyntax-only /dev/null >/dev/null 2>&1 \
    && echo -fno-gnu-unique)
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined \
    -fno-omit-frame-pointer)
# clang links the sanitizers' library into the program. httpd has none, so all share one, which httpd can preload;
# libFuzzer's programs have theirs.
ASAN_LIBRARY := $(if $(findstring address,$(SANITIZE)),$(shell \
    $(CXX) -shared-libasan -print-file-name=libclang_rt.asan-$$(uname -m).so 2>/dev/null))
SHARED_ASAN := $(if $(findstring /,$(ASAN_LIBRARY)),-shared-libasan -Wl$(comma)-rpath$(comma)$(dir $(ASAN_LIBRARY)))

# Members of plain structs have defaults: an initializer may leave them out.
BASE_FLAGS = -std=c++20 -D_FILE_OFFSET_BITS=64 -fPIC -pthread -fvisibility=hidden $(NO_UNIQUE) \
    -Wall -Wextra -Wno-missing-field-initializers $(WERROR) \
    -Imod_certmap $(call as_system,$(LIB_CFLAGS)) $(SANITIZE_FLAGS)
COMPILE = $(CXX) $(BASE_FLAGS) $(sort $(EXTRA)) $(CPPFLAGS) $(CXXFLAGS) $(LAST)
LINK    = $(CXX) -pthread -Wl,--as-needed -Wl,-z,relro -Wl,-z,now $(SANITIZE_FLAGS) $(SHARED_ASAN) $(CXXFLAGS) $(LDFLAGS)

# Sources are found, not listed.
sources_in = $(sort $(shell find $(1) -name '*.cpp' 2>/dev/null))
CORE_SOURCES   := $(call sources_in,mod_certmap/core mod_certmap/ldap)
MODULE_SOURCES := mod_certmap/mod_certmap.cpp $(call sources_in,mod_certmap/httpd)
TOOL_SOURCES   := $(call sources_in,mod_certmap/tool)
UNIT_SOURCES   := $(call sources_in,tests/unit)
FUZZ_SOURCES   := $(wildcard tests/fuzz/*_fuzz.cpp)
FUZZ_TARGETS   := $(patsubst tests/fuzz/%_fuzz.cpp,%,$(FUZZ_SOURCES))
ALL_SOURCES    := $(CORE_SOURCES) $(MODULE_SOURCES) $(TOOL_SOURCES) $(UNIT_SOURCES) $(FUZZ_SOURCES)

OBJ := $(BUILD)/obj
objects = $(patsubst %.cpp,$(OBJ)/%.o,$(1))
REPLAYS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz_replay_%)

# Headers are most of what there is to compile: what all read is read once. PCH= does without, and shows
# that each source includes what it uses.
PCH ?= yes
precompiled = $(if $(PCH),$(OBJ)/$(1).h.gch)
HEADERS       := $(call precompiled,mod_certmap/precompiled)
HTTPD_HEADERS := $(call precompiled,mod_certmap/httpd/precompiled_httpd)
UNIT_HEADERS  := $(call precompiled,tests/unit/precompiled_unit)
# clang can make templates there once, too; GCC makes them in each source.
PCH_FLAGS := $(shell $(CXX) -fpch-instantiate-templates -x c++ -fsyntax-only /dev/null >/dev/null 2>&1 \
    && echo -fpch-instantiate-templates)

$(call objects,$(MODULE_SOURCES)) $(HTTPD_HEADERS): EXTRA = $(call as_system,$(HTTPD_FLAGS))
$(call objects,mod_certmap/httpd/status/measures.cpp): EXTRA += -DCERTMAP_VERSION='"$(VERSION)"'
$(call objects,$(TOOL_SOURCES)): EXTRA = -DCERTMAP_VERSION='"$(VERSION)"'
$(call objects,$(UNIT_SOURCES)) $(UNIT_HEADERS): EXTRA = -Itests/unit $(call as_system,$(CPPUNIT_CFLAGS))
$(call objects,$(UNIT_SOURCES)) $(UNIT_HEADERS): LAST = -O0 -U_FORTIFY_SOURCE
$(HEADERS): EXTRA =

$(call objects,$(CORE_SOURCES) $(TOOL_SOURCES) $(FUZZ_SOURCES) tests/fuzz/replay.cpp): $(HEADERS)
$(call objects,$(MODULE_SOURCES)): $(HTTPD_HEADERS)
$(call objects,$(UNIT_SOURCES)): $(UNIT_HEADERS)

stages := check-unit check-fuzz check-module check-integration
.PHONY: all check check-style check-systems check-packages deb $(stages) build-for-stages \
    check-programs install install-strip uninstall installcheck distcheck release clean distclean \
    maintainer-clean dist deps demo bench docs pictures fuzz fuzz-run lint help FORCE

all: $(BUILD)/mod_certmap.so $(BUILD)/certmapctl  ## build/mod_certmap.so and build/certmapctl

check: override DEPS += check
check: deps  ## all tests; SANITIZE=address,undefined and CXX=clang++ build in folders of their own
	+@$(build_check)
	@$(run_check)
check-style:  ## one stage of it; the others: check-unit check-fuzz check-module check-integration
	@mkdir -p $(BUILD)
	@$(run_check) style
$(stages): build-for-stages
	@$(run_check) $(@:check-%=%)
build-for-stages:  # once, where several stages are made side by side
	+@$(build_check)
check-systems:  ## "make check" in fresh chroots of Debian 12 and 13, unit tests in sid's; SYSTEMS=trixie: only there
	@build-aux/check-systems $(SYSTEMS)
build_check = mkdir -p $(BUILD); $(MAKE) $(parallel) BUILD='$(BUILD)' -k check-programs; \
    echo $$? > $(BUILD)/build-status
run_check = BUILD='$(BUILD)' CXX='$(CXX)' PYTHON='$(PYTHON)' SANITIZE='$(SANITIZE)' \
    FUZZ_TARGETS='$(FUZZ_TARGETS)' PYTEST_ARGS='$(PYTEST_ARGS)' build-aux/check
jobs = $(shell nproc 2>/dev/null || echo 2)
parallel = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(jobs))

check-programs: $(BUILD)/mod_certmap.so $(BUILD)/certmapctl $(BUILD)/unit_tests $(REPLAYS)

# Whatever the umask is, who may use the module may read what belongs to it.
documents = $(wildcard *.md) LICENSE $(shell find docs conf -type f)
install: all  ## module into apxs's LIBEXECDIR, the rest under prefix; DESTDIR is honoured
	umask 022; $(INSTALL) -d '$(DESTDIR)$(LIBEXECDIR)' '$(DESTDIR)$(bindir)' '$(DESTDIR)$(mandir)/man1' \
	    '$(DESTDIR)$(mandir)/man8' '$(DESTDIR)$(completiondir)'
	$(INSTALL_PROGRAM) $(BUILD)/mod_certmap.so '$(DESTDIR)$(LIBEXECDIR)/mod_certmap.so'
	$(INSTALL_PROGRAM) $(BUILD)/certmapctl '$(DESTDIR)$(bindir)/certmapctl'
	$(INSTALL) -m 644 docs/man/certmapctl.1 '$(DESTDIR)$(mandir)/man1'
	$(INSTALL) -m 644 docs/man/mod_certmap.8 '$(DESTDIR)$(mandir)/man8'
	$(INSTALL) -m 644 mod_certmap/tool/certmapctl.bash '$(DESTDIR)$(completiondir)/certmapctl'
	@umask 022; for each in $(documents); do \
	    $(INSTALL) -D -m 644 "$$each" '$(DESTDIR)$(docdir)'/"$$each" || exit; done
	$(if $(MODS_AVAILABLE),$(install_debian))

install-strip:  ## the same without symbols
	+@$(MAKE) install INSTALL_PROGRAM='$(INSTALL_PROGRAM) -s'

uninstall:  ## remove what "make install" put there; your configuration stays
	rm -f '$(DESTDIR)$(LIBEXECDIR)/mod_certmap.so' '$(DESTDIR)$(bindir)/certmapctl' \
	    '$(DESTDIR)$(mandir)/man1/certmapctl.1' '$(DESTDIR)$(mandir)/man8/mod_certmap.8' \
	    '$(DESTDIR)$(completiondir)/certmapctl' $(if $(MODS_AVAILABLE),'$(DESTDIR)$(MODS_AVAILABLE)/certmap.load')
	@for each in $(documents); do rm -f '$(DESTDIR)$(docdir)'/"$$each"; done
	@find '$(DESTDIR)$(docdir)' -depth -type d -empty -delete 2>/dev/null || true

# The samples with Debian's paths, the folder that they name, and what "a2enmod certmap" needs.
define install_debian
build-aux/debian-layout '$(docdir)' '$(DESTDIR)$(docdir)'
	$(INSTALL) -d '$(DESTDIR)$(MODS_AVAILABLE)' '$(DESTDIR)$(dir $(MODS_AVAILABLE))certmap'
	sed -n -e '/^# Depends/p' -e 's#^\(LoadModule certmap_module \).*#\1$(LIBEXECDIR)/mod_certmap.so#p' \
	    conf/certmap.load > '$(DESTDIR)$(MODS_AVAILABLE)/certmap.load'
	chmod 644 '$(DESTDIR)$(MODS_AVAILABLE)/certmap.load'
endef

deps:  ## install what building needs, where it is missing; DEPS=check: and what testing needs
	@CXX='$(CXX)' CPPFLAGS='$(CPPFLAGS)' APXS='$(APXS)' PYTHON='$(PYTHON)' build-aux/deps $(DEPS)

demo: override DEPS += demo
demo: deps  ## a server with certificate authorities of its own; LDAP=1: and a directory; KEEP=1 leaves it running
	+@$(MAKE) $(parallel) all
	@KEEP='$(KEEP)' LDAP='$(LDAP)' CERTMAP_MODULE='$(abspath $(BUILD))/mod_certmap.so' PYTHON='$(PYTHON)' tests/demo

bench: override DEPS += bench
bench: deps  ## side-by-side benchmarks
	+@$(MAKE) $(parallel) all
	@CERTMAP_MODULE='$(abspath $(BUILD))/mod_certmap.so' PYTHON='$(PYTHON)' tests/bench/run

docs: override DEPS += docs
docs: deps  ## the documents as HTML, in build/docs
	@rm -rf $(BUILD)/docs
	$(call quiet,HTML,$(BUILD)/docs/index.html)$(PYTHON) -m sphinx -q -n -W --keep-going -c build-aux/sphinx \
	    -d $(BUILD)/docs/.doctrees . $(BUILD)/docs && cp $(BUILD)/docs/README.html $(BUILD)/docs/index.html

pictures: override DEPS += check
pictures: deps  ## the pictures of pages in docs/pictures, anew
	+@$(MAKE) $(parallel) all
	@CERTMAP_MODULE='$(abspath $(BUILD))/mod_certmap.so' tests/pictures

fuzz:  ## every fuzz target for FUZZ_SECONDS (30); needs clang
	+@$(MAKE) $(parallel) BUILD=build/fuzz CXX='$(FUZZ_CXX)' SANITIZE=address,undefined \
	    CXXFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-run

fuzz-run: $(FUZZ_TARGETS:%=$(BUILD)/%_fuzz)
	@build-aux/fuzz '$(BUILD)' '$(FUZZ_SECONDS)' $(FUZZ_TARGETS)

lint:  ## clang-tidy over the sources
	@printf '%s\n' $(CORE_SOURCES) $(MODULE_SOURCES) $(TOOL_SOURCES) | xargs -P $(jobs) -I{} $(CLANG_TIDY) --quiet {} -- \
	    $(filter-out -fno-gnu-unique,$(BASE_FLAGS)) $(sort $(call as_system,$(HTTPD_FLAGS))) $(CPPFLAGS) \
	    2>&1 | grep -v 'warnings generated' || true

# The same octets from the same commit, whatever the clock and the umask are. SOURCE_DATE_EPOCH: reproducible-builds.org.
dist:  ## mod_certmap-VERSION.tar.gz of what is committed (without git: of what is here), with configure
	@build-aux/dist '$(VERSION)'

distcheck: dist  ## build, install and remove what is in the tarball, from a copy that cannot be written
	+@CXX='$(CXX)' CXXFLAGS='$(CXXFLAGS)' APXS='$(APXS)' build-aux/distcheck mod_certmap-$(VERSION).tar.gz

installcheck:  ## the integration tests with what is installed (or CERTMAP_MODULE=, CERTMAPCTL=); compiles none of it
	@mkdir -p $(BUILD)
	@CERTMAP_MODULE='$(or $(CERTMAP_MODULE),$(DESTDIR)$(LIBEXECDIR)/mod_certmap.so)' \
	    CERTMAPCTL='$(or $(CERTMAPCTL),$(DESTDIR)$(bindir)/certmapctl)' $(run_check) installed

release:  ## check that this commit can be released, and make the tarball with its checksum
	@build-aux/release '$(VERSION)'

deb: override DEPS += deb
deb: deps dist  ## Debian's packages, in build/deb; DEB_BUILD_OPTIONS are honoured
	@build-aux/deb mod_certmap-$(VERSION).tar.gz

check-packages:  ## the packages in fresh chroots of Debian 12 and 13; SYSTEMS=trixie: only there
	@build-aux/check-packages $(SYSTEMS)

clean:  ## remove what was built
	rm -rf build

distclean: clean  ## and what ./configure made
	rm -rf config.mk config.log config.status autom4te.cache mod_certmap-*.tar.gz SHA256SUMS

maintainer-clean: distclean  ## and what autoreconf made
	rm -f configure configure~ aclocal.m4 config.guess config.sub install-sh

help:  ## this text
	@sed -n 's/^\([a-z][a-z%-]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | expand -t 20

$(BUILD)/mod_certmap.so: $(call objects,$(MODULE_SOURCES)) $(BUILD)/libcertmap-core.a \
    mod_certmap/certmap.map $(BUILD)/flags
	$(call quiet,LD ,$@)$(LINK) -shared -Wl,--version-script=mod_certmap/certmap.map -o $@ \
	    $(filter %.o %.a,$^) $(LIBS)

$(BUILD)/libcertmap-core.a: $(call objects,$(CORE_SOURCES)) $(BUILD)/flags
	@rm -f $@
	$(call quiet,AR ,$@)$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/certmapctl: $(call objects,$(TOOL_SOURCES)) $(BUILD)/libcertmap-core.a $(BUILD)/flags
	$(call quiet,LD ,$@)$(LINK) -o $@ $(filter %.o %.a,$^) $(LIBS) $(ZLIB_LIBS)

# Unit tests and fuzz targets know the commands' parts, but not main().
TOOL_PARTS := $(call objects,$(filter-out %/main.cpp,$(TOOL_SOURCES)))

$(BUILD)/unit_tests: $(call objects,$(UNIT_SOURCES)) $(TOOL_PARTS) $(BUILD)/libcertmap-core.a
	$(call quiet,LD ,$@)$(LINK) -o $@ $^ $(LIBS) $(ZLIB_LIBS) $(CPPUNIT_LIBS)

$(REPLAYS): $(BUILD)/fuzz_replay_%: $(OBJ)/tests/fuzz/%_fuzz.o $(OBJ)/tests/fuzz/replay.o \
    $(TOOL_PARTS) $(BUILD)/libcertmap-core.a
	$(call quiet,LD ,$@)$(LINK) -o $@ $^ $(LIBS) $(ZLIB_LIBS)

$(BUILD)/%_fuzz: $(OBJ)/tests/fuzz/%_fuzz.o $(TOOL_PARTS) $(BUILD)/libcertmap-core.a
	$(call quiet,LD ,$@)$(filter-out -shared-libasan,$(LINK)) -fsanitize=fuzzer -o $@ $^ $(LIBS) $(ZLIB_LIBS)

$(OBJ)/%.o: %.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(call quiet,CXX,$<)$(COMPILE) $(patsubst %.gch,-include %,$(filter %.gch,$^)) -MMD -MP -c -o $@ $<

# The compiler takes NAME.h.gch where it finds it beside NAME.h.
$(OBJ)/%.h.gch: %.h $(BUILD)/flags
	@mkdir -p $(@D)
	@cp $< $(@:.gch=)
	$(call quiet,CXX,$<)$(COMPILE) $(PCH_FLAGS) -MMD -MP -MF $(@:.gch=.d) -x c++-header -o $@ $<

# Other flags, or a source that came or went: build anew.
FLAGS_TEXT = $(COMPILE) $(call as_system,$(HTTPD_FLAGS)) | $(LINK) $(LIBS) | $(ALL_SOURCES)
$(BUILD)/flags: FORCE
	@test -n '$(APXS)' || { echo 'apxs was not found: install apache2-dev (Debian, Alpine) or' \
	    'httpd-devel (Fedora), or say APXS=/path/to/apxs.' >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '$(FLAGS_TEXT)' | cmp -s - $@ || echo '$(FLAGS_TEXT)' > $@

-include $(patsubst %.o,%.d,$(call objects,$(ALL_SOURCES) tests/fuzz/replay.cpp)) $(patsubst %.gch,%.d,$(HEADERS) $(HTTPD_HEADERS) $(UNIT_HEADERS))
