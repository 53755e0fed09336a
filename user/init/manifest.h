/*
 * The manifest, /etc/services of the boot archive: which services there are,
 * and what each of them may have. docs/spec/services.md describes the file.
 *
 * Code without system calls: host tests and a fuzzer run it.
 */
#ifndef USER_INIT_MANIFEST_H
#define USER_INIT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/proto/service.h"

#define MANIFEST_SERVICES  32u
#define MANIFEST_RESOURCES 16u  /* of one service */
#define MANIFEST_AFTER     8u
#define MANIFEST_TEXT_SIZE 128u /* program and argument, with NUL */

#define MANIFEST_LEVEL_MIN    2u /* init's own is below */
#define MANIFEST_LEVEL_MAX    255u
#define MANIFEST_PRIORITY_MAX 15u /* init's own is above */
#define MANIFEST_FRAMES_MIN   32u
#define MANIFEST_FRAMES_MAX   (1u << 28)
#define MANIFEST_PERCENT_MAX  90u

/* A session to init itself, by this name. */
#define MANIFEST_INIT      "init"
#define MANIFEST_NOBODY    UINT32_MAX

enum resource_kind {
    RESOURCE_PORTS,     /* first, count */
    RESOURCE_INTERRUPT, /* first: the line */
    RESOURCE_MEMORY,    /* of a device; first: address, count: bytes */
    RESOURCE_DMA,       /* count: bytes */
    RESOURCE_VAULT,     /* count: bytes; outlives the service */
    RESOURCE_MODULE,    /* first: number of a boot module */
    RESOURCE_SYSTEM,
    RESOURCE_ENDPOINT,  /* which outlives the service as well */
    RESOURCE_SESSION,   /* first: what the server shall know; count: the */
};                      /* server's number, MANIFEST_NOBODY for init */

struct resource {
    enum resource_kind kind;
    char name[SERVICE_NAME_MAX + 1];
    uint64_t first, count;
};

struct service_plan {
    char name[SERVICE_NAME_MAX + 1];
    char program[MANIFEST_TEXT_SIZE];
    char argument[MANIFEST_TEXT_SIZE];
    uint32_t level, priority;
    uint32_t frames, percent; /* percent of what is free at the start, or 0 */
    uint32_t deaths, seconds; /* given up after so many in so many */
    uint32_t heartbeat;       /* seconds, 0 for none */
    bool critical;            /* nothing goes on without it */
    bool autorun;             /* it sees to autorun= of the command line */
    uint32_t resource_count;
    struct resource resources[MANIFEST_RESOURCES];
    uint32_t after_count;
    char after[MANIFEST_AFTER][SERVICE_NAME_MAX + 1];
    uint32_t line;            /* where it begins */
    uint32_t needs;           /* bit n: service n has to be up before */
};

struct manifest {
    uint32_t count;
    struct service_plan services[MANIFEST_SERVICES];
    /* After an error: */
    uint32_t error_line;
    const char *error_reason;
    char error_name[SERVICE_NAME_MAX + 1]; /* what it is about, or "" */
};

_Static_assert(MANIFEST_SERVICES == 32, "a bit of needs for each");

/* false with error_*. The text needs no NUL and is not used later. */
bool manifest_parse(struct manifest *manifest, const char *text, size_t size);

/*
 * Its last step: who serves what is called, who has to be up before whom.
 * Calls go to lower levels only, so that no servers ever wait for each other
 * in a ring; nor may the order of starting be one.
 */
bool manifest_resolve(struct manifest *manifest);

/* What a service may have under that name, or NULL. */
const struct resource *manifest_resource(const struct service_plan *service,
                                         const char *name);

#endif
