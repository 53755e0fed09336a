#include "user/init/init.h"

#include "kernel/lib/mem.h"

#define MANIFEST_PATH "/etc/services"

/* Map boot module number n; its address and size. 0 or ERR_*. */
static int64_t
map_module(uint64_t number, handle_t *memory, const char **bytes,
           uint64_t *size)
{
    struct sys_inspection view;
    int64_t result = sys_memory_create(SYS_MEMORY_MODULE, 0, init.system,
                                       number);

    if (result < 0)
        return result;
    *memory = (handle_t)result;
    result = sys_inspect(*memory, &view);
    *size = view.id;
    if (result >= 0)
        result = sys_map(SYS_SELF, *memory, 0, *size, 0, SYS_MAP_READ);
    if (result < 0)
        sys_close(*memory);
    *bytes = (const char *)result;
    return result < 0 ? result : 0;
}

/* The first module behind our own is the archive. */
static bool
load_archive(void)
{
    struct sys_system_info info = { 0 };
    const char *bytes, *problem;
    uint64_t size, at;
    int64_t result;

    sys_system(init.system, SYS_SYSTEM_INFO, &info, sizeof info);
    if (info.modules < 2) {
        print("init: there is no boot archive: the boot entry names one "
              "module only.\n");
        return false;
    }
    result = map_module(1, &init.module, &bytes, &size);
    if (result < 0) {
        print("init: the boot archive cannot be mapped: error %ld.\n",
              result);
        return false;
    }
    problem = archive_open(&init.archive, bytes, size, &at);
    if (problem != NULL)
        print("init: the boot archive is damaged at byte %lu: %s.\n", at,
              problem);
    return problem == NULL;
}

static bool
load_manifest(void)
{
    struct manifest *manifest = &init.manifest;
    struct archive_member member;

    if (!archive_find(&init.archive, MANIFEST_PATH, &member)) {
        print("init: the boot archive has no " MANIFEST_PATH ".\n");
        return false;
    }
    if (manifest_parse(manifest, archive_data(&init.archive, &member),
                       member.size))
        return true;
    print("init: " MANIFEST_PATH ", line %u: %s%s%s.\n", manifest->error_line,
          manifest->error_name, manifest->error_name[0] != '\0' ? ": " : "",
          manifest->error_reason);
    return false;
}

bool
init_load(void)
{
    return load_archive() && load_manifest();
}
