/* Files into memory: boot.cfg and manifest, the kernel, modules. */
#ifndef STAGE2_LOAD_H
#define STAGE2_LOAD_H

#include <stdint.h>

#include "kernel/abi/boot.h"
#include "stage2/config.h"
#include "stage2/elf64.h"

/* Read /boot/boot.cfg, parse it, and read /boot/manifest. */
void load_config(struct config *config);

struct loaded_kernel {
    struct elf64_image image;
    uint8_t *memory; /* image.memory_size bytes, not relocated yet */
    uint64_t file_size;
    uint32_t crc32c;
    uint32_t listed;
};

void load_kernel(const char *path, struct loaded_kernel *kernel);

/* Fill modules; those that are optional and cannot be read are left out. */
uint32_t load_modules(const struct config_entry *entry,
                      struct boot_module modules[BOOT_MAX_MODULES]);

#endif
