/*
 * System calls from C: docs/spec/syscalls.md says what they do. Each stub has
 * the name of its call and is inlined; results below 0 are ERR_*.
 *
 * Stubs of messages take a struct sys_message and leave in it what came back.
 * A message that is a local variable of its caller, and not passed on by
 * address, lives in registers: then a stub is the SYSCALL and the words that
 * differ, nothing more.
 */
#ifndef USER_RT_SYS_H
#define USER_RT_SYS_H

#include <stdint.h>

#include "kernel/abi/syscall.h"

typedef uint32_t handle_t;

#define SYS_INLINE static inline __attribute__((always_inline))

/* RCX and R11 are the instruction's; memory may be read and written. */
#define SYS_CLOBBERS "rcx", "r11", "cc", "memory"

/* --- plain calls ---------------------------------------------------------- */

/* Whatever a register holds, for an argument that a call does not have. */
SYS_INLINE uint64_t
sys_any(void)
{
    uint64_t any;

    __asm__ volatile("" : "=r"(any));
    return any;
}

/* All argument registers come back changed, whether they were used or not;
 * *second is RDX. */
SYS_INLINE int64_t
sys_raw_pair(enum sys_call number, uint64_t a, uint64_t b, uint64_t c,
             uint64_t d, uint64_t e, uint64_t f, uint64_t *second)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    int64_t result = number;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10),
                       "+r"(r8), "+r"(r9)
                     : : SYS_CLOBBERS);
    *second = c;
    return result;
}

SYS_INLINE int64_t
sys_raw(enum sys_call number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
        uint64_t e, uint64_t f)
{
    uint64_t unused;

    return sys_raw_pair(number, a, b, c, d, e, f, &unused);
}

SYS_INLINE int64_t
sys_raw3(enum sys_call number, uint64_t a, uint64_t b, uint64_t c,
         uint64_t *second)
{
    return sys_raw_pair(number, a, b, c, sys_any(), sys_any(), sys_any(),
                        second);
}

SYS_INLINE int64_t
sys_raw2(enum sys_call number, uint64_t a, uint64_t b)
{
    uint64_t unused;

    return sys_raw3(number, a, b, sys_any(), &unused);
}

SYS_INLINE int64_t
sys_raw0(enum sys_call number)
{
    return sys_raw2(number, sys_any(), sys_any());
}

SYS_INLINE int64_t
sys_null(void)
{
    return sys_raw0(SYS_NULL);
}

/* --- messages ------------------------------------------------------------- */

struct sys_message {
    uint64_t tag;
    uint64_t words[SYS_WORDS];
    uint64_t handles; /* sys_handles(), sys_handle() */
    uint64_t lengths; /* received: of leases; sys_length() */
    uint64_t process; /* received: the sender's id */
    uint64_t badge;   /* received */
    const struct sys_lease *leases; /* call: as many as the tag says */
};

SYS_INLINE uint64_t
sys_handles(handle_t first, handle_t second)
{
    return first | (uint64_t)second << 32;
}

SYS_INLINE handle_t
sys_handle(const struct sys_message *m, unsigned number)
{
    return (handle_t)(m->handles >> (32 * number));
}

SYS_INLINE uint32_t
sys_length(const struct sys_message *m, unsigned number)
{
    return (uint32_t)(m->lengths >> (32 * number));
}

/* The registers of a message's words, r12 and r13 among them. */
#define SYS_LOAD_WORDS(m)                                  \
    register uint64_t w1 __asm__("r10") = (m)->words[1];   \
    register uint64_t w2 __asm__("r8") = (m)->words[2];    \
    register uint64_t w3 __asm__("r9") = (m)->words[3];    \
    register uint64_t w4 __asm__("r12") = (m)->words[4];   \
    register uint64_t w5 __asm__("r13") = (m)->words[5];   \
    register uint64_t handles __asm__("r14") = (m)->handles; \
    uint64_t tag = (m)->tag, w0 = (m)->words[0]

#define SYS_STORE_WORDS(m, from)                           \
    do {                                                   \
        (m)->tag = tag;                                    \
        (m)->process = (from);                             \
        (m)->words[0] = w0;                                \
        (m)->words[1] = w1;                                \
        (m)->words[2] = w2;                                \
        (m)->words[3] = w3;                                \
        (m)->words[4] = w4;                                \
        (m)->words[5] = w5;                                \
        (m)->handles = handles;                            \
    } while (0)

#define SYS_MESSAGE_REGISTERS                              \
    "+S"(tag), "+d"(w0), "+r"(w1), "+r"(w2), "+r"(w3), "+r"(w4), "+r"(w5), \
        "+r"(handles)

/* 0: the answer is in *m; badge and lengths stay as they were. After an error
 * nothing is in *m, not even what was sent. */
SYS_INLINE int64_t
sys_call(handle_t session, struct sys_message *m)
{
    SYS_LOAD_WORDS(m);
    register const struct sys_lease *leases __asm__("r15") = m->leases;
    uint64_t to = session;
    int64_t result = SYS_CALL;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(to), SYS_MESSAGE_REGISTERS
                     : "r"(leases) : SYS_CLOBBERS);
    SYS_STORE_WORDS(m, to);
    return result;
}

/* enum sys_received: the message is in *m. reply 0: the current call. */
SYS_INLINE int64_t
sys_reply_receive(handle_t endpoint, handle_t reply, struct sys_message *m)
{
    SYS_LOAD_WORDS(m);
    register uint64_t lengths __asm__("r15");
    uint64_t to = sys_handles(endpoint, reply), badge;
    int64_t result = SYS_REPLY_RECEIVE;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(to), SYS_MESSAGE_REGISTERS,
                       "=b"(badge), "=r"(lengths)
                     : : SYS_CLOBBERS);
    SYS_STORE_WORDS(m, to);
    m->badge = badge;
    m->lengths = lengths;
    return result;
}

SYS_INLINE int64_t
sys_receive(handle_t endpoint, unsigned flags, struct sys_message *m)
{
    register uint64_t w1 __asm__("r10");
    register uint64_t w2 __asm__("r8");
    register uint64_t w3 __asm__("r9");
    register uint64_t w4 __asm__("r12");
    register uint64_t w5 __asm__("r13");
    register uint64_t handles __asm__("r14");
    register uint64_t lengths __asm__("r15");
    uint64_t to = endpoint, tag = flags, w0, badge;
    int64_t result = SYS_RECEIVE;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(to), "+S"(tag), "=d"(w0), "=r"(w1),
                       "=r"(w2), "=r"(w3), "=r"(w4), "=r"(w5), "=r"(handles),
                       "=b"(badge), "=r"(lengths)
                     : : SYS_CLOBBERS);
    SYS_STORE_WORDS(m, to);
    m->badge = badge;
    m->lengths = lengths;
    return result;
}

/* *m stays as it is. */
SYS_INLINE int64_t
sys_reply(handle_t reply, const struct sys_message *m)
{
    SYS_LOAD_WORDS(m);
    uint64_t to = reply;
    int64_t result = SYS_REPLY;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(to), SYS_MESSAGE_REGISTERS
                     : : SYS_CLOBBERS);
    return result;
}

SYS_INLINE int64_t
sys_reply_keep(void)
{
    return sys_raw0(SYS_REPLY_KEEP);
}

SYS_INLINE int64_t
sys_lease_read(handle_t reply, unsigned index, uint64_t offset, void *buffer,
               uint64_t length)
{
    return sys_raw(SYS_LEASE_READ, reply, index, offset, (uint64_t)buffer,
                   length, 0);
}

SYS_INLINE int64_t
sys_lease_write(handle_t reply, unsigned index, uint64_t offset,
                const void *buffer, uint64_t length)
{
    return sys_raw(SYS_LEASE_WRITE, reply, index, offset, (uint64_t)buffer,
                   length, 0);
}

SYS_INLINE int64_t
sys_endpoint_create(unsigned level)
{
    return sys_raw2(SYS_ENDPOINT_CREATE, level, 0);
}

SYS_INLINE int64_t
sys_session_create(handle_t endpoint, uint64_t badge)
{
    return sys_raw2(SYS_SESSION_CREATE, endpoint, badge);
}

SYS_INLINE int64_t
sys_endpoint_bind(handle_t endpoint, handle_t notification)
{
    return sys_raw2(SYS_ENDPOINT_BIND, endpoint, notification);
}

/* --- notifications and time ----------------------------------------------- */

SYS_INLINE int64_t
sys_notification_create(void)
{
    return sys_raw0(SYS_NOTIFICATION_CREATE);
}

SYS_INLINE int64_t
sys_notify(handle_t notification, uint64_t bits)
{
    return sys_raw2(SYS_NOTIFY, notification, bits);
}

SYS_INLINE int64_t
sys_wait(handle_t notification, uint64_t mask, unsigned flags, uint64_t *bits)
{
    return sys_raw3(SYS_WAIT, notification, mask, flags, bits);
}

SYS_INLINE int64_t
sys_timer_set(handle_t notification, uint64_t bits, uint64_t deadline)
{
    uint64_t unused;

    return sys_raw3(SYS_TIMER_SET, notification, bits, deadline, &unused);
}

SYS_INLINE int64_t
sys_clock(void)
{
    return sys_raw0(SYS_CLOCK);
}

/* --- handles -------------------------------------------------------------- */

SYS_INLINE int64_t
sys_duplicate(handle_t handle, uint32_t rights)
{
    return sys_raw2(SYS_DUPLICATE, handle, rights);
}

SYS_INLINE int64_t
sys_close(handle_t handle)
{
    return sys_raw2(SYS_CLOSE, handle, 0);
}

SYS_INLINE int64_t
sys_grant(handle_t process, handle_t handle, uint32_t rights)
{
    uint64_t unused;

    return sys_raw3(SYS_GRANT, process, handle, rights, &unused);
}

SYS_INLINE int64_t
sys_inspect(handle_t handle, struct sys_inspection *inspection)
{
    uint64_t unused;

    return sys_raw3(SYS_INSPECT, handle, (uint64_t)inspection,
                    sizeof *inspection, &unused);
}

/* --- memory --------------------------------------------------------------- */

SYS_INLINE int64_t
sys_memory_create(enum sys_memory kind, uint64_t size, handle_t source,
                  uint64_t address)
{
    return sys_raw(SYS_MEMORY_CREATE, kind, size, source, address, 0, 0);
}

SYS_INLINE int64_t
sys_memory_supply(handle_t to, uint64_t to_offset, uint64_t length,
                  handle_t from, uint64_t from_offset)
{
    return sys_raw(SYS_MEMORY_SUPPLY, to, to_offset, length, from,
                   from_offset, 0);
}

SYS_INLINE int64_t
sys_memory_physical(handle_t memory, uint64_t offset)
{
    return sys_raw2(SYS_MEMORY_PHYSICAL, memory, offset);
}

SYS_INLINE int64_t
sys_map(handle_t process, handle_t memory, uint64_t address, uint64_t size,
        uint64_t offset, unsigned flags)
{
    return sys_raw(SYS_MAP, sys_handles(process, memory), address, size,
                   offset, flags, 0);
}

SYS_INLINE int64_t
sys_unmap(handle_t process, uint64_t address, uint64_t size)
{
    uint64_t unused;

    return sys_raw3(SYS_UNMAP, process, address, size, &unused);
}

SYS_INLINE int64_t
sys_protect(handle_t process, uint64_t address, uint64_t size,
            unsigned flags)
{
    return sys_raw(SYS_PROTECT, process, address, size, flags, 0, 0);
}

/* --- processes and threads ------------------------------------------------ */

SYS_INLINE int64_t
sys_process_create(uint64_t frames, handle_t supervisor, unsigned level)
{
    uint64_t unused;

    return sys_raw3(SYS_PROCESS_CREATE, frames, supervisor, level, &unused);
}

SYS_INLINE int64_t
sys_process_clone(handle_t process, handle_t reply, uint64_t frames,
                  handle_t *child_reply)
{
    uint64_t second;
    int64_t result = sys_raw3(SYS_PROCESS_CLONE, process, reply, frames,
                              &second);

    *child_reply = (handle_t)second;
    return result;
}

SYS_INLINE int64_t
sys_process_swap(handle_t process, handle_t source, uint64_t entry,
                 uint64_t stack, uint64_t argument)
{
    return sys_raw(SYS_PROCESS_SWAP, process, source, entry, stack, argument,
                   0);
}

SYS_INLINE int64_t
sys_process_control(handle_t process, enum sys_process_control what,
                    uint64_t value)
{
    uint64_t unused;

    return sys_raw3(SYS_PROCESS_CONTROL, process, what, value, &unused);
}

SYS_INLINE int64_t
sys_thread_create(handle_t process, uint64_t entry, uint64_t stack,
                  uint64_t argument, unsigned priority)
{
    return sys_raw(SYS_THREAD_CREATE, process, entry, stack, argument,
                   priority, 0);
}

SYS_INLINE int64_t
sys_thread_control(handle_t thread, enum sys_thread_control what,
                   uint64_t value, uint64_t size)
{
    return sys_raw(SYS_THREAD_CONTROL, thread, what, value, size, 0, 0);
}

/* The thread made after that one, 0: the oldest. */
SYS_INLINE int64_t
sys_process_thread(handle_t process, handle_t after)
{
    return sys_process_control(process, SYS_PROCESS_THREAD, after);
}

static inline _Noreturn void
sys_exit(uint64_t status)
{
    for (;;)
        sys_process_control(SYS_SELF, SYS_PROCESS_KILL, status);
}

/* --- devices and the machine ---------------------------------------------- */

SYS_INLINE int64_t
sys_device_create(handle_t system, enum sys_device kind, uint32_t first,
                  uint32_t count)
{
    return sys_raw(SYS_DEVICE_CREATE, system, kind, first, count, 0, 0);
}

SYS_INLINE int64_t
sys_interrupt_bind(handle_t interrupt, handle_t notification, uint64_t bits)
{
    uint64_t unused;

    return sys_raw3(SYS_INTERRUPT_BIND, interrupt, notification, bits,
                    &unused);
}

SYS_INLINE int64_t
sys_interrupt_done(handle_t interrupt)
{
    return sys_raw2(SYS_INTERRUPT_DONE, interrupt, 0);
}

SYS_INLINE int64_t
sys_ports_enable(handle_t ports)
{
    return sys_raw2(SYS_PORTS_ENABLE, ports, 0);
}

SYS_INLINE int64_t
sys_system(handle_t system, enum sys_system what, void *buffer, uint64_t size)
{
    return sys_raw(SYS_SYSTEM, system, what, (uint64_t)buffer, size, 0, 0);
}

#endif
