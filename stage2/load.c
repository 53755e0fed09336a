#include "stage2/load.h"

#include <stdbool.h>

#include "kernel/lib/crc32c.h"
#include "kernel/lib/mem.h"
#include "stage2/console.h"
#include "stage2/loader.h"
#include "stage2/manifest.h"
#include "stage2/volume.h"

#define CONFIG_PATH   "/boot/boot.cfg"
#define MANIFEST_PATH "/boot/manifest"
#define MANIFEST_MAX  (64u << 10)
#define HEAD_SIZE     4096 /* ELF header and program headers lie in it */
#define BAR_CELLS     20
#define PAGE_SIZE     4096

static struct {
    const char *text;
    uint32_t size;
} manifest;

static char config_text[CONFIG_MAX_BYTES + 1];

/* A file on its way: checksum, progress, and who takes the bytes. */
struct transfer {
    volume_piece_fn *use;
    void *context;
    uint64_t size;
    uint32_t crc32c;
    uint32_t cells; /* of the bar, printed so far */
};

static void
show_progress(struct transfer *transfer, uint64_t done)
{
    uint32_t cells = (uint32_t)(done * BAR_CELLS / transfer->size);

    if (cells == transfer->cells)
        return;
    for (; transfer->cells < cells; transfer->cells++)
        print("#");
    console_flush();
}

static void
take_piece(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct transfer *transfer = context;

    transfer->crc32c = crc32c(transfer->crc32c, data, size);
    transfer->use(transfer->context, offset, data, size);
    show_progress(transfer, offset + size);
}

static int
transfer_file(const char *path, const struct fat32_node *node,
              struct transfer *transfer)
{
    int error;

    transfer->size = node->size;
    print("Loading %s [", path);
    error = volume_read(node, take_piece, transfer);
    if (error == FAT32_OK)
        print("] %u KiB\n", node->size / 1024);
    else
        print("\n");
    return error;
}

/* What the manifest says of a file, and whether it says anything. */
struct promise {
    bool listed;
    struct manifest_record record;
};

/* Compare the size before a byte is read. */
static struct promise
look_up(const char *path, const struct fat32_node *node)
{
    struct promise promise;

    promise.listed = manifest_find(manifest.text, manifest.size, path,
                                   &promise.record);
    if (!promise.listed) {
        quirk(QUIRK_NOT_IN_MANIFEST);
        print("Warning: the manifest does not list %s\n", path);
    } else if (promise.record.size != node->size) {
        loader_fail(E_FILE_SIZE, path, (uint64_t)node->size,
                    promise.record.size);
    }
    return promise;
}

static void
verify(const struct promise *promise, const char *path, uint32_t checksum)
{
    if (promise->listed && promise->record.crc32c != checksum)
        loader_fail(E_CHECKSUM, path);
}

static void
copy_piece(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    memcpy((uint8_t *)context + offset, data, size);
}

/* A small text file, as it is. */
static void
read_text(const struct fat32_node *node, const char *path, char *to)
{
    int error = volume_read(node, copy_piece, to);

    if (error != FAT32_OK)
        volume_fail(error, path);
}

static void
load_manifest(void)
{
    struct fat32_node node;
    int error = volume_find(MANIFEST_PATH, &node);
    uint32_t bad_line;
    char *text;

    manifest.text = "";
    if (error == FAT32_E_NOT_FOUND)
        return; /* each file that is loaded brings its warning */
    if (error != FAT32_OK)
        volume_fail(error, MANIFEST_PATH);
    if (node.size > MANIFEST_MAX)
        loader_fail(E_FILE_LIMIT, MANIFEST_PATH, MANIFEST_MAX);
    text = loader_take_high(node.size + 1, MANIFEST_PATH);
    read_text(&node, MANIFEST_PATH, text);
    bad_line = manifest_check(text, node.size);
    if (bad_line != 0)
        loader_fail(E_MANIFEST_SYNTAX, bad_line);
    manifest.text = text;
    manifest.size = node.size;
}

void
load_config(struct config *config)
{
    struct fat32_node node;
    int error = volume_find(CONFIG_PATH, &node);

    if (error != FAT32_OK)
        volume_fail(error, CONFIG_PATH);
    if (node.size > CONFIG_MAX_BYTES)
        loader_fail(E_FILE_LIMIT, CONFIG_PATH, CONFIG_MAX_BYTES);
    read_text(&node, CONFIG_PATH, config_text);
    error = config_parse(config, config_text, node.size);
    if (error == E_CONFIG_SYNTAX)
        loader_fail(E_CONFIG_SYNTAX, config->error_line, config->error_reason);
    if (error != 0)
        loader_fail((enum boot_error)error);
    load_manifest();
}

static int
find_file(const char *path, struct fat32_node *node)
{
    int error = volume_find(path, node);

    if (error == FAT32_OK && (node->attributes & FAT32_ATTR_DIRECTORY))
        return FAT32_E_IS_DIR;
    return error;
}

/* The kernel's first bytes, kept until they are enough to be understood. */
struct kernel_sink {
    struct loaded_kernel *kernel;
    int error; /* told only once the checksum agrees: it may be the reason */
    uint32_t head_size;
    uint32_t head_wanted;
};

static uint8_t head[HEAD_SIZE];

static void
understand_head(struct kernel_sink *sink)
{
    struct loaded_kernel *kernel = sink->kernel;

    sink->error = elf64_parse(&kernel->image, head, sink->head_size,
                              kernel->file_size);
    if (sink->error != 0)
        return;
    kernel->memory = loader_try_take(kernel->image.memory_size,
                                     BOOT_MEM_KERNEL);
    if (kernel->memory == NULL) {
        sink->error = E_OUT_OF_MEMORY;
        kernel->image.reason = "the kernel";
        return;
    }
    elf64_clear(&kernel->image, kernel->memory);
    elf64_place(&kernel->image, kernel->memory, 0, head, sink->head_size);
}

static void
kernel_piece(void *context, uint64_t offset, const uint8_t *data, size_t size)
{
    struct kernel_sink *sink = context;
    size_t part = sink->head_wanted - sink->head_size;

    if (part > 0) {
        if (part > size)
            part = size;
        memcpy(head + sink->head_size, data, part);
        sink->head_size += (uint32_t)part;
        if (sink->head_size < sink->head_wanted)
            return;
        understand_head(sink);
    }
    if (size > part && sink->error == 0)
        elf64_place(&sink->kernel->image, sink->kernel->memory, offset + part,
                    data + part, size - part);
}

void
load_kernel(const char *path, struct loaded_kernel *kernel)
{
    struct kernel_sink sink = { .kernel = kernel };
    struct transfer transfer = { .use = kernel_piece, .context = &sink };
    struct promise promise;
    struct fat32_node node;
    int error = find_file(path, &node);

    if (error != FAT32_OK)
        volume_fail(error, path);
    promise = look_up(path, &node);
    if (node.size == 0)
        loader_fail(E_ELF_HEADER, "it is empty");
    sink.head_wanted = node.size < HEAD_SIZE ? node.size : HEAD_SIZE;
    kernel->file_size = node.size;
    error = transfer_file(path, &node, &transfer);
    if (error != FAT32_OK)
        volume_fail(error, path);
    verify(&promise, path, transfer.crc32c);
    if (sink.error != 0)
        loader_fail((enum boot_error)sink.error, kernel->image.reason);
    kernel->crc32c = transfer.crc32c;
    kernel->listed = promise.listed;
}

#define NO_MEMORY 1 /* beside the errors of FAT32, which are negative */

/* Returns FAT32_OK, or an error with the memory given back. */
static int
load_module(const char *path, struct boot_module *module)
{
    struct transfer transfer = { .use = copy_piece };
    struct promise promise;
    struct fat32_node node;
    uint64_t pages;
    uint8_t *memory;
    int error = find_file(path, &node);

    if (error != FAT32_OK)
        return error;
    promise = look_up(path, &node);
    /* An empty module has a page, too: its address is one of its own. */
    pages = ((uint64_t)node.size + PAGE_SIZE - (node.size != 0)) &
            ~(uint64_t)(PAGE_SIZE - 1);
    memory = loader_try_take(pages, BOOT_MEM_MODULE);
    if (memory == NULL)
        return NO_MEMORY;
    transfer.context = memory;
    error = transfer_file(path, &node, &transfer);
    if (error != FAT32_OK) {
        loader_release(memory, pages);
        return error;
    }
    memset(memory + node.size, 0, pages - node.size);
    module->paddr = (uintptr_t)memory;
    module->size = node.size;
    module->crc32c = transfer.crc32c;
    module->listed = promise.listed;
    verify(&promise, path, transfer.crc32c);
    memcpy(module->path, path, strlen(path) + 1);
    return FAT32_OK;
}

/* Why a module that has to be there is not. */
static _Noreturn void
module_fail(int error, const char *path)
{
    if (error == NO_MEMORY)
        loader_fail(E_OUT_OF_MEMORY, path);
    if (error == FAT32_E_IO || error == FAT32_E_CHAIN)
        volume_fail(error, path);
    loader_fail(E_MODULE, path);
}

uint32_t
load_modules(const struct config_entry *entry,
             struct boot_module modules[BOOT_MAX_MODULES])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < entry->module_count; i++) {
        const char *path = entry->modules[i].path;
        int error = load_module(path, &modules[count]);

        if (error == FAT32_OK) {
            count++;
            continue;
        }
        if (!entry->modules[i].optional)
            module_fail(error, path);
        quirk(QUIRK_MODULE_SKIPPED);
        print("Warning: module %s is left out\n", path);
    }
    return count;
}
