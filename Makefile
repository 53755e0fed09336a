# Kindling: one Makefile, one piece for each room.
#
# Everything generated goes below $(BUILD); nothing else is ever written.
# "make help" lists the targets that people use.

BUILD ?= build
PYTHON ?= /usr/bin/python3
export BUILD PYTHON

# SANITIZE=1: the same targets below $(BUILD)/sanitized, for a kernel that
# checks itself; KPTI=1: below $(BUILD)/kpti, for one with page tables of its
# own (kernel/build.mk). The name may have been handed down already.
VARIANT := $(patsubst 1,sanitized,$(filter 1,$(SANITIZE)))$(patsubst \
    1,kpti,$(filter 1,$(KPTI)))
ifneq ($(VARIANT),)
ifneq ($(notdir $(BUILD)),$(VARIANT))
override BUILD := $(BUILD)/$(VARIANT)
endif
endif

# make takes a blank in a name for the end of the name.
ifneq ($(words $(CURDIR)),1)
$(error The path '$(CURDIR)' has a blank in it, which make cannot handle: \
move this folder to a path without one)
endif
ifneq ($(words $(BUILD)),1)
$(error BUILD='$(BUILD)' must be one folder, without a blank in its path)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

include scripts/toolchain.mk
include kernel/lib/build.mk
include fs/fat32/build.mk
include stage2/build.mk
include stage1/build.mk
include kernel/build.mk
include user/build.mk
include user/libc/build.mk
include user/sh/build.mk
include user/bin/build.mk
include user/programs.mk
include drivers/build.mk
include fs/build.mk
include scripts/image.mk
include scripts/run.mk
include scripts/docs.mk
include tests/test.mk

.PHONY: all clean help

all: image ## Build the image (default)

clean: ## Remove everything that was built
	rm -rf $(BUILD)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' \
	    $(MAKEFILE_LIST)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
