# Documents that are made from the tree or from a run.
.PHONY: docs
docs: ## Bring generated tables up to date, draw the memory map
	@scripts/setup build run
	@$(AGAIN) image
	scripts/gendefs --docs
	@mkdir -p $(BUILD)/docs
	$(PYTHON) scripts/run --window no --cmdline autorun=map \
	    </dev/null >$(BUILD)/docs/boot.log
	scripts/mkmemmap $(BUILD)/stage2.elf --log $(BUILD)/docs/boot.log \
	    >$(BUILD)/docs/memory-map.md
