/*
 * What a CPU can do, and its registers that stay as they are set here:
 * kernel/x86/cpu.h has the contracts.
 * Source: Intel SDM volume 1, 13.2 and 13.3 (XSAVE), 3A, 5.8.8 (SYSCALL).
 */
#include "kernel/arch.h"
#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "kernel/x86/context.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/gdt.h"
#include "kernel/x86/kpti.h"

#define XCR0_X87    0x01u
#define XCR0_SSE    0x02u
#define XCR0_AVX    0x04u
#define XCR0_AVX512 0xE0u /* all three parts or none */

#define FXSAVE_SIZE 512u

/* FMASK clears all that user code could have set but the fixed bit. */
#define FLAGS_ALL 0x3F7FD5ULL

static bool
bit(uint32_t word, unsigned number)
{
    return (word >> number & 1) != 0;
}

static void
read_brand(struct cpu_features *self)
{
    uint32_t out[4];
    char *brand = self->brand;
    size_t skip = 0;

    for (uint32_t leaf = 0; leaf < 3; leaf++) {
        cpuid(0x80000002 + leaf, 0, out);
        memcpy(brand + leaf * sizeof out, out, sizeof out);
    }
    brand[sizeof self->brand - 1] = '\0';
    while (brand[skip] == ' ')
        skip++;
    memmove(brand, brand + skip, sizeof self->brand - skip);
}

/*
 * QEMU 7.2 takes CR4.OSXSAVE for reserved where leaf 0Dh.1 has nothing in EAX,
 * as on its Opteron_G4 and G5, and never comes back from the write to CR4.
 * tests/guest boots it there.
 */
static void
detect_xsave(struct cpu_features *self, bool emulated)
{
    uint32_t out[4];

    cpuid(0xD, 1, out);
    self->xsave = out[0] != 0 || !emulated;
    self->xsaveopt = bit(out[0], 0);
}

/*
 * INVLPG leaves global pages in the TLB of Alder and Raptor Lake and of
 * Gracemont while PCIDs are on, unless microcode mends it; these are the
 * models of family 6 that Linux lists (arch/x86/mm/init.c).
 */
static bool
has_good_pcid(uint32_t signature)
{
    static const uint8_t bad[] = { 0x97, 0x9A, 0xB7, 0xBA, 0xBE, 0xBF };
    uint32_t model = (signature >> 12 & 0xF0) | (signature >> 4 & 0xF);

    for (size_t i = 0; i < sizeof bad && (signature >> 8 & 0xF) == 6; i++)
        if (bad[i] == model)
            return false;
    return true;
}

static void
detect(struct cpu_features *self)
{
    uint32_t out[4], last, last_extended;

    cpuid(0, 0, out);
    last = out[0];
    cpuid(1, 0, out);
    self->mce = bit(out[3], 7);
    self->apic = bit(out[3], 9);
    self->x2apic = bit(out[2], 21);
    self->tsc_deadline = bit(out[2], 24);
    if (bit(out[2], 26) && last >= 0xD)
        detect_xsave(self, bit(out[2], 31));
    self->pge = bit(out[3], 13);
    self->pcid = bit(out[2], 17) && self->pge && has_good_pcid(out[0]);
    kpti_detect(self);
    self->pat = bit(out[3], 16);
    if (last >= 7) {
        cpuid(7, 0, out);
        self->smep = bit(out[1], 7);
        self->smap = bit(out[1], 20);
        self->umip = bit(out[2], 2);
    }
    cpuid(0x80000000, 0, out);
    last_extended = out[0];
    cpuid(0x80000001, 0, out);
    self->huge_pages = bit(out[3], 26);
    self->physical_bits = 36;
    if (last_extended >= 0x80000004)
        read_brand(self);
    if (last_extended >= 0x80000007) {
        cpuid(0x80000007, 0, out);
        self->invariant_tsc = bit(out[3], 8);
    }
    if (last_extended >= 0x80000008) {
        cpuid(0x80000008, 0, out);
        self->physical_bits = out[0] & 0xFF;
    }
}

void
cpu_detect(void)
{
    detect(&cpu);
}

const char *
cpu_lacks(void)
{
    struct cpu_features self = { .physical_bits = 0 };

    detect(&self);
    return self.physical_bits < cpu.physical_bits   ? "address bits"
           : cpu.pat && !self.pat                   ? "PAT"
           : cpu.pge && !self.pge                   ? "PGE"
           : cpu.pcid && !self.pcid                 ? "PCID"
           : cpu.mce && !self.mce                   ? "MCE"
           : cpu.smep && !self.smep                 ? "SMEP"
           : cpu.smap && !self.smap                 ? "SMAP"
           : cpu.umip && !self.umip                 ? "UMIP"
           : cpu.xsave && !self.xsave               ? "XSAVE"
           : cpu.xsaveopt && !self.xsaveopt         ? "XSAVEOPT"
           : cpu.huge_pages && !self.huge_pages     ? "pages of 1 GiB"
           : cpu.tsc_deadline && !self.tsc_deadline ? "a TSC deadline"
           : cpu.invariant_tsc && !self.invariant_tsc ? "an invariant TSC"
           : !self.apic || (cpu.x2apic && !self.x2apic) ? "its APIC"
                                                    : NULL;
}

uint64_t
cpu_wanted_cr4(void)
{
    return CR4_PAE | (cpu.mce ? CR4_MCE : 0) | (cpu.pge ? CR4_PGE : 0) |
           (cpu.smep ? CR4_SMEP : 0) | (cpu.smap ? CR4_SMAP : 0) |
           (cpu.umip ? CR4_UMIP : 0) | (cpu.pcid ? CR4_PCIDE : 0) |
           CR4_OSFXSR | CR4_OSXMMEXCPT | (cpu.xsave ? CR4_OSXSAVE : 0);
}

static uint32_t
choose_components(void)
{
    uint32_t out[4], chosen = XCR0_X87 | XCR0_SSE;

    cpuid(0xD, 0, out);
    if ((out[0] & XCR0_AVX) == 0)
        return chosen;
    chosen |= XCR0_AVX;
    if ((out[0] & XCR0_AVX512) == XCR0_AVX512)
        chosen |= XCR0_AVX512;
    return chosen;
}

/* CR4 allows both kinds already: cpu_wanted_cr4(). */
static void
fpu_init(void)
{
    static uint32_t chosen; /* all CPUs have the same */
    uint32_t out[4];

    if (!cpu.xsave) {
        fpu_use(0, false, FXSAVE_SIZE);
        return;
    }
    if (chosen == 0)
        chosen = choose_components();
    __asm__ volatile("xsetbv" : : "a"(chosen), "d"(0), "c"(0));
    cpuid(0xD, 0, out); /* the size is that of what was just switched on */
    fpu_use(chosen, cpu.xsaveopt, (out[1] + 63) & ~63ULL);
}

/* SYSRET takes SS from 8, CS from 16 above the upper selector. */
static void
syscall_init(void)
{
    wrmsr(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 |
                        (uint64_t)GDT_CODE << 32);
    wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
    wrmsr(MSR_FMASK, FLAGS_ALL);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

void
cpu_init(void)
{
    uint64_t cr0 = read_cr0() & ~(CR0_EM | CR0_TS);

    wrmsr(MSR_EFER, EFER_LME | EFER_LMA | EFER_NXE);
    write_cr0(cr0 | CR0_WP | CR0_NE | CR0_MP | CR0_AM);
    write_cr4(cpu_wanted_cr4());
    wrmsr(MSR_FS_BASE, 0);
    fpu_init();
    syscall_init();
}

void
arch_describe_cpu(char *text, size_t size)
{
    format(text, size, "%s; nx" KPTI_NAME "%s%s%s%s%s%s",
           cpu.brand[0] ? cpu.brand : "x86-64",
           cpu.smep ? " smep" : "", cpu.smap ? " smap" : "",
           cpu.umip ? " umip" : "", cpu.pcid ? " pcid" : "",
           cpu.pge ? " pge" : "",
           cpu.huge_pages ? " 1g-pages" : "");
}

/* STI takes effect after HLT has begun: no interrupt slips in between. */
void
arch_idle(void)
{
    for (;;)
        __asm__ volatile("sti; hlt" : : : "memory");
}
