# Programs that stand on the C library: the shell and the tools. Each is a
# static PIE of its own in the archive's /bin.

PROGRAM_OUT := $(BUILD)/bin
KINDLING_LAYER := $(wildcard user/libc/kindling/*.c) user/rt/spawn.c \
                  user/rt/random.c kernel/lib/elf.c
KINDLING_OBJECTS := $(KINDLING_LAYER:%.c=$(LIBC_OUT)/kindling/%.o)

# What the layer has from other rooms must not meet a program's own names.
KINDLING_NAMES := -Dspawn=__spawn -Dspawn_load=__spawn_load \
                  -Drandom_bits=__random_bits -Drandom_next=__random_next \
                  -Delf_read=__elf_read

$(LIBC_OUT)/kindling/%.o: %.c $(LIBC_RULES) user/programs.mk
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(LIBC_CFLAGS) $(SMALL) $(KINDLING_NAMES) \
	    -fno-stack-protector -fvisibility=hidden -MMD -MP -c -o $@ $<

PROGRAM_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(SMALL) -fPIE -m64 \
                  -nostdinc -isystem user/libc/include -Ulinux -U__linux__ \
                  -D__kindling__=1 -fno-asynchronous-unwind-tables \
                  -ffunction-sections -fdata-sections \
                  -fcf-protection=none -fstack-protector-strong \
                  -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) -I.

$(PROGRAM_OUT)/obj/%.o: %.c $(LIBC_RULES) user/programs.mk
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(PROGRAM_CFLAGS) -MMD -MP -c -o $@ $<

$(PROGRAM_OUT)/obj/help/%.o: $(TOOL_HELP)/%.c user/programs.mk
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(PROGRAM_CFLAGS) -c -o $@ $<

$(PROGRAM_OUT)/obj/sh_help.o: $(SH_OUT)/help.c user/programs.mk
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(PROGRAM_CFLAGS) -c -o $@ $<

# gcc's, whichever compiler is used: clang brings none for a bare machine.
LIBGCC := $(shell $(CROSS_COMPILE)gcc -m64 -print-libgcc-file-name)

PROGRAM_LINK = $(KLD) -pie --no-dynamic-linker -z noexecstack -z norelro \
               -z noseparate-code -z max-page-size=4096 --build-id=none \
               --gc-sections $(if $(filter clang,$(COMPILER)),--no-rosegment) \
               -o $@ $(filter %.o,$^) $(SYSROOT)/lib/libc.a \
               $(LIBGCC)

$(PROGRAM_OUT)/sh.debug: $(KINDLING_OBJECTS) $(SYSROOT)/lib/libc.a \
    $(SH_SOURCES:%.c=$(PROGRAM_OUT)/obj/%.o) $(PROGRAM_OUT)/obj/sh_help.o
	$(call SHOW,LD)$(PROGRAM_LINK)

define tool_program_rule
$(PROGRAM_OUT)/$(1).debug: $(KINDLING_OBJECTS) $(SYSROOT)/lib/libc.a \
    $(PROGRAM_OUT)/obj/user/bin/$(1).o $(PROGRAM_OUT)/obj/help/$(1).o \
    $(TOOL_LIB:%.c=$(PROGRAM_OUT)/obj/%.o)
	$$(call SHOW,LD)$$(PROGRAM_LINK)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_program_rule,$(t))))

$(PROGRAM_OUT)/%: $(PROGRAM_OUT)/%.debug
	$(call SHOW,STRIP)$(OBJCOPY) --strip-all $< $@

# As many as the archive's megabyte has room for.
ARCHIVE_PROGRAMS := sh cat cp mv rm mkdir ls head wc grep sort \
                    poweroff reboot service

ARCHIVE_FILES += $(foreach p,$(ARCHIVE_PROGRAMS),$(PROGRAM_OUT)/$(p):bin/$(p))

.PHONY: programs
programs: $(PROGRAM_OUT)/sh $(TOOLS:%=$(PROGRAM_OUT)/%) ## The shell and all tools
