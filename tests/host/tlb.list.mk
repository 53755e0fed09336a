# Translations and PCIDs; the test includes kernel/x86/tlb.c.
HOST_TESTS += test_tlb
test_tlb_SOURCES := tests/host/test_tlb.c kernel/x86/tag.c
