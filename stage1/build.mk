# Stage 1: one source, linked to where the BIOS puts it. The ELF file keeps
# symbols and lines for the debuggers.
$(BUILD)/stage1.elf: stage1/mbr.asm $(BUILD)/stage2.bin $(GENERATED)
	$(call SHOW,NASM)$(NASM) -f elf64 -g -F dwarf $(NASMFLAGS) \
	    -DSTAGE2_SECTORS=$$(($$(stat -c %s $(BUILD)/stage2.bin) / 512)) \
	    -l $(BUILD)/stage1.lst -o $(BUILD)/stage1.o $<
	$(Q)$(KLD) -m elf_x86_64 -Ttext=0x7c00 -e stage1_start --build-id=none \
	    -o $@ $(BUILD)/stage1.o

$(BUILD)/stage1.bin: $(BUILD)/stage1.elf
	$(call SHOW,LD)$(OBJCOPY) -O binary -j .text $< $@
	@test $$(stat -c %s $@) -eq 512 || { rm $@; echo "stage1.bin is not one sector" >&2; exit 1; }
