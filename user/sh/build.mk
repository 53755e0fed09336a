# The shell. $(BUILD)/sh/sh is it on the host, with the sanitizers on, for
# tests/sh. It may use C11, POSIX.1-2008, and nothing besides.

SH_OUT := $(BUILD)/sh
SH_SOURCES := $(wildcard user/sh/*.c)
SH_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(WARNINGS) -I.
SH_HOST_FLAGS := -O1 -g -fno-omit-frame-pointer \
                 -fsanitize=address,undefined -fno-sanitize-recover=all
SH_OBJECTS := $(SH_SOURCES:%.c=$(SH_OUT)/obj/%.o) $(SH_OUT)/help.o
SH_RULES := user/sh/build.mk scripts/toolchain.mk

# The usage and the options of the manual page, a string for each line.
define SH_HELP
/^[A-Z]/ { section = $$0; next }
section == "SYNOPSIS" && NF { line((used++ ? "       " : "Usage: ") \
    substr($$0, 5)) }
section == "OPTIONS" { if (NF) { line((gap ? "" : "\\n") substr($$0, 3)); \
    gap = 1 } }
function line(text) { gsub(/["\\]/, "\\\\&", text); \
    sub(/^\\\\n/, "\\n", text); print "    \"" text "\\n\"" }
BEGIN { print "#include \"user/sh/sh_help.h\"\n\nconst char sh_help[] =" }
END { print "    ;" }
endef
export SH_HELP

$(SH_OUT)/help.c: user/sh/sh.man $(SH_RULES)
	@mkdir -p $(@D)
	$(call SHOW,HELP)awk "$$SH_HELP" $< > $@

$(SH_OUT)/help.o: $(SH_OUT)/help.c $(SH_RULES)
	$(call SHOW,HOSTCC)$(HOST_CC) $(SH_CFLAGS) $(SH_HOST_FLAGS) -c -o $@ $<

$(SH_OUT)/obj/%.o: %.c $(SH_RULES)
	@mkdir -p $(@D)
	$(call SHOW,HOSTCC)$(HOST_CC) $(SH_CFLAGS) $(SH_HOST_FLAGS) -MMD -MP \
	    -c -o $@ $<

$(SH_OUT)/sh: $(SH_OBJECTS)
	$(call SHOW,HOSTLD)$(HOST_CC) $(SH_HOST_FLAGS) -o $@ $^

# Without the sanitizers it is as large, and as deep, as it will be.
$(SH_OUT)/sh-plain: $(SH_SOURCES) $(wildcard user/sh/*.h) $(SH_OUT)/help.c \
    $(SH_RULES)
	$(call SHOW,HOSTCC)$(HOST_CC) $(SH_CFLAGS) -O2 -o $@ $(filter %.c,$^)

.PHONY: host-sh
host-sh: $(SH_OUT)/sh $(SH_OUT)/sh-plain ## The shell, built for this machine
