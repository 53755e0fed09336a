#include "user/init/init.h"

/* What a service may do with a thing of each kind, and nothing else. */
static const uint32_t rights[] = {
    [RESOURCE_PORTS] = SYS_RIGHT_USE | SYS_RIGHT_INSPECT,
    [RESOURCE_INTERRUPT] = SYS_RIGHT_USE | SYS_RIGHT_INSPECT,
    [RESOURCE_MEMORY] = SYS_RIGHT_READ | SYS_RIGHT_WRITE | SYS_RIGHT_INSPECT,
    [RESOURCE_DMA] = SYS_RIGHT_READ | SYS_RIGHT_WRITE | SYS_RIGHT_DMA |
                     SYS_RIGHT_INSPECT | SYS_RIGHT_DUPLICATE |
                     SYS_RIGHT_TRANSFER,
    [RESOURCE_VAULT] = SYS_RIGHT_READ | SYS_RIGHT_WRITE | SYS_RIGHT_INSPECT |
                       SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER,
    [RESOURCE_MODULE] = SYS_RIGHT_READ | SYS_RIGHT_EXECUTE |
                        SYS_RIGHT_INSPECT | SYS_RIGHT_DUPLICATE |
                        SYS_RIGHT_TRANSFER,
    [RESOURCE_SYSTEM] = SYS_RIGHT_USE | SYS_RIGHT_INSPECT,
    [RESOURCE_ENDPOINT] = SYS_RIGHT_RECEIVE | SYS_RIGHT_MINT |
                          SYS_RIGHT_INSPECT,
    [RESOURCE_SESSION] = SYS_RIGHT_SEND | SYS_RIGHT_INSPECT |
                         SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER,
};

static bool
outlives(enum resource_kind kind)
{
    return kind == RESOURCE_ENDPOINT || kind == RESOURCE_VAULT;
}

bool
give_prepare(struct service *service)
{
    const struct service_plan *plan = service->plan;

    for (uint32_t i = 0; i < plan->resource_count; i++) {
        const struct resource *resource = &plan->resources[i];
        int64_t result;

        if (!outlives(resource->kind))
            continue;
        if (resource->kind == RESOURCE_ENDPOINT)
            result = sys_endpoint_create(plan->level);
        else
            result = sys_memory_create(SYS_MEMORY_ANONYMOUS, resource->count,
                                       0, 0);
        if (result < 0) {
            print("init: %s cannot have '%s': error %ld.\n", plan->name,
                  resource->name, result);
            return false;
        }
        service->kept[i] = (handle_t)result;
    }
    return true;
}

/* A notification that a dead one bound, and somebody else still holds, would
 * be in the way of the next one's. */
void
give_renew(struct service *service)
{
    service->given = 0;
    for (uint32_t i = 0; i < service->plan->resource_count; i++)
        if (service->plan->resources[i].kind == RESOURCE_ENDPOINT)
            sys_endpoint_bind(service->kept[i], 0);
}

static int64_t
make_session(struct service *service, const struct resource *resource)
{
    const struct service *server;

    if (resource->count == MANIFEST_NOBODY)
        return init_session(service, INIT_FOR_CALLER, resource->first);
    server = &init.services[resource->count];
    for (uint32_t i = 0; i < server->plan->resource_count; i++) {
        const struct resource *served = &server->plan->resources[i];

        if (manifest_resource(server->plan, resource->name) == served)
            return sys_session_create(server->kept[i],
                                      SERVICE_SESSION | resource->first << 32 |
                                          init.sessions++);
    }
    return ERR_HANDLE;
}

/* A handle of our own, to be granted and closed. */
static int64_t
make(struct service *service, const struct resource *resource)
{
    switch (resource->kind) {
    case RESOURCE_PORTS:
        return sys_device_create(init.system, SYS_DEVICE_PORTS,
                                 (uint32_t)resource->first,
                                 (uint32_t)resource->count);
    case RESOURCE_INTERRUPT:
        return sys_device_create(init.system, SYS_DEVICE_ISA_INTERRUPT,
                                 (uint32_t)resource->first, 1);
    case RESOURCE_MEMORY:
        return sys_memory_create(SYS_MEMORY_DEVICE, resource->count,
                                 init.system, resource->first);
    case RESOURCE_DMA:
        return sys_memory_create(SYS_MEMORY_DMA, resource->count, init.system,
                                 0);
    case RESOURCE_MODULE:
        return sys_memory_create(SYS_MEMORY_MODULE, 0, init.system,
                                 resource->first);
    case RESOURCE_SYSTEM:
        return sys_duplicate(init.system,
                             rights[RESOURCE_SYSTEM] | SYS_RIGHT_TRANSFER);
    case RESOURCE_SESSION:
        return make_session(service, resource);
    default:
        return ERR_TYPE;
    }
}

/*
 * Once for each instance: what init makes here is charged to init, so a
 * service that asks again and again must not get more and more.
 */
int64_t
give(struct service *service, const char *name)
{
    const struct resource *resource = manifest_resource(service->plan, name);
    uint32_t number;
    int64_t own, result;

    if (resource == NULL)
        return ERR_RIGHTS;
    number = (uint32_t)(resource - service->plan->resources);
    if ((service->given & 1u << number) != 0)
        return ERR_EXISTS;
    own = outlives(resource->kind) ? service->kept[number]
                                   : make(service, resource);
    if (own < 0)
        return own;
    result = sys_grant(service->process, (handle_t)own,
                       rights[resource->kind]);
    if (!outlives(resource->kind))
        sys_close((handle_t)own);
    if (result >= 0)
        service->given |= 1u << number;
    return result;
}
