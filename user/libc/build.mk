# The C library: objects, libc.a, and the sysroot that programs build against.
# $(BUILD)/sysroot/{include,lib}; scripts/kindling-cc compiles with it.

LIBC_OUT := $(BUILD)/libc
SYSROOT := $(BUILD)/sysroot
LIBC_HEADERS := $(shell find user/libc/include -name '*.h')
LIBC_SOURCES := $(shell find user/libc -name '*.c' -not -path '*/kindling/*')
LIBC_OBJECTS := $(LIBC_SOURCES:%.c=$(LIBC_OUT)/obj/%.o)

# Small, for each program has what it uses of it, and the boot archive has one
# megabyte; but for what loops over bytes and blocks.
SMALL := $(if $(filter clang,$(COMPILER)),-Oz,-Os)
LIBC_SIZE = $(if $(filter user/libc/string/% user/libc/malloc/%,$<),-O2,$(SMALL))

# Against its own headers and nothing else. The compiler must not make of a
# memcpy() a call of memcpy().
LIBC_CFLAGS := -std=gnu11 -ffreestanding -nostdinc -isystem user/libc/include \
               -m64 -g -fPIE -fno-common -fno-strict-aliasing \
               -ffunction-sections -fdata-sections \
               -fno-asynchronous-unwind-tables -fcf-protection=none \
               -ffile-prefix-map=$(CURDIR)=. -D_GNU_SOURCE $(WARNINGS) -I.
ifneq ($(COMPILER),clang)
LIBC_CFLAGS += -fno-tree-loop-distribute-patterns
endif
LIBC_RULES := user/libc/build.mk scripts/toolchain.mk

# There is no canary before the start-up code has made one.
LIBC_GUARD = $(if $(filter user/libc/crt/% user/libc/string/copy.c,$<),\
    -fno-stack-protector,-fstack-protector-strong)

# Every name is weak, so that a program may have one of its own by the name of
# what C does not reserve, whichever file of the library it stands in.
$(LIBC_OUT)/obj/%.o: %.c $(LIBC_RULES)
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(LIBC_CFLAGS) $(LIBC_SIZE) $(LIBC_GUARD) -MMD -MP -c -o $@ $<
	$(Q)$(NM) -g --defined-only $@ | awk '{ print $$3 }' > $@.weak
	$(Q)$(OBJCOPY) --weaken-symbols=$@.weak $@

$(SYSROOT)/lib/libc.a: $(LIBC_OBJECTS) $(LIBC_RULES)
	@mkdir -p $(@D)
	@rm -f $@
	$(call SHOW,AR)$(AR) rcsD $@ $(LIBC_OBJECTS)

# Functions that other systems keep in libraries of their own.
$(SYSROOT)/lib/libm.a: user/libc/build.mk
	@mkdir -p $(@D)
	$(Q)$(AR) rcsD $@

$(SYSROOT)/include/%.h: user/libc/include/%.h
	@mkdir -p $(@D)
	$(Q)cp $< $@

.PHONY: sysroot
sysroot: $(SYSROOT)/lib/libc.a $(SYSROOT)/lib/libm.a \
    $(LIBC_HEADERS:user/libc/include/%=$(SYSROOT)/include/%) ## Headers and C library for programs

# Test programs run on Linux: its system layer, instead of Kindling's.
LIBC_LINUX := $(wildcard tests/libc/linux/*.c)
LIBC_LINUX_OBJECTS := $(LIBC_LINUX:%.c=$(LIBC_OUT)/obj/%.o)
$(SYSROOT)/lib/linux-test.o: $(LIBC_LINUX_OBJECTS)
	@mkdir -p $(@D)
	$(Q)$(KLD) -r -o $@ $^

$(LIBC_OUT)/obj/tests/libc/linux/start.o: LIBC_GUARD := -fno-stack-protector

.PHONY: sysroot-linux
sysroot-linux: sysroot $(SYSROOT)/lib/linux-test.o
