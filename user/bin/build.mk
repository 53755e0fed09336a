# The tools: user/bin/NAME.c is one, user/bin/NAME.man its manual page, which
# --help comes from as well; user/bin/lib is what they share.

TOOLS := $(patsubst user/bin/%.c,%,$(wildcard user/bin/*.c))
TOOL_LIB := $(wildcard user/bin/lib/*.c)
TOOL_HELP := $(BUILD)/tools/help

# What they may use of the C library, and nothing besides.
TOOL_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(WARNINGS) -I.

$(TOOL_HELP)/%.c: user/bin/%.man scripts/genhelp
	@mkdir -p $(@D)
	$(call SHOW,HELP)scripts/genhelp $< $@
