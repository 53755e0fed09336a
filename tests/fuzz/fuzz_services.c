/*
 * user/init/manifest: any text. What was accepted keeps what the header
 * says; what was not is told in words, with a line that is there.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "user/init/manifest.h"

static struct manifest manifest;

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
check_name(const char *name)
{
    check(name[0] != '\0' && memchr(name, '\0', SERVICE_NAME_MAX + 1));
}

static void
check_resource(const struct service_plan *service, const struct resource *r)
{
    check_name(r->name);
    check(manifest_resource(service, r->name) == r);
    if (r->kind == RESOURCE_PORTS)
        check(r->count > 0 && r->first + r->count <= 0x10000);
    if (r->kind == RESOURCE_MEMORY || r->kind == RESOURCE_DMA ||
        r->kind == RESOURCE_VAULT)
        check(r->count > 0 && r->count % 4096 == 0 && r->first % 4096 == 0);
    if (r->kind == RESOURCE_SESSION && r->count != MANIFEST_NOBODY) {
        check(r->count < manifest.count);
        check(manifest.services[r->count].level < service->level);
        check(service->needs & 1u << r->count);
    }
}

static void
check_service(const struct service_plan *service)
{
    check_name(service->name);
    check(service->program[0] == '/');
    check(memchr(service->program, '\0', MANIFEST_TEXT_SIZE) != NULL);
    check(memchr(service->argument, '\0', MANIFEST_TEXT_SIZE) != NULL);
    check(service->level >= MANIFEST_LEVEL_MIN);
    check(service->priority >= 1);
    check(service->priority <= MANIFEST_PRIORITY_MAX);
    check(service->frames >= MANIFEST_FRAMES_MIN);
    check(service->seconds > 0);
    check(service->resource_count <= MANIFEST_RESOURCES);
    check(service->after_count <= MANIFEST_AFTER);
    for (uint32_t i = 0; i < service->resource_count; i++)
        check_resource(service, &service->resources[i]);
    for (uint32_t i = 0; i < service->after_count; i++)
        check_name(service->after[i]);
}

/* All can be up one day. */
static void
check_order(void)
{
    uint32_t up = 0;

    for (uint32_t round = 0; round < manifest.count; round++)
        for (uint32_t i = 0; i < manifest.count; i++)
            if ((manifest.services[i].needs & ~up) == 0)
                up |= 1u << i;
    check(up == (uint32_t)((1ULL << manifest.count) - 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1);
    uint32_t lines = 1;

    memcpy(text, data, size);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (manifest_parse(&manifest, text, size)) {
        check(manifest.count > 0 && manifest.count <= MANIFEST_SERVICES);
        for (uint32_t i = 0; i < manifest.count; i++)
            check_service(&manifest.services[i]);
        check_order();
    } else {
        check(manifest.error_line <= lines);
        check(manifest.error_reason != NULL);
        check(memchr(manifest.error_name, '\0', SERVICE_NAME_MAX + 1) != NULL);
    }
    free(text);
    return 0;
}
