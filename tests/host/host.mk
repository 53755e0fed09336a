# Host tests and fuzzers: the code of loader and kernel, run on the host with
# the address and undefined-behavior sanitizers on.
#
# Each fragment tests/host/*.list.mk adds what it has:
#
#   HOST_TESTS += test_x
#   test_x_SOURCES := tests/host/test_x.c fs/fat32/mount.c ...
#   test_x_NEEDS   := files to make before it runs        (optional)
#   test_x_ENV     := NAME=value ... for its environment  (optional)
#
#   FUZZERS += fuzz_x
#   fuzz_x_SOURCES := tests/fuzz/fuzz_x.c ...
#   fuzz_x_RUNS    := inputs that "make fuzz" tries, worth about four seconds
#   fuzz_x_FLAGS   := more libFuzzer options, such as -max_len=N (optional)
#
# Tests include tests/host/unit.h, fuzzers tests/fuzz/fuzz.h. Seeds live in
# tests/fuzz/corpus/fuzz_x/, small and in the repository. kernel/lib/mem.c is
# never linked: the host's own memcpy is the one that the sanitizers watch.

HOST_CC ?= gcc
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 600

HOST_FLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARNINGS) \
              -fsanitize=address,undefined -fno-sanitize-recover=all \
              -I. -I$(GEN)
FUZZ_FLAGS := -std=gnu11 -O1 -g $(WARNINGS) -fno-sanitize-recover=all \
              -fsanitize=fuzzer,address,undefined -I. -I$(GEN)

HOST_TESTS :=
FUZZERS :=
include $(wildcard tests/host/*.list.mk)

host_objects = $(patsubst %.c,$(BUILD)/host/obj/%.o,$($(1)_SOURCES))
fuzz_objects = $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$($(1)_SOURCES))

$(BUILD)/host/obj/%.o: %.c tests/host/host.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call SHOW,HOSTCC)$(HOST_CC) $(HOST_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/fuzz/obj/%.o: %.c tests/host/host.mk | $(GENERATED)
	@mkdir -p $(@D)
	$(call SHOW,HOSTCC)$(FUZZ_CC) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

define host_test_rule
$(BUILD)/host/$(1): $(call host_objects,$(1))
	$$(call SHOW,HOSTLD)$(HOST_CC) $(HOST_FLAGS) $$^ -lcmocka -o $$@

endef

define fuzzer_rule
$(BUILD)/fuzz/$(1): $(call fuzz_objects,$(1))
	$$(call SHOW,HOSTLD)$(FUZZ_CC) $(FUZZ_FLAGS) $$^ -o $$@

endef

$(eval $(foreach t,$(HOST_TESTS),$(call host_test_rule,$(t))))
$(eval $(foreach f,$(FUZZERS),$(call fuzzer_rule,$(f))))

# All of them run, whatever the first ones say; the last line names those
# that failed. A test that hangs is ended after two minutes.
define run_host_test
	@$($(1)_ENV) timeout -k 5 120 $(BUILD)/host/$(1) \
	    || echo $(1) >> $(BUILD)/host/failed

endef

# Works on a copy of the corpus: libFuzzer adds to the folder it is given.
define run_fuzzer
	@echo "== $(1): $(3)"
	@mkdir -p $(BUILD)/fuzz/$(2)/$(1)
	@cp -R tests/fuzz/corpus/$(1)/. $(BUILD)/fuzz/$(2)/$(1)
	@timeout -k 5 $$(( $(FUZZ_SECONDS) + 300 )) $(BUILD)/fuzz/$(1) $(3) \
	    -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 $($(1)_FLAGS) \
	    -artifact_prefix=$(BUILD)/fuzz/$(1)- $(BUILD)/fuzz/$(2)/$(1) \
	    > $(BUILD)/fuzz/$(1).log 2>&1 \
	    || { tail -n 40 $(BUILD)/fuzz/$(1).log; exit 1; }
	@grep -E '^(Done|stat::number_of_executed)' $(BUILD)/fuzz/$(1).log

endef

.PHONY: host-tests fuzz fuzz-long

host-tests: $(HOST_TESTS:%=$(BUILD)/host/%) ## Unit tests on the host
host-tests: $(foreach t,$(HOST_TESTS),$($(t)_NEEDS))
host-tests:
	@rm -f $(BUILD)/host/failed
	$(foreach t,$(HOST_TESTS),$(call run_host_test,$(t)))
	@if test -s $(BUILD)/host/failed; then \
	    echo "host tests failed:" $$(cat $(BUILD)/host/failed); exit 1; \
	else echo "host tests passed: $(words $(HOST_TESTS)) programs"; fi

fuzz: $(FUZZERS:%=$(BUILD)/fuzz/%) ## Fuzz each parser for some seconds, seeded
	@rm -rf $(BUILD)/fuzz/short
	$(foreach f,$(FUZZERS),$(call run_fuzzer,$(f),short,-seed=1 \
	    -runs=$(or $($(f)_RUNS),20000)))

fuzz-long: $(FUZZERS:%=$(BUILD)/fuzz/%) ## Fuzz each parser for FUZZ_SECONDS
	$(foreach f,$(FUZZERS),$(call run_fuzzer,$(f),long,\
	    -max_total_time=$(FUZZ_SECONDS)))
