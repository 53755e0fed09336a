# The FAT32 library. Loader, server and host tests compile it each for itself.
FAT32_SOURCES := $(wildcard fs/fat32/*.c)
