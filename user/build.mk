# Programs of user space that stand on the runtime alone: $(BUILD)/user/NAME.elf
# from the sources of one folder. init is a boot module, the services are in
# the boot archive (scripts/image.mk), USER_TESTS only where tests put them.
#
# A service of another room, drivers/serial for example, needs two lines in
# that room's build.mk, and a section of user/init/services:
#
#   $(eval $(call user_program_rule,serial,drivers/serial))
#   ARCHIVE_FILES += $(USER_OUT)/serial.elf:sbin/serial

USER_OUT := $(BUILD)/user
USER_SERVICES := name proc tty control login
USER_PROGRAMS := init $(USER_SERVICES)
USER_TESTS := test/ktest test/attack test/stress test/bench test/service

USER_RT := $(wildcard user/rt/*.c) kernel/lib/mem.c kernel/lib/format.c \
           kernel/lib/elf.c
# The beginning, and a library from which a program takes what it needs.
USER_RT_OBJECTS := $(USER_OUT)/obj/user/rt/start.asm.o $(USER_OUT)/rt.a

# What the test programs share besides.
USER_TEST_LIB := $(wildcard user/test/lib/*.c)
USER_TEST_LIB := $(USER_TEST_LIB:%.c=$(USER_OUT)/obj/%.o)

# As the kernel is built, but that SSE is there, and a red zone: the kernel
# pushes nothing onto a user's stack.
USER_CFLAGS := $(filter-out -mgeneral-regs-only -mno-red-zone,$(FREESTANDING)) \
               -O2 -fPIE -fvisibility=hidden -fno-omit-frame-pointer \
               -fstack-protector-strong -mstack-protector-guard=global \
               -ffunction-sections -fdata-sections
USER_LDFLAGS := -pie --no-dynamic-linker -T user/user.ld -z noexecstack \
                -z norelro -z max-page-size=4096 -z text --build-id=none \
                --no-undefined --gc-sections
USER_RULES := user/build.mk scripts/toolchain.mk

# What runs before its own data is right has no canary yet.
$(USER_OUT)/obj/user/rt/start.o: USER_CFLAGS += -fno-stack-protector
$(USER_OUT)/obj/user/rt/random.o: USER_CFLAGS += -fno-stack-protector

$(USER_OUT)/obj/%.o: %.c $(GENERATED) $(USER_RULES)
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

$(USER_OUT)/obj/%.asm.o: %.asm $(GENERATED) $(USER_RULES)
	@mkdir -p $(@D)
	$(call SHOW,NASM)$(NASM) $(NASMFLAGS) -f elf64 -g -F dwarf -o $@ $<

$(USER_OUT)/rt.a: $(USER_RT:%.c=$(USER_OUT)/obj/%.o) $(USER_RULES)
	$(call SHOW,AR)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

# A program, and where its sources are. It relocates itself and knows one kind
# of relocation.
define user_program_rule
$(USER_OUT)/$(1).debug.elf: $(USER_RT_OBJECTS) user/user.ld $(USER_RULES) \
    $(patsubst %.c,$(USER_OUT)/obj/%.o,$(wildcard $(2)/*.c)) \
    $(patsubst %.asm,$(USER_OUT)/obj/%.asm.o,$(wildcard $(2)/*.asm)) \
    $(if $(filter test/%,$(filter-out test/service,$(1))),$(USER_TEST_LIB))
	@mkdir -p $$(@D)
	$$(call SHOW,LD)$(KLD) $(USER_LDFLAGS) -o $$@ $$(filter %.o,$$^) \
	    $(USER_OUT)/rt.a
	$$(Q)readelf -rW $$@ | awk '/R_X86_64_/ && !/R_X86_64_RELATIVE/ \
	    { print "bad relocation: " $$$$0; bad = 1 } END { exit bad }'

$(USER_OUT)/$(1).elf: $(USER_OUT)/$(1).debug.elf
	$$(call SHOW,STRIP)$(OBJCOPY) --strip-all $$< $$@

endef

$(eval $(foreach p,$(USER_PROGRAMS) $(USER_TESTS),\
    $(call user_program_rule,$(p),user/$(p))))

IMAGE_FILES += $(USER_OUT)/init.elf:boot/init.elf
ARCHIVE_FILES += user/init/services:etc/services user/login/motd:etc/motd \
                 $(foreach p,$(USER_SERVICES),$(USER_OUT)/$(p).elf:sbin/$(p))

.PHONY: guest-programs
guest-programs: $(USER_TESTS:%=$(USER_OUT)/%.elf) ## Programs that test the kernel
