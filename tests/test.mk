# Host tests, boot tests and checks.
include tests/host/host.mk
include tests/tools/tools.mk

# What "make test SUITE=" takes: host, fuzz, or any folder of tests/ that has
# test_*.py. Several may be given, with blanks in between.
SUITE ?=

.PHONY: test test-now soak bench loc

test: ## Run the tests (SUITE="host boot ...", TESTARGS= for pytest)
	@scripts/setup build run test
	@$(AGAIN) test-now

test-now: image
	@$(PYTHON) tests/run.py --args="$(TESTARGS)" $(SUITE)

soak: ## The same for hours: long fuzzing, all mutants, more damage
	@scripts/setup build run test
	@$(AGAIN) image
	@$(PYTHON) tests/run.py --soak --args="$(TESTARGS)" $(SUITE)

bench: ## Measure; figures go to build/bench.json
	@scripts/setup build run test
	@$(AGAIN) image
	@$(PYTHON) tests/bench.py --output $(BUILD)/bench.json

loc: ## Count lines of code, without blank ones and comments
	@$(PYTHON) tests/count_lines.py

# Kernels of a given size in bytes, for measurements and fragments.
$(BUILD)/tests/kernel-%.elf: $(BUILD)/kernel.debug.elf tests/grow_kernel.py
	@mkdir -p $(@D)
	$(call SHOW,GROW)$(PYTHON) tests/grow_kernel.py --size $* --output $@ \
	    --objcopy $(OBJCOPY) -- $(KLD) $(KERNEL_LDFLAGS) \
	    $(KERNEL_OBJECTS) $(KERNEL_OUT)/symbols.o
