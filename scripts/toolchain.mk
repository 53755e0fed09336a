# Compilers, flags, and the headers made from kernel/abi/*.def.
#
# CROSS_COMPILE= names another GCC (x86_64-elf-); COMPILER=clang builds with
# clang and lld instead, into the same places.

# On a PC the plain gcc is the x86-64 one; elsewhere the cross compiler is.
ifeq ($(shell uname -m),x86_64)
CROSS_COMPILE ?=
else
CROSS_COMPILE ?= x86_64-linux-gnu-
endif

ifeq ($(COMPILER),clang)
KCC := clang --target=x86_64-unknown-none-elf
KLD := ld.lld
KCC_INCLUDE := $(shell $(KCC) -print-resource-dir 2>/dev/null)/include
# Until clang 16 zeroed variables needed a second word of consent.
KCC_EXTRA := $(shell $(KCC) -Werror -ftrivial-auto-var-init=zero -E -x c \
    /dev/null > /dev/null 2>&1 || echo \
    -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
else
KCC := $(CROSS_COMPILE)gcc
KLD := $(CROSS_COMPILE)ld
KCC_INCLUDE := $(shell $(KCC) -print-file-name=include 2>/dev/null)
KCC_EXTRA :=
endif
OBJCOPY := $(CROSS_COMPILE)objcopy
NM := $(CROSS_COMPILE)nm
AR := $(CROSS_COMPILE)ar
NASM ?= nasm

# Each command is one short line; V=1 shows the commands instead.
ifeq ($(V),1)
SHOW :=
Q :=
else
SHOW = @printf '  %-8s%s\n' '$(1)' '$(@:$(BUILD)/%=%)';
Q := @
endif

GEN := $(BUILD)/gen
GENERATED := $(GEN)/layout.h $(GEN)/layout.inc $(GEN)/errors.h \
             $(GEN)/errors.inc $(GEN)/quirks.h $(GEN)/layout.gdb

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
            -Wundef -Wimplicit-fallthrough

# Loader and kernel alike: no SIMD, no red zone, nothing from the host. Paths
# are mapped so that the same source gives the same bytes in any folder.
FREESTANDING := -std=gnu11 -ffreestanding -nostdinc -fno-common \
                -isystem $(KCC_INCLUDE) $(KCC_EXTRA) \
                -m64 -mno-red-zone -mgeneral-regs-only \
                -fno-asynchronous-unwind-tables -fcf-protection=none \
                -fno-strict-aliasing -ftrivial-auto-var-init=zero \
                -ffile-prefix-map=$(CURDIR)=. -g $(WARNINGS) -I. -I$(GEN)

NASMFLAGS := -I$(GEN)/ -Istage2/ -w+all -Werror

$(GENERATED) &: kernel/abi/layout.def kernel/abi/errors.def \
                kernel/abi/quirks.def scripts/gendefs
	$(Q)scripts/gendefs $(GEN)
	@touch $(GENERATED)
