# The kernel: $(BUILD)/kernel.elf for the disk, $(BUILD)/kernel.debug.elf with
# symbols and DWARF at the same addresses for debuggers.
#
# It is linked twice: the first link tells the addresses of all functions, the
# second carries them as a table for back traces.
#
# SANITIZE=1 makes it check itself: DEBUG_ASSERT is on, and undefined behavior
# ends in a panic (kernel/test/ubsan.c) instead of whatever comes out.
#
# KPTI=1: user code runs with page tables that have next to nothing of the
# kernel (kernel/x86/kpti.h).

KERNEL_OUT := $(BUILD)/kernel
KERNEL_FONT ?= /usr/share/consolefonts/Lat15-Terminus16.psf.gz
KERNEL_ROOMS := kernel kernel/start kernel/test
KERNEL_ROOMS += $(KERNEL_ROOMS:kernel%=kernel/x86%)
KERNEL_C := $(wildcard $(KERNEL_ROOMS:%=%/*.c)) $(LIB_SOURCES)
KERNEL_ASM := $(wildcard $(KERNEL_ROOMS:%=%/*.asm))
KERNEL_INC := $(wildcard kernel/x86/*.inc)
ifneq ($(SANITIZE),1)
KERNEL_C := $(filter-out kernel/test/ubsan.c,$(KERNEL_C))
endif
ifneq ($(KPTI),1)
KERNEL_C := $(filter-out %/kpti.c %/kpti_init.c %/selftest_kpti.c,$(KERNEL_C))
endif
KERNEL_OBJECTS := $(KERNEL_C:%.c=$(KERNEL_OUT)/%.o) \
                  $(KERNEL_ASM:%.asm=$(KERNEL_OUT)/%.asm.o) \
                  $(KERNEL_OUT)/font.o

KERNEL_CFLAGS := $(FREESTANDING) -O2 -fPIE -fvisibility=hidden \
                 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
                 -fno-optimize-sibling-calls -fno-jump-tables \
                 -fstack-protector-strong -mstack-protector-guard=global
# LOCK_TIMES=1 measures how long the kernel lock is held, and interrupts are
# off (kernel/times.h); it wants a BUILD of its own.
KERNEL_CFLAGS += $(if $(filter 1,$(LOCK_TIMES)),-DLOCK_TIMES)
KERNEL_DEFINES := $(if $(filter 1,$(KPTI)),-DKPTI)
KERNEL_CFLAGS += $(KERNEL_DEFINES)
# No jump tables, and calls by pointer through thunks that are not predicted
# (Spectre variant 2): tests/checks/test_build.py looks for others.
ifeq ($(COMPILER),clang)
KERNEL_CFLAGS += -mretpoline
else
KERNEL_CFLAGS += -mindirect-branch=thunk -mindirect-branch-register
endif
KERNEL_LDFLAGS := -pie --no-dynamic-linker -T kernel/kernel.ld -z noexecstack \
                  -z norelro -z max-page-size=4096 -z text --build-id=none \
                  --no-undefined

KERNEL_RULES := kernel/build.mk scripts/toolchain.mk

# Where gcc 12 unrolls a loop with a checked index, it warns of the very access
# that the check prevents.
ifeq ($(SANITIZE),1)
KERNEL_CFLAGS += -DDEBUG -fsanitize=undefined -fno-sanitize-recover=all \
                 -Wno-array-bounds
# What reports a mistake must not report its own, for ever.
$(KERNEL_OUT)/kernel/test/ubsan.o: KERNEL_CFLAGS += -fno-sanitize=all
endif

$(KERNEL_OUT)/%.o: %.c $(GENERATED) $(KERNEL_RULES)
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(KERNEL_CFLAGS) -MMD -MP -c -o $@ $<

# Called from assembly alone, which expects no register to be kept; a back
# trace begins below it.
ifneq ($(COMPILER),clang)
$(KERNEL_OUT)/kernel/x86/fastpath.o: KERNEL_CFLAGS += -fomit-frame-pointer \
    -fcall-used-rbx -fcall-used-r12 -fcall-used-r13 -fcall-used-r14 \
    -fcall-used-r15
endif

$(KERNEL_OUT)/%.asm.o: %.asm $(KERNEL_INC) $(GENERATED) $(KERNEL_RULES)
	@mkdir -p $(@D)
	$(call SHOW,NASM)$(NASM) $(NASMFLAGS) $(KERNEL_DEFINES) -f elf64 -g -F dwarf \
	    -o $@ $<

$(GEN)/font.c: $(KERNEL_FONT) scripts/mkfont
	@mkdir -p $(@D)
	$(call SHOW,GEN)scripts/mkfont $(KERNEL_FONT) $@

$(GEN)/symbols0.c: scripts/mksymbols
	@mkdir -p $(@D)
	$(Q)scripts/mksymbols /dev/null $@

$(GEN)/symbols.c: $(KERNEL_OUT)/pass1.elf scripts/mksymbols
	$(Q)$(NM) $< > $(KERNEL_OUT)/pass1.nm
	$(call SHOW,GEN)scripts/mksymbols $(KERNEL_OUT)/pass1.nm $@

$(KERNEL_OUT)/%.o: $(GEN)/%.c $(GENERATED) $(KERNEL_RULES)
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(KERNEL_CFLAGS) -MMD -MP -c -o $@ $<

$(KERNEL_OUT)/pass1.elf: $(KERNEL_OBJECTS) $(KERNEL_OUT)/symbols0.o \
                         kernel/kernel.ld $(KERNEL_RULES)
	$(call SHOW,LD)$(KLD) $(KERNEL_LDFLAGS) -o $@ $(filter %.o,$^)

# The second link must not have moved anything, and the loader knows only one
# kind of relocation.
$(BUILD)/kernel.debug.elf: $(KERNEL_OBJECTS) $(KERNEL_OUT)/symbols.o \
                           kernel/kernel.ld $(KERNEL_RULES)
	$(call SHOW,LD)$(KLD) $(KERNEL_LDFLAGS) -o $@ $(filter %.o,$^)
	$(Q)$(NM) $@ > $(KERNEL_OUT)/pass2.nm
	$(Q)scripts/mksymbols $(KERNEL_OUT)/pass2.nm $(KERNEL_OUT)/symbols.again
	$(Q)cmp $(GEN)/symbols.c $(KERNEL_OUT)/symbols.again
	$(Q)readelf -rW $@ | awk '/R_X86_64_/ && !/R_X86_64_RELATIVE/ \
	    { print "bad relocation: " $$0; bad = 1 } END { exit bad }'

$(BUILD)/kernel.elf: $(BUILD)/kernel.debug.elf
	$(call SHOW,STRIP)$(OBJCOPY) --strip-all $< $@
