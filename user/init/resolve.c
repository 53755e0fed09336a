#include "user/init/manifest.h"

#include "kernel/lib/mem.h"

static bool
fail(struct manifest *manifest, const struct service_plan *service,
     const char *name, const char *reason)
{
    manifest->error_line = service->line;
    manifest->error_reason = reason;
    memcpy(manifest->error_name, name, strlen(name) + 1);
    return false;
}

/* The service that serves an endpoint, or MANIFEST_NOBODY. */
static uint32_t
server_of(const struct manifest *manifest, const char *endpoint)
{
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct resource *found =
            manifest_resource(&manifest->services[i], endpoint);

        if (found != NULL && found->kind == RESOURCE_ENDPOINT)
            return i;
    }
    return MANIFEST_NOBODY;
}

static bool
resolve_session(struct manifest *manifest, struct service_plan *service,
                struct resource *session)
{
    uint32_t server = server_of(manifest, session->name);

    session->count = server;
    if (strcmp(session->name, MANIFEST_INIT) == 0)
        return true;
    if (server == MANIFEST_NOBODY)
        return fail(manifest, service, session->name,
                    "it calls what nobody serves");
    if (manifest->services[server].level >= service->level)
        return fail(manifest, service, session->name,
                    "it calls what is not on a lower level");
    service->needs |= 1u << server;
    return true;
}

static bool
check_endpoint(struct manifest *manifest, const struct service_plan *service,
               const char *name)
{
    if (strcmp(name, MANIFEST_INIT) == 0 ||
        &manifest->services[server_of(manifest, name)] != service)
        return fail(manifest, service, name, "another one serves it already");
    return true;
}

static bool
resolve_after(struct manifest *manifest, struct service_plan *service,
              const char *name)
{
    for (uint32_t i = 0; i < manifest->count; i++)
        if (strcmp(manifest->services[i].name, name) == 0) {
            service->needs |= 1u << i;
            return true;
        }
    return fail(manifest, service, name, "there is no such service");
}

static bool
resolve_service(struct manifest *manifest, struct service_plan *service)
{
    for (uint32_t i = 0; i < service->resource_count; i++) {
        struct resource *resource = &service->resources[i];

        if (resource->kind == RESOURCE_SESSION &&
            !resolve_session(manifest, service, resource))
            return false;
        if (resource->kind == RESOURCE_ENDPOINT &&
            !check_endpoint(manifest, service, resource->name))
            return false;
    }
    for (uint32_t i = 0; i < service->after_count; i++)
        if (!resolve_after(manifest, service, service->after[i]))
            return false;
    return true;
}

/* Start, on paper, all that can be; who is left over waits for itself. */
static bool
check_order(struct manifest *manifest)
{
    uint32_t up = 0, before;

    do {
        before = up;
        for (uint32_t i = 0; i < manifest->count; i++)
            if ((manifest->services[i].needs & ~up) == 0)
                up |= 1u << i;
    } while (up != before);
    for (uint32_t i = 0; i < manifest->count; i++)
        if ((up & 1u << i) == 0)
            return fail(manifest, &manifest->services[i],
                        manifest->services[i].name,
                        "it waits for services that wait for it");
    return true;
}

bool
manifest_resolve(struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->count; i++)
        if (!resolve_service(manifest, &manifest->services[i]))
            return false;
    return check_order(manifest);
}
