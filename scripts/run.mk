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
