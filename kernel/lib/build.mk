# The freestanding base. Loader and kernel each compile it with their flags.
LIB_SOURCES := $(wildcard kernel/lib/*.c)
