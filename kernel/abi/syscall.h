/*
 * The system calls: numbers, errors, rights, and the shapes of what crosses
 * the line between user space and kernel. docs/spec/syscalls.md says what
 * each call does.
 *
 * A call is the instruction SYSCALL with its number in RAX and its arguments
 * in RDI, RSI, RDX, R10, R8, R9. RAX comes back with a result of 0 or above,
 * or one of ERR_*; RCX and R11 are lost (the instruction's own), the argument
 * registers come back zero unless they carry results, all others as they were.
 *
 * Messages travel in registers (SYS_CALL, SYS_RECEIVE, SYS_REPLY_RECEIVE,
 * SYS_REPLY):
 *
 *     RDI  going in: session, or endpoint | reply << 32
 *          received: the sender's process id
 *     RSI  tag
 *     RDX, R10, R8, R9, R12, R13   six words
 *     R14  two handles, the first in the lower half
 *     R15  call: address of struct sys_lease[leases of the tag]
 *          received: the leases' lengths, the first in the lower half
 *     RBX  received: the badge
 *     RAX  received: enum sys_received; a call's end: 0; or ERR_*
 */
#ifndef KERNEL_ABI_SYSCALL_H
#define KERNEL_ABI_SYSCALL_H

#include <stdint.h>

enum sys_call {
    SYS_NULL,
    /* messages */
    SYS_CALL,           /* session, tag, words, handles, leases */
    SYS_RECEIVE,        /* endpoint, flags */
    SYS_REPLY_RECEIVE,  /* endpoint | reply << 32, tag, words, handles */
    SYS_REPLY,          /* reply, tag, words, handles */
    SYS_REPLY_KEEP,     /* -> reply */
    SYS_LEASE_READ,     /* reply, index, offset, buffer, length -> length */
    SYS_LEASE_WRITE,    /* reply, index, offset, buffer, length -> length */
    SYS_ENDPOINT_CREATE, /* level -> endpoint */
    SYS_SESSION_CREATE, /* endpoint, badge -> session */
    SYS_ENDPOINT_BIND,  /* endpoint, notification (0: none) */
    /* notifications and time */
    SYS_NOTIFICATION_CREATE, /* -> notification */
    SYS_NOTIFY,         /* notification, bits */
    SYS_WAIT,           /* notification, mask, flags -> RDX bits */
    SYS_TIMER_SET,      /* notification, bits, deadline (0: none) */
    SYS_CLOCK,          /* -> nanoseconds since the start */
    /* handles */
    SYS_DUPLICATE,      /* handle, rights -> handle */
    SYS_CLOSE,          /* handle */
    SYS_GRANT,          /* process, handle, rights -> handle over there */
    SYS_INSPECT,        /* handle, buffer, size -> enum sys_object */
    /* memory */
    SYS_MEMORY_CREATE,  /* enum sys_memory, size, source, address -> memory */
    SYS_MEMORY_SUPPLY,  /* to, offset, length, from, offset */
    SYS_MEMORY_PHYSICAL, /* memory, offset -> physical address */
    SYS_MAP,            /* process | memory << 32, address, size, offset, */
                        /* SYS_MAP_* -> address */
    SYS_UNMAP,          /* process, address, size */
    SYS_PROTECT,        /* process, address, size, SYS_MAP_* */
    /* processes and threads */
    SYS_PROCESS_CREATE, /* frames, supervisor, level -> process */
    SYS_PROCESS_CLONE,  /* process, reply, frames -> process, RDX reply */
    SYS_PROCESS_SWAP,   /* process, source, entry, stack, argument */
    SYS_PROCESS_CONTROL, /* process, enum sys_process_control, value */
    SYS_THREAD_CREATE,  /* process, entry, stack, argument, priority */
                        /* -> thread */
    SYS_THREAD_CONTROL, /* thread, enum sys_thread_control, value, size */
    /* devices and the machine */
    SYS_DEVICE_CREATE,  /* system, enum sys_device, first, count -> handle */
    SYS_INTERRUPT_BIND, /* interrupt, notification, bits */
    SYS_INTERRUPT_DONE, /* interrupt */
    SYS_PORTS_ENABLE,   /* ports */
    SYS_SYSTEM,         /* system, enum sys_system, buffer, size */
    SYS_COUNT,
};

/* Results below zero. */
enum sys_error {
    ERR_HANDLE = -1,      /* no such handle, or no longer */
    ERR_TYPE = -2,        /* a handle of another type is wanted */
    ERR_RIGHTS = -3,      /* the handle lacks a right */
    ERR_ARGUMENT = -4,    /* a value makes no sense */
    ERR_ADDRESS = -5,     /* not (all) memory of the process, or rights */
    ERR_MEMORY = -6,      /* quota or memory is at its end */
    ERR_STATE = -7,       /* not now: the object is in another state */
    ERR_DEAD = -8,        /* the object at the other side is gone */
    ERR_DROPPED = -9,     /* the server died or dropped the call */
    ERR_INTERRUPTED = -10, /* SYS_THREAD_INTERRUPT */
    ERR_AGAIN = -11,      /* it would have to wait, and was not to */
    ERR_EXISTS = -12,     /* taken: address, interrupt or port */
    ERR_LEVEL = -13,      /* a call uphill only (debug kernels) */
    ERR_CALL = -14,       /* no such system call */
    ERR_LAST = -14,
};

/* Handle 0 is never valid; where a process or thread is wanted: oneself. */
#define SYS_SELF 0u

enum sys_object {
    SYS_OBJECT_NONE, SYS_OBJECT_PROCESS, SYS_OBJECT_THREAD,
    SYS_OBJECT_ENDPOINT, SYS_OBJECT_SESSION, SYS_OBJECT_REPLY,
    SYS_OBJECT_NOTIFICATION, SYS_OBJECT_MEMORY, SYS_OBJECT_INTERRUPT,
    SYS_OBJECT_PORTS, SYS_OBJECT_SYSTEM, SYS_OBJECT_COUNT,
};

/* What may be done by a handle. A copy has the same rights or fewer. */
#define SYS_RIGHT_DUPLICATE 0x0001u /* copies in the same process */
#define SYS_RIGHT_TRANSFER  0x0002u /* in messages, and SYS_GRANT */
#define SYS_RIGHT_INSPECT   0x0004u
#define SYS_RIGHT_SEND      0x0008u /* session */
#define SYS_RIGHT_RECEIVE   0x0010u /* endpoint */
#define SYS_RIGHT_MINT      0x0020u /* endpoint: make sessions */
#define SYS_RIGHT_NOTIFY    0x0040u /* notification */
#define SYS_RIGHT_WAIT      0x0080u /* notification */
#define SYS_RIGHT_READ      0x0100u /* memory */
#define SYS_RIGHT_WRITE     0x0200u /* memory */
#define SYS_RIGHT_EXECUTE   0x0400u /* memory */
#define SYS_RIGHT_DMA       0x0800u /* memory: learn physical addresses */
#define SYS_RIGHT_SUPPLY    0x1000u /* memory: give it pages */
#define SYS_RIGHT_MANAGE    0x2000u /* process, thread */
#define SYS_RIGHT_GRANT     0x4000u /* process: handles and mappings for it */
#define SYS_RIGHT_USE       0x8000u /* interrupt, ports, system */
#define SYS_RIGHTS_ALL      0xFFFFu

/* Tags: the lower half is the protocol's, the upper half the kernel's. */
#define SYS_TAG_HANDLES(n)   ((uint64_t)(n) << 32) /* 0 to 2 are sent */
#define SYS_TAG_LEASES(n)    ((uint64_t)(n) << 34) /* 0 to 2 are granted */
#define SYS_TAG_READ(lease)  (1ULL << (36 + 2 * (lease))) /* server may */
#define SYS_TAG_WRITE(lease) (2ULL << (36 + 2 * (lease))) /* server may */
#define SYS_TAG_MOVE(handle) (1ULL << (40 + (handle))) /* not a copy */
#define SYS_TAG_VALID        0x3FFFFFFFFFFULL

#define SYS_WORDS   6u
#define SYS_HANDLES 2u
#define SYS_LEASES  2u

struct sys_lease {
    uint64_t address;
    uint64_t length; /* below SYS_LEASE_MAX */
};

#define SYS_LEASE_MAX (1ULL << 31)

enum sys_received {
    SYS_GOT_CALL = 0,     /* a call: answer it */
    SYS_GOT_BITS = 1,     /* of the bound notification: first word */
    SYS_GOT_CLOSED = 2,   /* the last handle of a session: its badge */
    SYS_GOT_CANCEL = 3,   /* first word: a kept reply, please answer soon */
    SYS_GOT_FAULT = 4,    /* a thread's fault, answer it: struct below */
    SYS_GOT_DEATH = 5,    /* a process is gone: words are enum sys_death, */
                          /* status or vector, address, instruction */
    SYS_GOT_PAGE = 6,     /* a pager's memory lacks a page: words are */
                          /* offset, 1 for a write; the badge says which */
};

/* Words of SYS_GOT_FAULT. */
enum sys_fault_word {
    SYS_FAULT_VECTOR, /* of the exception */
    SYS_FAULT_ERROR,  /* its error code */
    SYS_FAULT_RIP,
    SYS_FAULT_ADDRESS, /* page faults: CR2 */
    SYS_FAULT_THREAD,  /* thread id */
    SYS_FAULT_RSP,
};

/* Tag of the answer to SYS_GOT_FAULT: anything else ends the process. */
#define SYS_FAULT_RESUME 1u

enum sys_death {
    SYS_DEATH_EXIT,   /* its own wish: status */
    SYS_DEATH_KILLED, /* another's wish: status */
    SYS_DEATH_FAULT,  /* vector, address, instruction */
};

/* Flags of SYS_RECEIVE and SYS_WAIT. */
#define SYS_NOWAIT 1u

/* Memory. Sizes and offsets are multiples of SYS_PAGE. */
#define SYS_PAGE       4096u
#define SYS_PAGE_LARGE 0x200000u

/* Addresses of user space: [SYS_USER_BASE, SYS_USER_END). */
#define SYS_USER_BASE 0x10000ULL
#define SYS_USER_END  0x00007FFFFFFFF000ULL

enum sys_memory {
    SYS_MEMORY_ANONYMOUS, /* zeros, made as they are touched */
    SYS_MEMORY_DMA,       /* zeros, physically contiguous, below 4 GiB: */
                          /* at most SYS_PAGE_LARGE */
    SYS_MEMORY_PAGED,     /* pages come from a pager: source is a session */
    SYS_MEMORY_DEVICE,    /* registers at a physical address: source is a */
                          /* system handle */
    SYS_MEMORY_MODULE,    /* boot module number ADDRESS: source is a system */
                          /* handle; size 0 means all of it */
};

#define SYS_MAP_READ     0x01u
#define SYS_MAP_WRITE    0x02u
#define SYS_MAP_EXECUTE  0x04u
#define SYS_MAP_FIXED    0x08u /* at that address or not at all */
#define SYS_MAP_PRIVATE  0x10u /* writes go to a copy of the page */
#define SYS_MAP_COMBINE  0x20u /* device memory: write-combining */

enum sys_process_control {
    SYS_PROCESS_KILL,  /* status; oneself: exit */
    SYS_PROCESS_LIMIT, /* frames that it may use from now on */
    SYS_PROCESS_KILL_TREE, /* status; with all whose accounts lie below; */
                           /* oneself: only those, not oneself */
    SYS_PROCESS_THREAD, /* a thread's handle, 0: none -> the next thread */
};

enum sys_thread_control {
    SYS_THREAD_START,  /* made, or stopped: run */
    SYS_THREAD_STOP,   /* until started again */
    SYS_THREAD_KILL,
    SYS_THREAD_INTERRUPT, /* end what it waits for: ERR_INTERRUPTED */
    SYS_THREAD_YIELD,  /* oneself: to others of the same priority */
    SYS_THREAD_READ,   /* address and size of struct sys_registers */
    SYS_THREAD_WRITE,  /* the same */
    SYS_THREAD_PRIORITY, /* 0 to SYS_PRIORITIES - 1, not above one's own */
    SYS_THREAD_AFFINITY, /* bit n: may run on CPU n */
    SYS_THREAD_TLS,    /* FS base */
};

#define SYS_PRIORITIES 32u

struct sys_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip, rflags, fs_base;
};

/* SYS_INSPECT: what the handle's type has; the rest is zero. */
struct sys_inspection {
    uint32_t type;    /* enum sys_object */
    uint32_t rights;
    uint64_t id;      /* process, thread: id; session: badge; memory: size; */
                      /* MSI: where the device writes it */
    uint64_t process; /* thread: its process; interrupt, ports: the first */
    uint32_t state;   /* thread: enum sys_thread_state; process: threads */
    uint32_t priority; /* thread; memory: enum sys_memory; ports: count; */
                       /* interrupt: enum sys_device */
    uint64_t used, limit; /* process: frames; notification: bits, -; */
                          /* MSI: what the device writes, - */
    uint64_t cpu;     /* thread: where it runs or ran last */
};

enum sys_thread_state {
    SYS_THREAD_STOPPED, SYS_THREAD_READY, SYS_THREAD_RUNNING,
    SYS_THREAD_SENDING,   /* in the queue of an endpoint */
    SYS_THREAD_CALLING,   /* received, not answered */
    SYS_THREAD_RECEIVING, SYS_THREAD_WAITING, SYS_THREAD_DEAD,
};

enum sys_device {
    SYS_DEVICE_ISA_INTERRUPT, /* first: 0 to 15, count 1 */
    SYS_DEVICE_PORTS,         /* first port, count */
    SYS_DEVICE_GSI,           /* first: line of an I/O APIC, count 1 */
    SYS_DEVICE_MSI,           /* first 0, count 1 */
};

enum sys_system {
    SYS_SYSTEM_PRINT,     /* text to the kernel's log and consoles */
    SYS_SYSTEM_POWER_OFF, /* size: 0 as a success, else a failure */
    SYS_SYSTEM_INFO,      /* struct sys_system_info */
    SYS_SYSTEM_COMMAND_LINE, /* text, with its NUL; -> length without */
    SYS_SYSTEM_REBOOT,    /* does not return */
};

struct sys_system_info {
    uint64_t frames_total, frames_free;
    uint64_t frames_tables; /* the allocator's own, neither free nor taken */
    uint64_t tsc_hz;
    uint32_t cpus;       /* that run */
    uint32_t modules;    /* boot modules */
    uint64_t heap_bytes; /* of kernel objects */
    uint64_t kernel_bytes; /* its image, and all frames but those that are */
                           /* free or hold pages of users */
    uint64_t longest_hold; /* time stamps that the kernel lock was held at */
                           /* most since the last question */
    uint64_t longest_off;  /* ... and interrupts were off in the kernel */
};

/*
 * What the root task starts with: its first handles, always these numbers.
 * RDI at its first instruction is SYS_ROOT_SYSTEM.
 */
enum sys_root_handle {
    SYS_ROOT_SYSTEM = 0x00010001, /* all of SYS_RIGHT_USE */
};

#endif
