/*
 * What the system calls take, so that attacks can try all of them in the same
 * way: docs/spec/syscalls.md as a table. One line is a call with arguments
 * that are good as far as they can be without harm; the attacks change one of
 * them at a time.
 */
#ifndef USER_TEST_ATTACK_CALL_H
#define USER_TEST_ATTACK_CALL_H

#include "user/test/attack/attack.h"

/* Registers of arguments. */
enum { DI, SI, DX, R10, R8, R9, R12, R13, R14, R15, REGISTERS };

/* Objects of the world that the table works on; the first are enum sys_object. */
enum { PAGED = SYS_OBJECT_COUNT, DMA_MEMORY, OTHER_PROCESS, THINGS };

enum parameter_kind {
    NO_PARAMETER,
    NUMBER,
    POINTER,  /* to memory that the call reads or writes */
    HANDLE,
    OPTIONAL, /* a handle, or 0 */
    ANY,      /* a handle of any type */
};

struct parameter {
    uint8_t reg, kind, shift;
    uint8_t thing;   /* handles: whose */
    uint16_t right;  /* that the handle needs, 0: none */
    uint64_t value;  /* numbers; of a handle: 1, it is 0 at first */
};

#define PARAMETERS 6

struct shape {
    const char *name;
    enum sys_call call;
    uint32_t errors; /* bit n: -n, beyond those of handles and ERR_MEMORY */
    struct parameter parameters[PARAMETERS];
};

extern const struct shape shapes[];
extern const unsigned shape_count;

#define ERROR_BIT(error) (1u << -(error))

struct world {
    handle_t things[THINGS];
    uint64_t buffer; /* BUFFER_SIZE bytes, then a page without rights */
    handle_t system;
};

#define BUFFER_SIZE 256u

/* In an attacker that was given the machine. */
bool world_make(struct world *world, handle_t system);

/* What a call may have ended or changed is as at first. */
bool world_mend(struct world *world);

void world_end(const struct world *world);

/* The call with good arguments. */
void shape_fill(const struct world *world, const struct shape *shape,
                struct registers *in);

/* Put a value into a parameter's place. */
void shape_put(struct registers *in, const struct parameter *parameter,
               uint64_t value);

/*
 * Do it, and look at all that came back: registers that must not change, no
 * address of the kernel, an error that the table has. The result in RAX.
 */
bool shape_call(const struct world *world, const struct shape *shape,
                const struct registers *in, int64_t *result);

/* Ends waits of the calling thread from now on. */
bool world_watch(void);

#endif
