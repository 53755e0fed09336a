/*
 * init: the root task and supervisor of all services.
 *
 * It has one thread and one endpoint, and never calls anybody: it hears of
 * deaths and faults, of its timer, and answers the calls of
 * user/proto/service.h. The endpoints of all services are init's, and each
 * instance of a service gets a copy to receive from, so calls to one that
 * died wait for the next.
 */
#ifndef USER_INIT_INIT_H
#define USER_INIT_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "user/init/log.h"
#include "user/init/manifest.h"
#include "user/init/policy.h"
#include "user/proto/service.h"
#include "user/rt/archive.h"
#include "user/rt/rt.h"

#define INIT_LEVEL 1u /* as the kernel has it */
#define COMMAND_LINE_SIZE 1024u

/* One service of the manifest, whether it runs or not. */
struct service {
    const struct service_plan *plan;
    enum service_status status;
    bool stopped;      /* by SERVICE_STOP: stays down */
    bool was_up;       /* so those that need it may start */
    bool wanted_down;  /* this instance: its death is our wish */
    bool again;        /* ... and the next one is wanted at once */
    handle_t process, thread; /* 0 without an instance */
    uint64_t process_id;
    uint64_t base;     /* address of its image */
    handle_t beat;     /* notification for signs of life, or 0 */
    bool asked;        /* for one, no answer yet */
    unsigned missed;   /* intervals without it */
    uint64_t deadline; /* when to start it, or to look after it; 0: never */
    uint64_t since;    /* status is what it is */
    uint32_t starts;
    uint32_t given;    /* bit n: this instance has resource n */
    handle_t kept[MANIFEST_RESOURCES]; /* what outlives an instance */
    uint64_t death[4];
    struct policy policy;
    struct log log;
};

struct init {
    handle_t system, endpoint, timer;
    handle_t module;   /* the archive's memory */
    struct archive archive;
    struct manifest manifest;
    struct service services[MANIFEST_SERVICES];
    uint32_t sessions; /* made so far */
    bool autorun;      /* power off when all has started */
    uint64_t frames_free; /* at the start */
    char command_line[COMMAND_LINE_SIZE];
};

extern struct init init;

/* All that it may hold. */
static inline uint64_t
init_frames(const struct service_plan *plan)
{
    return plan->percent != 0 ? init.frames_free / 100 * plan->percent
                              : plan->frames;
}

/*
 * Badges of sessions to init: the service in the lower byte, what the session
 * is for, and for INIT_FOR_CALLER the number behind "calls = init".
 */
enum init_purpose {
    INIT_FOR_DEATH,   /* the kernel's, as supervisor */
    INIT_FOR_SERVICE, /* its first handle */
    INIT_FOR_CALLER,
};

int64_t init_session(const struct service *service, enum init_purpose purpose,
                     uint64_t number);
struct service *init_service_of(uint64_t badge);
enum init_purpose init_purpose_of(uint64_t badge);
uint64_t init_number_of(uint64_t badge);

static inline uint32_t
init_index(const struct service *service)
{
    return (uint32_t)(service - init.services);
}

/* --- load.c: what comes with the boot ------------------------------------- */

/* Find archive and manifest; false after saying what is wrong. */
bool init_load(void);

/* --- supervise.c: starting, dying, starting again ------------------------- */

/* Start what can be started, see to deadlines, set the timer. */
void supervise(void);
void supervise_ready(struct service *service, handle_t beat);
void supervise_alive(struct service *service);
void supervise_fault(struct service *service, const struct sys_message *m);
void supervise_death(struct service *service, const struct sys_message *m);
/* 0 or ERR_*. */
int64_t supervise_control(struct service *service, enum service_control what);
/* Nothing is about to change by itself; are all up that were to be? */
bool supervise_settled(bool *good);

/* --- give.c: what a service may have -------------------------------------- */

/* All that outlives an instance; false after saying what is missing. */
bool give_prepare(struct service *service);
/* Before the next instance. */
void give_renew(struct service *service);
/* A handle of that process's own, or ERR_*. */
int64_t give(struct service *service, const char *name);

/* --- serve.c: user/proto/service.h ---------------------------------------- */

/* Serve a call; *m becomes the answer. */
void serve(struct sys_message *m);

#endif
