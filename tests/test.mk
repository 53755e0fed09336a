# Host tests, boot tests and checks.
include tests/host/host.mk

# Kernels of a given size in bytes, for measurements and fragments.
$(BUILD)/tests/kernel-%.elf: $(BUILD)/kernel.debug.elf tests/grow_kernel.py
	@mkdir -p $(@D)
	$(call SHOW,GROW)$(PYTHON) tests/grow_kernel.py --size $* --output $@ \
	    --objcopy $(OBJCOPY) -- $(KLD) $(KERNEL_LDFLAGS) \
	    $(KERNEL_OBJECTS) $(KERNEL_OUT)/symbols.o
