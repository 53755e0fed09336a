# The tools of user/bin as programs of the host, with sanitizers: what
# tests/tools compares with the host's own.

TOOL_HOST := $(BUILD)/tools
TOOL_HOST_FLAGS := $(TOOL_CFLAGS) -O1 -g -fno-omit-frame-pointer \
                   -fsanitize=address,undefined -fno-sanitize-recover=all
TOOL_HOST_LIB := $(TOOL_LIB:%.c=$(TOOL_HOST)/obj/%.o)

$(TOOL_HOST)/obj/%.o: %.c tests/tools/tools.mk user/bin/build.mk
	@mkdir -p $(@D)
	$(call SHOW,HOSTCC)$(HOST_CC) $(TOOL_HOST_FLAGS) -MMD -MP -c $< -o $@

$(TOOL_HOST)/lib.a: $(TOOL_HOST_LIB)
	@rm -f $@
	$(call SHOW,AR)ar rcs $@ $^

$(TOOL_HOST)/bin/%: $(TOOL_HOST)/obj/user/bin/%.o $(TOOL_HELP)/%.c \
    $(TOOL_HOST)/lib.a
	@mkdir -p $(@D)
	$(call SHOW,HOSTLD)$(HOST_CC) $(TOOL_HOST_FLAGS) $^ -lm -o $@

# The other name of test.
$(TOOL_HOST)/bin/[: $(TOOL_HOST)/bin/test
	@ln -sf test '$@'

.SECONDARY: $(TOOLS:%=$(TOOL_HOST)/obj/user/bin/%.o) $(TOOLS:%=$(TOOL_HELP)/%.c)
.PHONY: host-tools
host-tools: $(TOOLS:%=$(TOOL_HOST)/bin/%) $(TOOL_HOST)/bin/[ ## The tools, for this PC
