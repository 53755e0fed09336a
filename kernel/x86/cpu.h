/*
 * The instructions that C has no word for, and what the CPU can do.
 * Source: Intel SDM volumes 2 (instructions, CPUID), 3A chapter 2 (control
 * registers), 4 (MSRs).
 */
#ifndef KERNEL_X86_CPU_H
#define KERNEL_X86_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_MP (1ULL << 1)
#define CR0_EM (1ULL << 2)
#define CR0_TS (1ULL << 3)
#define CR0_NE (1ULL << 5)
#define CR0_WP (1ULL << 16)
#define CR0_AM (1ULL << 18)

#define CR4_PAE        (1ULL << 5)
#define CR4_MCE        (1ULL << 6)
#define CR4_PGE        (1ULL << 7)
#define CR4_OSFXSR     (1ULL << 9)
#define CR4_OSXMMEXCPT (1ULL << 10)
#define CR4_UMIP       (1ULL << 11)
#define CR4_PCIDE      (1ULL << 17)
#define CR4_OSXSAVE    (1ULL << 18)
#define CR4_SMEP       (1ULL << 20)
#define CR4_SMAP       (1ULL << 21)

#define MSR_EFER 0xC0000080u
#define EFER_SCE (1ULL << 0)
#define EFER_LME (1ULL << 8)
#define EFER_LMA (1ULL << 10)
#define EFER_NXE (1ULL << 11)

#define MSR_STAR  0xC0000081u
#define MSR_LSTAR 0xC0000082u
#define MSR_FMASK 0xC0000084u

#define MSR_APIC_BASE 0x1Bu
#define APIC_BASE_BOOT (1ULL << 8)
#define APIC_BASE_X2  (1ULL << 10)
#define APIC_BASE_ON  (1ULL << 11)

#define MSR_TSC_DEADLINE 0x6E0u

#define MSR_PAT     0x277u
#define MSR_FS_BASE 0xC0000100u
#define MSR_GS_BASE 0xC0000101u
#define MSR_KERNEL_GS_BASE 0xC0000102u

#define FLAGS_FIXED (1ULL << 1)
#define FLAGS_TF    (1ULL << 8)
#define FLAGS_IF    (1ULL << 9)
#define FLAGS_DF    (1ULL << 10)
#define FLAGS_NT    (1ULL << 14)
#define FLAGS_AC    (1ULL << 18)
/* What user code may set: CF PF AF ZF SF DF OF AC ID. */
#define FLAGS_USER  0x240CD5ULL

#define DR6_NONE 0xFFFF0FF0ULL

struct cpu_features {
    char brand[49];
    unsigned physical_bits;
    bool mce, pge, pat, smep, smap, umip, huge_pages; /* of 1 GiB */
    bool pcid;
    bool apic, x2apic;   /* apic: switched on by the firmware */
    bool tsc_deadline;   /* the APIC's timer can wait for a TSC value */
    bool xsave, xsaveopt;
    bool invariant_tsc;  /* counts at one rate, asleep or not */
};

extern struct cpu_features cpu;

/* Ask CPUID; fills cpu. */
void cpu_detect(void);

/* NULL, or what this CPU lacks of what the one that booted has, in words. */
const char *cpu_lacks(void);

/* On each CPU: switch on what protects the kernel and can be had. */
void cpu_init(void);

/* The CR4 that cpu_init() sets for these features. */
uint64_t cpu_wanted_cr4(void);

static inline void
outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void
outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t
inw(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint64_t
rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t
rdmsr(uint32_t number)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static inline void
wrmsr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(number), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline void
write_dr6(uint64_t value)
{
    __asm__ volatile("movq %0, %%dr6" : : "r"(value));
}

static inline void
cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(subleaf));
}

static inline void
invlpg(const void *address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline uint64_t
read_flags(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}

#define CONTROL_REGISTER(n)                                             \
    static inline uint64_t read_cr##n(void)                             \
    {                                                                   \
        uint64_t value;                                                 \
                                                                        \
        __asm__ volatile("movq %%cr" #n ", %0" : "=r"(value));          \
        return value;                                                   \
    }                                                                   \
    static inline void write_cr##n(uint64_t value)                      \
    {                                                                   \
        __asm__ volatile("movq %0, %%cr" #n : : "r"(value) : "memory"); \
    }

CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)

#endif
