/*
 * CPUs and interrupt controllers as ACPI describes them: the MADT, and the
 * HPET's table. Hostile input like all of ACPI: what is too short, double,
 * reserved or too much is left out and counted, never trusted.
 * Source: ACPI 6.5, section 5.2.12 (MADT); IA-PC HPET 1.0a, 3.2.4.
 */
#ifndef KERNEL_START_MADT_H
#define KERNEL_START_MADT_H

#include "kernel/interrupt.h"
#include "kernel/start/acpi_table.h"

#define MADT_MAX_CPUS       256u
#define MADT_MAX_IO_APICS   16u
#define MADT_MAX_NMIS       16u

/* How a line signals; ISA's own way is edge-triggered, active high. */
struct irq_mode {
    bool level, active_low;
};

struct madt_cpu {
    uint32_t apic_id, uid;
};

struct madt_io_apic {
    uint32_t gsi_base; /* number of its first line, counted over all */
    paddr_t paddr;
};

struct madt_override {
    bool present;
    uint32_t gsi;
    struct irq_mode mode;
};

/* A line that means NMI, at an I/O APIC. */
struct madt_nmi {
    uint32_t gsi;
    struct irq_mode mode;
};

#define MADT_ALL_CPUS UINT32_MAX

/* A pin that means NMI, LINT0 or LINT1 of one CPU or of all. */
struct madt_local_nmi {
    uint32_t uid;
    uint8_t pin;
    struct irq_mode mode;
};

struct madt {
    paddr_t local_apic;
    uint32_t cpu_count;   /* enabled ones */
    uint32_t spare_cpus;  /* that could be switched on later */
    uint32_t io_apic_count, nmi_count, local_nmi_count;
    uint32_t dropped;     /* entries that were not understood or not sane */
    struct madt_cpu cpus[MADT_MAX_CPUS];
    struct madt_io_apic io_apics[MADT_MAX_IO_APICS];
    struct madt_override overrides[ISA_IRQS];
    struct madt_nmi nmis[MADT_MAX_NMIS];
    struct madt_local_nmi local_nmis[MADT_MAX_NMIS];
};

/* ACPI_OK or why there is none; then the result is empty. */
int madt_find(const struct acpi_reader *reader, paddr_t rsdp,
              struct madt *madt);

/*
 * Which line of the I/O APICs an ISA interrupt arrives at, and how. False
 * where it has none: that line is another interrupt's, or an NMI.
 */
bool madt_isa_line(const struct madt *madt, unsigned irq, uint32_t *gsi,
                   struct irq_mode *mode);

/* The enabled CPU with that APIC id, or NULL. */
const struct madt_cpu *madt_cpu_of(const struct madt *madt, uint32_t apic_id);

/* The address of the first HPET's registers. */
int hpet_find(const struct acpi_reader *reader, paddr_t rsdp, paddr_t *paddr);

#endif
