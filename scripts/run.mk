# Running, debugging, and what a fresh system needs for it.
#
# Each target first installs what is missing, then calls make again: this
# make may have read the build files before there was a compiler to ask.

AGAIN := $(MAKE) --no-print-directory

.PHONY: run bochs debug replay usb doctor toolchain

run: ## Boot in QEMU (MEM= CPUS= CPU= MACHINE= CMDLINE= ARGS=)
	@scripts/setup build run
	@$(AGAIN) image
	@$(PYTHON) scripts/run

bochs: ## Boot in Bochs (DEBUG=1: stop in its debugger at each mode)
	@scripts/setup build run debug
	@$(AGAIN) image
	@$(PYTHON) scripts/bochs

debug: ## Step through the boot in GDB, from LBA 0 to the kernel
	@scripts/setup build run debug
	@$(AGAIN) image
	@$(PYTHON) scripts/debug

replay: ## Record a boot, then walk through it backwards
	@scripts/setup build run debug
	@$(AGAIN) image
	@$(PYTHON) scripts/replay

usb: ## Write the image to a stick (DEV=/dev/...)
	@scripts/setup build
	@$(AGAIN) image
	@$(PYTHON) scripts/usb $(DEV)

doctor: ## Check every tool and say how to mend what is missing
	@scripts/doctor

toolchain: ## Build x86_64-elf-gcc into build/toolchain (takes long)
	@scripts/setup build toolchain
	@scripts/toolchain
