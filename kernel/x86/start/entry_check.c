/*
 * The page tables that the loader left: what kernel/abi/boot.h promises of
 * them, checked before the kernel's own take over.
 */
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/image.h"
#include "kernel/x86/paging.h"

#define IDENTITY_END (1ULL << 32)

struct survey {
    const struct boot_info *info;
    const char *problem;
    uint64_t identity_bytes, image_bytes;
    uint64_t code_bytes; /* executable in the identity map */
};

static const char *
check_identity(struct survey *survey, const struct page_leaf *leaf)
{
    if (leaf->vaddr != leaf->paddr)
        return "identity map elsewhere";
    if (leaf->writable == leaf->executable)
        return "rights in the identity map";
    survey->identity_bytes += leaf->size;
    survey->code_bytes += leaf->executable ? leaf->size : 0;
    return NULL;
}

static const char *
check_image(struct survey *survey, const struct page_leaf *leaf)
{
    uint64_t offset = leaf->vaddr - (vaddr_t)image_start;

    if (offset >= image_offset(image_end))
        return "stray mapping";
    if (leaf->paddr != survey->info->kernel_paddr + offset)
        return "kernel mapped elsewhere";
    if (leaf->executable != (leaf->vaddr < (vaddr_t)rodata_start) ||
        leaf->writable != (leaf->vaddr >= (vaddr_t)data_start))
        return "rights of the kernel's segments";
    survey->image_bytes += leaf->size;
    return NULL;
}

static bool
look_at(void *context, const struct page_leaf *leaf)
{
    struct survey *survey = context;

    if (leaf->user)
        survey->problem = "mapping for ring 3";
    else if (leaf->vaddr < IDENTITY_END)
        survey->problem = check_identity(survey, leaf);
    else
        survey->problem = check_image(survey, leaf);
    return survey->problem == NULL;
}

const char *
arch_check_mappings(const struct boot_info *info)
{
    struct survey survey = { .info = info };

    if (!paging_walk(look_at, &survey))
        return survey.problem;
    if (survey.identity_bytes != IDENTITY_END)
        return "identity map incomplete";
    if (survey.code_bytes > PAGE_SIZE)
        return "code in the identity map";
    if (survey.image_bytes != info->kernel_size)
        return "kernel not mapped in whole";
    return NULL;
}
