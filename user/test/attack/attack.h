/*
 * Attacks on the kernel and on other processes. The program is the root task;
 * as a child of itself it is the attacker, or the bystander whom nothing may
 * happen to. After each attack the attacker is dead or got errors, the
 * bystander answers as before, and every frame is back.
 */
#ifndef USER_TEST_ATTACK_ATTACK_H
#define USER_TEST_ATTACK_ATTACK_H

#include "user/test/lib/test.h"

TESTS(instruction);
TESTS(memory);
TESTS(race);
TESTS(state);
TESTS(call);
TESTS(handle);
TESTS(device);
TESTS(bomb);
TESTS(storm);

#define KERNEL_HALF 0xFFFF800000000000ULL

uint64_t attack_random(void); /* from the seed that is printed */
void attack_seed(uint64_t value);

/* Anonymous memory somewhere, 0 if there is none. */
uint64_t attack_pages(uint64_t count);

/* --- attackers ------------------------------------------------------------ */

/* What a child does; true ends it with status 0. */
typedef bool attack_code(uint64_t word, handle_t handle);

/* Tags of its calls; PRINT_* as well. Answers have tag 0. */
enum { ASK = 16, STAGE, FORK, CLOSE_ME };

struct attacker {
    attack_code *code;
    uint64_t word;
    handle_t handle;  /* a copy goes with it, or 0 */
    uint64_t frames;  /* 0: a default */
    bool recover;     /* faults of attempt() go on */
    /* At a call with STAGE or FORK: the answer's first word. */
    uint64_t (*stage)(struct attacker *self, const struct sys_message *m);

    handle_t endpoint, bell;
    struct spawned spawned;
    uint64_t id, death[4];
    unsigned alive;   /* clones count */
    bool failed;      /* took too long, or ended as it should not */
};

bool attacker_start(struct attacker *self);
/* It has been told what to do: several may be, before the first is awaited. */
bool attacker_accept(struct attacker *self);
bool attacker_await(struct attacker *self); /* the end of all */
bool attacker_kill(struct attacker *self);

/* Start it, wait for its end, which must be status 0. */
bool attack(attack_code *code, uint64_t word, handle_t handle);
bool attack_recovering(attack_code *code, uint64_t word, handle_t handle);

/* ... which must be that exception. */
bool attack_dies(attack_code *code, uint64_t word, unsigned vector);

/* In a child: tell the root task a number, get one. */
uint64_t attack_tell(unsigned tag, uint64_t word);

/* The bystander answers, and all that it holds is as it was. */
bool bystander_is_well(void);

/* --- try.asm -------------------------------------------------------------- */

#define INSPECTION_SIZE 56
_Static_assert(sizeof(struct sys_inspection) == INSPECTION_SIZE, "asm");
_Static_assert(SYS_THREAD_CONTROL == 31 && SYS_THREAD_YIELD == 4, "asm");

/*
 * Call code(word) in an attacker that recovers: 0 when it came back, else its
 * exception. Code keeps R14 and R15.
 */
uint64_t attempt(void (*code)(void), uint64_t word);
extern uint64_t attempt_address; /* of a page fault */

#define ATTEMPT_VECTOR(result) ((unsigned)(result) & 0xFF)
#define ATTEMPT_ERROR(result)  ((unsigned)((result) >> 8) & 0xFFFF)
#define ATTEMPT_FAULT          (1ULL << 32)

void try_read(void);  /* a byte at word */
void try_write(void);
void try_execute(void);
void try_push(void);  /* with word as stack */
void try_return(void); /* RET to word */
void try_iret(void);
void try_watch(void); /* many reads: watch_mine, 0, else into watch_alien */
extern uint64_t watch_mine, watch_alien;
void try_in(void); /* from port word, one byte */
void try_in2(void);
void try_in4(void);
void try_out(void);

/* Instructions that user code must not get by with. */
struct instruction {
    const char *name;
    void (*code)(void);
    uint64_t expected; /* EXPECT_*: bits of vectors */
};
extern const struct instruction instructions[];
extern const uint64_t instruction_count;

#define EXPECT_NONE (1ULL << 63)
#define EXPECT_UMIP (1ULL << 62) /* #GP where the CPU has UMIP, else none */

/* INT n at try_int + 4 * n. */
extern const char try_int[];

/* Flags are set, then SYSCALL with (0, second, INSPECTION_SIZE). */
uint64_t call_with_flags(uint64_t number, uint64_t flags, uint64_t second);
void try_traced_call(void); /* SYSCALL under TF, by attempt() */
void try_shadowed_call(void); /* MOV SS just before, under TF */
void try_shadowed_int3(void);
void try_shadowed_icebp(void);

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};
/* SYSCALL with all registers but RSP as given; all as they came back. */
void call_with(const struct registers *in, struct registers *out);

/*
 * Load, make that call so many times, store. Its first two arguments are as
 * given, all words of a message 0.
 */
struct fpu_state {
    uint8_t vectors[16][32];
    uint8_t x87[8][16];
    uint32_t mxcsr, control, avx, unused[13];
};
void fpu_round(const struct fpu_state *in, struct fpu_state *out,
               uint64_t count, uint64_t number, uint64_t first,
               uint64_t second);

/* A thread begins here; calls fresh_state(&what_it_found). */
void fresh_entry(void);
struct fresh {
    struct registers registers;
    uint64_t flags;
    uint64_t segments[4]; /* DS ES FS GS */
};
void fresh_state(const struct fresh *found, const struct fpu_state *fpu);
extern uint32_t fresh_has_avx;

bool cpu_has_avx(void); /* and the kernel has switched it on */
bool cpu_has_umip(void);

#endif
