# The disk image: $(BUILD)/tree is what the volume holds (contract C-9).
#
# A room puts a file into the volume by adding FILE:PATH to IMAGE_FILES, for
# example IMAGE_FILES += $(BUILD)/user/sh:bin/sh in its build.mk, which the
# Makefile includes before this file.
#
# ARCHIVE_FILES are the same for the boot archive, which the loader reads into
# memory: what has to be there before the volume is.

IMAGE := $(BUILD)/kindling.img
IMAGE_TREE := $(BUILD)/tree
IMAGE_FILES += $(BUILD)/kernel.elf:boot/kernel.elf scripts/boot.cfg:boot/boot.cfg \
               $(BUILD)/boot.cpio:boot/boot.cpio
ARCHIVE_TREE := $(BUILD)/archive

image_sources := $(foreach pair,$(IMAGE_FILES),$(firstword \
    $(subst :, ,$(pair))))

archive_sources := $(foreach pair,$(ARCHIVE_FILES),$(firstword \
    $(subst :, ,$(pair))))

$(BUILD)/boot.cpio: $(archive_sources) scripts/image.mk scripts/mkarchive
	@rm -rf $(ARCHIVE_TREE)
	@for pair in $(ARCHIVE_FILES); do \
	    install -D -m 0644 "$${pair%%:*}" "$(ARCHIVE_TREE)/$${pair#*:}" || exit; \
	done
	$(call SHOW,ARCHIVE)$(PYTHON) scripts/mkarchive --tree $(ARCHIVE_TREE) \
	    --output $@

# With an empty command make does not say that there is nothing to be done.
.PHONY: image
image: $(IMAGE) ## Build kindling.img
	@:

$(IMAGE): $(BUILD)/stage1.bin $(BUILD)/stage2.bin $(image_sources) \
          scripts/image.mk scripts/mkimage $(wildcard scripts/lib/*.py)
	@rm -rf $(IMAGE_TREE)
	@for pair in $(IMAGE_FILES); do \
	    install -D -m 0644 "$${pair%%:*}" "$(IMAGE_TREE)/$${pair#*:}" || exit; \
	done
	$(call SHOW,IMAGE)$(PYTHON) scripts/mkimage --stage1 $(BUILD)/stage1.bin \
	    --stage2 $(BUILD)/stage2.bin --tree $(IMAGE_TREE) --output $@
