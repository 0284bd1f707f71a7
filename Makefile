# SPDX-License-Identifier: GPL-2.0-only
# make                 the tool, build/xdp-fakemx
# make install         DESTDIR and PREFIX are heeded
# make dist            the source as a tarball
# make deb             a package for the Debian that this is
# make check           what can be tested without root
# make check-root      the rest: needs root, and what scripts/deps installs
# make fuzz            the fuzzers; with RUNS=N each is given N inputs
# make fuzz-coverage   what those inputs come to, and those kept in CORPUS
# make style           format, static analysis

VERSION := 0.1.0

CC ?= gcc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
BUILD ?= build

LIBS := libbpf libelf zlib jansson libcares ncursesw
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror
# Paths of the build stay out of what is built: the same source gives the same
# bytes wherever it lies.
HERE := -ffile-prefix-map=$(CURDIR)=.

# What of these the compiler has for its target. Where it has no third level of
# _FORTIFY_SOURCE, that is the second; sanitizers look for more themselves.
try = $(shell $(CC) $(CFLAGS) -Werror $(1) -x c -c -o /dev/null /dev/null \
	2>/dev/null && echo $(1))
HARDENING := -fPIE $(foreach option,-fstack-protector-strong \
	-fstack-clash-protection -fcf-protection -mbranch-protection=standard, \
	$(call try,$(option)))
ifeq ($(findstring -fsanitize,$(CFLAGS)),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(HERE) $(CFLAGS) $(HARDENING) \
	-DVERSION='"$(VERSION)"' -Iinclude -Iuser -I$(BUILD) \
	$(shell $(PKG_CONFIG) --cflags $(LIBS))
ALL_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lresolv

# Debian keeps asm/ in a directory of the architecture: the compiler knows it.
ASM := $(filter %/asm/types.h,$(shell $(CC) -M -include asm/types.h -x c /dev/null))
BPF_LEVEL := -O2
BPF_CFLAGS := -g $(BPF_LEVEL) -std=gnu11 $(WARNINGS) $(HERE) --target=bpf -mcpu=v3 \
	-Iinclude -idirafter $(ASM:%/asm/types.h=%)

USER_SOURCES := $(sort $(wildcard user/*.c))
USER_OBJECTS := $(USER_SOURCES:user/%.c=$(BUILD)/user/%.o)
MODULES := $(filter-out $(BUILD)/user/main.o,$(USER_OBJECTS))

MANUALS := $(patsubst scripts/man/%,$(BUILD)/man/%,$(wildcard scripts/man/*.[58]))

all: $(BUILD)/xdp-fakemx $(MANUALS)

$(BUILD)/xdp-fakemx: $(USER_OBJECTS)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(BUILD)/user/%.o: user/%.c $(BUILD)/fakemx.skel.h | $(BUILD)/user
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/fakemx.bpf.o: bpf/fakemx.bpf.c | $(BUILD)/user
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<
	$(LLVM_STRIP) -g $@

$(BUILD)/fakemx.skel.h: $(BUILD)/fakemx.bpf.o
	$(BPFTOOL) gen skeleton $< name fakemx_bpf > $@.tmp
	mv $@.tmp $@

# The manual has its lists from the program's own headers.
$(BUILD)/man/tables: scripts/man/tables.h $(wildcard include/*.h user/*.h) \
		| $(BUILD)/man
	$(CC) -E -P -Iinclude -Iuser -o $@ $<

$(MANUALS): $(BUILD)/man/%: scripts/man/% scripts/man/fill.awk \
		$(BUILD)/man/tables
	awk -f scripts/man/fill.awk $(BUILD)/man/tables $< > $@

$(BUILD)/man $(BUILD)/user $(BUILD)/tests/unit $(BUILD)/tests/prog:
	mkdir -p $@

# Tests print TAP; prove runs them, each in namespaces of its own.
TESTS := $(BUILD)/tests
UNIT_TESTS := $(patsubst tests/unit/%.c,$(TESTS)/unit/%,$(wildcard tests/unit/test_*.c))
PROG_TESTS := $(patsubst tests/prog/%.c,$(TESTS)/prog/%,$(wildcard tests/prog/test_*.c))
# Those that take longest first, for where several are run at a time.
LONG := $(addprefix tests/,net/mail.bats cli/injected.bats net/ledger.bats)
BATS := $(LONG) $(filter-out $(LONG),$(wildcard tests/cli/*.bats tests/net/*.bats))
PROVE ?= prove
export CMOCKA_MESSAGE_OUTPUT = TAP
export FAKEMX = $(abspath $(BUILD)/xdp-fakemx)
export FAKEMX_BUILD = $(abspath $(BUILD))

$(TESTS)/unit/%: tests/unit/%.c $(MODULES) | $(TESTS)/unit
	$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(MODULES) \
		$(ALL_LIBS) -lcmocka

# The rules once more, and frames for them.
$(TESTS)/prog/test_random: $(addprefix tests/prog/,reading.c rules.c \
	rules_answer.c mutate.c) tests/oracle/attempt.c tests/oracle/fragments.c
$(TESTS)/prog/test_random: ALL_CFLAGS += -Itests/oracle

$(TESTS)/prog/%: tests/prog/%.c tests/prog/packet.c $(wildcard tests/prog/*.h) \
		$(BUILD)/fakemx.skel.h | $(TESTS)/prog
	$(CC) $(ALL_CFLAGS) -Itests/prog -MMD -MP $(ALL_LDFLAGS) -o $@ \
		$(filter %.c,$^) $(ALL_LIBS) -lcmocka

$(TESTS)/%: tests/net/%.c | $(TESTS)/unit
	$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $(filter %.c,$^) $(LDLIBS)

$(TESTS)/ledger: LDLIBS := -lbpf
$(TESTS)/dns $(TESTS)/spf: LDLIBS = $(MODULES) $(ALL_LIBS)
$(TESTS)/dns $(TESTS)/spf: $(MODULES)
$(TESTS)/ledger $(TESTS)/ledger.bpf.o: tests/net/ledger.h
$(TESTS)/maillog: LDLIBS := -lz
$(TESTS)/maillog: $(addprefix user/,maillog.c mailline.c logdate.c when.c addr.c \
	fault.c progress.c) $(wildcard user/*.h)
$(TESTS)/listfile: LDLIBS := -ljansson
$(TESTS)/listfile: $(addprefix user/,listfile.c cidrtable.c firstmatch.c addr.c \
	fault.c file.c out.c) $(wildcard user/*.h)
$(TESTS)/others: tests/net/others_frames.c $(wildcard tests/net/others*.h)

# The oracle, and the probe that shares its wire.
ORACLE := $(filter-out %/probe.c,$(wildcard tests/oracle/*.c)) tests/prog/packet.c
PROBE := tests/oracle/probe.c tests/oracle/wire.c tests/prog/packet.c

$(TESTS)/visits: tests/oracle/wire.c tests/prog/packet.c
$(TESTS)/visits: ALL_CFLAGS += -Itests/prog

$(TESTS)/oracle: $(ORACLE)
$(TESTS)/probe: $(PROBE)
$(TESTS)/oracle $(TESTS)/probe: $(wildcard tests/oracle/*.h tests/prog/*.h) \
		| $(TESTS)/unit
	$(CC) $(ALL_CFLAGS) -Itests/prog $(ALL_LDFLAGS) -o $@ $(filter %.c,$^)

# The tool of a version before, with a program of other instructions: what the
# tests upgrade from.
OLDER := $(TESTS)/older/xdp-fakemx
$(OLDER): $(USER_OBJECTS)
	$(MAKE) BUILD=$(@D) VERSION=0.0.9 CFLAGS=-O0 BPF_LEVEL=-O3 $@

$(TESTS)/%.bpf.o: tests/net/%.bpf.c | $(TESTS)/unit
	$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

# What scripts/bench runs.
BENCH := $(BUILD)/bench

$(BENCH):
	mkdir -p $@

$(BENCH)/%.bpf.o: tests/bench/%.bpf.c \
		$(wildcard tests/bench/*.h bpf/*.h include/*.h) | $(BENCH)
	$(CLANG) $(BPF_CFLAGS) -c -o $@ $<
	$(LLVM_STRIP) -g $@

$(BENCH)/%.skel.h: $(BENCH)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp
	mv $@.tmp $@

$(BENCH)/cost: $(BENCH)/wrap.skel.h $(BENCH)/bare.skel.h
$(BENCH)/flood: $(BENCH)/flood.skel.h
$(BENCH)/%: tests/bench/%.c tests/bench/lay.c $(wildcard tests/bench/*.h) \
		| $(BENCH)
	$(CC) $(ALL_CFLAGS) -Itests/bench -I$(BENCH) $(ALL_LDFLAGS) -o $@ \
		$(filter %.c,$^) $(ALL_LIBS)

bench-tools: all $(BENCH)/cost $(BENCH)/flood $(BENCH)/floor.bpf.o

check: $(UNIT_TESTS)
	$(PROVE) --failures --comments $(UNIT_TESTS)

# What reads what others write, built once more for libFuzzer; the rest is as it
# is. No file is opened but those that a fuzzer gives.
FUZZ := $(BUILD)/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(filter-out %/shared.c,$(wildcard tests/fuzz/*.c)))
FUZZED := addr arrivals cidrtable dns_answer fault file firstmatch kept ledger \
	listfile logdate mailline maillog mta_sts p0f policy policy_diff \
	policy_file policy_lists policy_save policy_sources record sender \
	spf_record statement statement_split when
FUZZ_OBJECTS := $(FUZZED:%=$(FUZZ)/user/%.o)
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CC = $(CLANG) $(ALL_CFLAGS) $(FUZZ_FLAGS) -MMD -MP

$(FUZZ)/user:
	mkdir -p $@

$(FUZZ)/user/%.o: user/%.c | $(FUZZ)/user
	$(FUZZ_CC) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ)/shared.o: tests/fuzz/shared.c | $(FUZZ)/user
	$(FUZZ_CC) -c -o $@ $<

$(FUZZ)/%: tests/fuzz/%.c $(FUZZ)/shared.o $(FUZZ_OBJECTS) $(MODULES)
	$(FUZZ_CC) -fsanitize=fuzzer -Wl,--wrap=fopen,--wrap=glob,--wrap=say \
		$(LDFLAGS) -o $@ $< $(FUZZ)/shared.o $(FUZZ_OBJECTS) \
		$(filter-out $(FUZZED:%=$(BUILD)/user/%.o),$(MODULES)) $(ALL_LIBS)

fuzz: $(FUZZERS)
	$(if $(RUNS),RUNS=$(RUNS) $(PROVE) --failures --comments \
		--exec tests/fuzz/run $(FUZZERS))

# Which lines of what is fuzzed its inputs come to.
COVERAGE := $(BUILD)/fuzz-coverage

fuzz-coverage:
	rm -f $(COVERAGE)/*.profraw
	LLVM_PROFILE_FILE=$(abspath $(COVERAGE))/%p.profraw $(MAKE) \
		FUZZ=$(COVERAGE) RUNS=1 fuzz \
		FUZZ_FLAGS='-fprofile-instr-generate -fcoverage-mapping'
	llvm-profdata merge -o $(COVERAGE)/all.profdata $(COVERAGE)/*.profraw
	llvm-cov report -instr-profile $(COVERAGE)/all.profdata \
		-show-region-summary=0 -path-equivalence=.,$(CURDIR) \
		$(COVERAGE)/words $(FUZZERS:$(FUZZ)/%=-object $(COVERAGE)/%) \
		$(FUZZED:%=$(CURDIR)/user/%.c)

# What the tests in namespaces run there.
NET_PEERS := $(patsubst tests/net/%.c,$(TESTS)/%,$(filter-out %.bpf.c %_frames.c,$(wildcard tests/net/*.c))) \
	$(TESTS)/oracle $(TESTS)/probe $(TESTS)/pass.bpf.o \
	$(TESTS)/ledger.bpf.o $(OLDER)

prog-tests: $(PROG_TESTS)

check-root: all $(PROG_TESTS) $(NET_PEERS)
	$(PROVE) --failures --comments --timer --exec tests/isolate $(PROG_TESTS) $(BATS)

# The tool looks for its configuration there whatever PREFIX is; one that is
# there stays.
CONFIG := $(DESTDIR)/etc/xdp-fakemx.conf
EXAMPLES := $(DESTDIR)$(DATADIR)/doc/xdp-fakemx/examples
UNITS := $(wildcard scripts/units/*.service scripts/units/*.timer)

install: all install-units install-manuals
	install -D -m 0755 $(BUILD)/xdp-fakemx \
		$(DESTDIR)$(SBINDIR)/xdp-fakemx
	[ -e $(CONFIG) ] || \
		install -D -m 0644 scripts/conf/xdp-fakemx.conf $(CONFIG)
	install -D -m 0644 scripts/completion/xdp-fakemx \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/xdp-fakemx
	install -D -m 0644 -t $(EXAMPLES) scripts/prometheus/*.yml \
		scripts/dashboard/*.json

# They name the tool by its path.
install-units:
	install -d $(DESTDIR)$(UNITDIR)
	for unit in $(notdir $(UNITS)); do \
		sed 's|@SBINDIR@|$(SBINDIR)|' scripts/units/$$unit \
			>$(DESTDIR)$(UNITDIR)/$$unit && \
		chmod 0644 $(DESTDIR)$(UNITDIR)/$$unit || exit; \
	done

# man5/x.5 and so on: the section is the ending.
install-manuals: $(MANUALS)
	for page in $(MANUALS); do \
		install -D -m 0644 $$page \
			$(DESTDIR)$(DATADIR)/man/man$${page##*.}/$${page##*/} || \
			exit; \
	done

# All that it takes to build and test, without what is built.
DIST := xdp-fakemx-$(VERSION)
DIST_FILES := $(wildcard .ci .clang-format .gitignore *.md LICENSE Makefile) \
	bpf include scripts tests user

dist: $(BUILD)/$(DIST).tar.gz

$(BUILD)/$(DIST).tar.gz: FORCE
	mkdir -p $(BUILD)
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
		--mtime=@$${SOURCE_DATE_EPOCH:-$$(stat -c %Y CHANGELOG.md)} \
		--transform='s|^|$(DIST)/|' -c $(DIST_FILES) | gzip -n >$@

# In a tree of its own: what debhelper leaves does not get into the source.
deb: $(BUILD)/$(DIST).tar.gz
	rm -rf $(BUILD)/deb
	mkdir -p $(BUILD)/deb
	tar -xzf $< -C $(BUILD)/deb
	cp -r scripts/debian $(BUILD)/deb/$(DIST)/debian
	cd $(BUILD)/deb/$(DIST) && env -u MAKEFLAGS -u MAKELEVEL \
		dpkg-buildpackage -b -us -uc
	mv $(BUILD)/deb/xdp-fakemx_*.deb $(BUILD)

FORCE:

clean:
	rm -rf $(BUILD)

FORMATTED := $(wildcard bpf/*.[ch] include/*.h user/*.[ch] tests/*/*.[ch])
SCRIPTS := $(filter-out $(patsubst %/.,%,$(wildcard scripts/*/.)),$(wildcard scripts/*)) \
	$(wildcard scripts/completion/* scripts/debian/p* tests/*/init) \
	tests/boot/check tests/fuzz/run tests/isolate tests/package/list .ci/run

# cppcheck does not read the system's headers.
CPPCHECK_MACROS := '-DLIBBPF_OPTS(type,name,...)=struct type name = {0}' \
	'-Djson_array_foreach(array,index,value)=while (step(array, &index, &value))' \
	'-Djson_object_foreach(object,key,value)=while (step(object, &key, &value))'

style: $(MANUALS)
	clang-format --dry-run -Werror $(FORMATTED)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability --suppress=missingInclude \
		$(CPPCHECK_MACROS) -Iinclude -Iuser user
	shellcheck -x $(SCRIPTS)
	shellcheck -x -s bash $(wildcard tests/*/*.bats tests/*/*.bash)
	mandoc -Tlint -W warning $(MANUALS)

.PHONY: all install install-units install-manuals dist deb clean check check-root prog-tests bench-tools fuzz fuzz-coverage style
.DELETE_ON_ERROR:
.PRECIOUS: $(BENCH)/%.bpf.o $(BENCH)/%.skel.h

-include $(USER_OBJECTS:.o=.d) $(BUILD)/fakemx.bpf.d \
	$(UNIT_TESTS:=.d) $(PROG_TESTS:=.d) $(FUZZ_OBJECTS:.o=.d) \
	$(FUZZ)/shared.d $(FUZZERS:=.d)
