# Stage 2: start-up and mode switches in assembly, the rest in 64-bit C, all
# in one flat file of at most 32 KiB that runs where stage 1 put it.
STAGE2_ASM := $(wildcard stage2/*.asm)
STAGE2_C := $(wildcard stage2/*.c) $(FAT32_SOURCES) \
            kernel/lib/mem.c kernel/lib/format.c kernel/lib/crc32c.c \
            kernel/lib/framebuffer.c
STAGE2_OBJECTS := $(STAGE2_ASM:%.asm=$(BUILD)/loader/%.asm.o) \
                  $(STAGE2_C:%.c=$(BUILD)/loader/%.o)

STAGE2_CFLAGS := $(FREESTANDING) -Os -fno-pic -fno-pie -mcmodel=small \
                 -fno-stack-protector -ffunction-sections -fdata-sections \
                 -fomit-frame-pointer -mno-sse -falign-functions=1
# The BIOS data area lies in the first page; GCC takes that for a null pointer.
ifneq ($(COMPILER),clang)
STAGE2_CFLAGS += --param=min-pagesize=0
# One segment holds it all; lld does not mind, and does not know the option.
STAGE2_LDFLAGS := --no-warn-rwx-segments
endif

$(BUILD)/loader/%.o: %.c $(GENERATED)
	@mkdir -p $(@D)
	$(call SHOW,CC)$(KCC) $(STAGE2_CFLAGS) -MMD -MP -c -o $@ $<

# NASM 2.16 with -MD names the source alone, so each depends on all it may
# include.
$(BUILD)/loader/%.asm.o: %.asm $(GENERATED) $(wildcard stage2/*.inc)
	@mkdir -p $(@D)
	$(call SHOW,NASM)$(NASM) -f elf64 -g -F dwarf $(NASMFLAGS) \
	    -l $(@:.o=.lst) -o $@ $<

$(BUILD)/stage2.elf: $(STAGE2_OBJECTS) stage2/stage2.ld
	$(call SHOW,LD)$(KLD) -m elf_x86_64 -T stage2/stage2.ld --gc-sections --build-id=none \
	    -z noexecstack $(STAGE2_LDFLAGS) \
	    -Map $(BUILD)/stage2.map -o $@ $(STAGE2_OBJECTS)

$(BUILD)/stage2.raw: $(BUILD)/stage2.elf
	$(Q)$(OBJCOPY) -O binary -j .stage2 $< $@

$(BUILD)/stage2.bin: $(BUILD)/stage2.raw scripts/mkstage2
	$(call SHOW,SEAL)scripts/mkstage2 $< $@
