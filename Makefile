# SPDX-License-Identifier: GPL-2.0-only
# make                 the BPF program, build/fakemx.bpf.o

VERSION := 0.1.0

CC ?= gcc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
BUILD ?= build

LIBS := libbpf libelf zlib jansson
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror
# Paths of the build stay out of what is built: the same source gives the same
# bytes wherever it lies.
HERE := -ffile-prefix-map=$(CURDIR)=.
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(HERE) $(CFLAGS) \
	-DVERSION='"$(VERSION)"' -Iinclude -Iuser -I$(BUILD) \
	$(shell $(PKG_CONFIG) --cflags $(LIBS))
ALL_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS))

# Debian keeps asm/ in a directory of the architecture.
BPF_CFLAGS := -g -O2 -std=gnu11 $(WARNINGS) $(HERE) --target=bpf -mcpu=v3 \
	-Iinclude -idirafter /usr/include/$(shell $(CC) -print-multiarch)

all: $(BUILD)/fakemx.skel.h

$(BUILD)/fakemx.bpf.o: bpf/fakemx.bpf.c | $(BUILD)/user
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<
	$(LLVM_STRIP) -g $@

$(BUILD)/fakemx.skel.h: $(BUILD)/fakemx.bpf.o
	$(BPFTOOL) gen skeleton $< name fakemx_bpf > $@.tmp
	mv $@.tmp $@

$(BUILD)/user $(BUILD)/tests/unit $(BUILD)/tests/prog:
	mkdir -p $@

clean:
	rm -rf $(BUILD)

.PHONY: all clean
.DELETE_ON_ERROR:

-include $(BUILD)/fakemx.bpf.d
