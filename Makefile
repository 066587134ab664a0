# SPDX-License-Identifier: GPL-3.0-or-later
# carom: plain GNU make. `make help` lists the targets; MODE=release|debug|asan|cov|fuzz picks the build, each in its own
# build/MODE. CC, CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are the user's: ours are added to them.
VERSION := 0.1.0
MODE    ?= release
ifeq ($(filter $(MODE),release debug asan cov fuzz),)
$(error MODE=$(MODE) is not one of release debug asan cov fuzz)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/carom
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system

V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-7s %s\n' $(1) $(2)

B := build/$(MODE)
PROGRAMS := listd bounced listctl
PACKAGES := glib-2.0 gio-2.0 gmime-3.0 sqlite3 libesmtp-1.0 libpcre2-8 libmicrohttpd libssl libcrypto jansson libidn2 readline zlib libxml-2.0

ifeq ($(MODE),fuzz)
CC := clang
endif
ifeq ($(origin CC),default)
CC := gcc
endif

# These targets build nothing, or install what is missing before they call make again. libcsv has no .pc file,
# and libunbound's wants packages that only its static library needs.
ifneq ($(filter-out help deps clean demo check check-bare dist format uninstall,$(or $(MAKECMDGOALS),all)),)
has_packages := $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && \
                  $(CC) $(CPPFLAGS) $(CFLAGS) -include csv.h -include unbound.h -E -x c /dev/null >/dev/null 2>&1 && echo yes)
ifneq ($(has_packages),yes)
$(error missing packages: $(or $(shell scripts/install-deps --build --list),none by name, but $(CC) with these flags finds no csv.h or unbound.h); `make deps` installs them)
endif
lib_cflags := $(shell pkg-config --cflags $(PACKAGES))
lib_libs   := $(shell pkg-config --libs $(PACKAGES)) -lcsv -lunbound -lm
endif

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wvla -Wformat=2 -Wundef -Wswitch-enum
mode_release := -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
mode_debug   := -O0 -g -Werror -fPIE
mode_asan    := -O1 -g -Werror -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
mode_cov     := -O0 -g --coverage
mode_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined
link_release := -pie -Wl,-z,relro,-z,now
link_debug   := -pie
link_asan    := -fsanitize=address,undefined
link_cov     := --coverage
link_fuzz    := -fsanitize=address,undefined,fuzzer

all_cppflags = -I. -I$(B)/gen -D_GNU_SOURCE -DG_LOG_DOMAIN='"carom"' -DCAROM_VERSION='"$(VERSION)"' \
               -DCAROM_SYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
all_cflags   = -std=gnu11 $(warnings) $(mode_$(MODE)) -pthread $(lib_cflags) $(CFLAGS)
all_ldflags  = $(link_$(MODE)) -pthread $(LDFLAGS)

lib_sources  := $(wildcard lib/*/*.c)
lib_objects  := $(lib_sources:%.c=$(B)/%.o) $(B)/gen/resource_data.o
cli_sources  := $(wildcard cli/*.c cli/web/*.c)
cli_objects  := $(cli_sources:%.c=$(B)/%.o)
listd_objects   := $(patsubst %.c,$(B)/%.o,$(wildcard listd/*.c))
bounced_objects := $(patsubst %.c,$(B)/%.o,$(wildcard bounced/*.c))
ifneq ($(MODE),release)
bounced_objects := $(filter-out %/front_start.o,$(bounced_objects))
endif
listctl_objects := $(cli_objects)
unit_tests   := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
# the simulator of policies, of which a test plays small years
sim_parts    := $(filter-out tests/sim/policy_sim.c,$(wildcard tests/sim/*.c))
# what more than one test needs: in an archive, so that each takes only what it calls
test_help    := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c) $(sim_parts)))
fuzz_targets := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
# what more than one fuzz target needs
fuzz_help    := $(patsubst %.c,$(B)/%.o,$(filter-out tests/fuzz/fuzz_% tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
soak_objects := $(patsubst %.c,$(B)/%.o,$(wildcard tests/soak/*.c))
bench_programs := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
embedded     := $(filter-out %/README,$(sort $(wildcard schema/*.sql rules/* templates/* templates/*/*)))
embedded     := $(foreach f,$(embedded),$(if $(wildcard $(f)/.),,$(f)))
# what a benchmark measures beside carom, started by it
bench_peers  := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/peer_*.c))
# program objects but their main, for the tests that drive them
part_objects := $(filter-out %/main.o,$(listd_objects) $(bounced_objects) $(cli_objects))

all: $(PROGRAMS:%=$(B)/bin/%) $(if $(filter release,$(MODE)),links) ## build the programs into build/bin
.PHONY: all links
links: $(PROGRAMS:%=$(B)/bin/%)
	$(Q)mkdir -p build/bin && for p in $(PROGRAMS); do ln -sfn ../$(MODE)/bin/$$p build/bin/$$p; done

# Objects are made again when the flags change.
flags := $(subst ','\'',$(CC) $(all_cppflags) $(all_cflags) $(all_ldflags))
$(B)/flags: FORCE
	$(Q)mkdir -p $(B) && echo '$(flags)' | cmp -s - $@ || echo '$(flags)' >$@
.PHONY: FORCE

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(all_cppflags) $(all_cflags) -MMD -MP -c -o $@ $<

$(B)/gen/resources.xml: $(embedded) Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && { echo '<gresources><gresource prefix="/carom">'; \
	for f in $(embedded); do echo "<file>$$f</file>"; done; echo '</gresource></gresources>'; } >$@
$(B)/gen/resource_data.c: $(B)/gen/resources.xml
	$(Q)glib-compile-resources --generate-source --manual-register --c-name carom --sourcedir=. --target=$@ $<
$(B)/gen/resource_data.o: $(B)/gen/resource_data.c $(B)/flags
	$(Q)$(CC) $(all_cppflags) $(all_cflags) -Wno-error -Wno-missing-prototypes -Wno-overlength-strings -c -o $@ $<

$(B)/libcarom.a: $(lib_objects)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/libparts.a: $(part_objects)
	$(Q)rm -f $@ && ar rcs $@ $^

define program
$(B)/bin/$(1): $$($(1)_objects) $(B)/libcarom.a
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(all_ldflags) -o $$@ $$($(1)_objects) $(B)/libcarom.a $$(lib_libs) $$(LDLIBS)
endef
$(foreach p,$(filter-out bounced,$(PROGRAMS)),$(eval $(call program,$(p))))

# bounced is started for each bounce. It holds all libraries but the C library, where they come as archives: to load them as
# shared ones takes longer than the work. STATIC=no links it like the others, STATIC=yes does not put up with less.
STATIC ?= $(if $(filter release,$(MODE)),auto,no)
ifeq ($(filter $(STATIC),auto yes no),)
$(error STATIC=$(STATIC) is not one of auto yes no)
endif
archived := gmime-3.0 gio-2.0 glib-2.0 sqlite3 libpcre2-8 jansson libidn2 zlib
# what bounced/static/unused.c stands for, and the C library's own
not_archived := -lgpgme -lgpg-error -lassuan -lmount -lblkid -lselinux -lsepol -pthread -lpthread -ldl -lm -lrt
archives = $(filter-out $(not_archived),$(shell pkg-config --static --libs $(archived) 2>/dev/null))
held = -Wl,--as-needed -Wl,-Bstatic -Wl,--start-group $(archives) -lunistring -Wl,--end-group -Wl,-Bdynamic
# The C library's own connect(), not the one that the relay puts in its place: that would load all of TLS.
link_bounced = $(CC) $(all_ldflags) -o $@ $(bounced_objects) $(1) -lc $(B)/libcarom.a $(2) $(filter-out $(if $(2),$(archives)),$(lib_libs)) $(LDLIBS)
held_link = $(call link_bounced,$(B)/bounced/static/unused.o,$(held))
$(B)/bin/bounced: $(bounced_objects) $(B)/bounced/static/unused.o $(B)/libcarom.a $(B)/static
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(if $(filter no,$(STATIC)),$(call link_bounced),$(if $(filter yes,$(STATIC)),$(held_link), \
		$(held_link) 2>$(B)/bounced.log || { echo "bounced: not all of its libraries can be held (see $(B)/bounced.log): they are loaded at each start"; \
		$(call link_bounced); }))
$(B)/static: FORCE
	$(Q)mkdir -p $(B) && echo $(STATIC) | cmp -s - $@ || echo $(STATIC) >$@

$(B)/libhelp.a: $(test_help)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/tests/unit/test_%: $(B)/tests/unit/test_%.o $(B)/libhelp.a $(B)/libparts.a $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(if $(filter fuzz,$(MODE)),,$(B)/tests/fuzz/replay.o) $(fuzz_help) $(B)/libparts.a $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/soak/mutations: $(soak_objects) $(fuzz_help) $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/lint/%: $(B)/tests/lint/%.o $(B)/libparts.a $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/sim/policy_sim: $(B)/tests/sim/policy_sim.o $(B)/libhelp.a $(B)/libparts.a $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/bench/bench_%: $(B)/tests/bench/bench_%.o $(B)/libhelp.a $(B)/libparts.a $(B)/libcarom.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)
$(B)/tests/bench/peer_%: $(B)/tests/bench/peer_%.o $(B)/libhelp.a
	$(call say,LD,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(lib_libs) $(LDLIBS)

.PRECIOUS: $(B)/%.o
-include $(shell find $(B) -name '*.d' 2>/dev/null)
include scripts/targets.mk scripts/install.mk
