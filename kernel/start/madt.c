#include "kernel/start/madt.h"

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"

#define FIRST_ENTRY  44u
#define ENTRIES_MAX  4096u
#define ENTRY_BYTES  16u /* the longest of those that are read */
#define CPU_ENABLED  (1u << 0)
#define CPU_SPARE    (1u << 1)
#define UID_ALL_BYTE 0xFFu
#define ID_NONE_BYTE 0xFFu

#define HPET_BYTES   56u
#define HPET_ADDRESS 40u /* a generic address */
#define SYSTEM_MEMORY 0

enum entry_type {
    LOCAL_APIC = 0, IO_APIC = 1, OVERRIDE = 2, NMI_SOURCE = 3,
    LOCAL_NMI = 4, LOCAL_ADDRESS = 5, LOCAL_X2APIC = 9, LOCAL_X2NMI = 10,
};

/* Polarity in bits 0 and 1, trigger in 2 and 3: 0 the bus' own, 2 reserved. */
static bool
read_mode(uint16_t flags, struct irq_mode *mode)
{
    unsigned polarity = flags & 3, trigger = flags >> 2 & 3;

    mode->active_low = polarity == 3;
    mode->level = trigger == 3;
    return polarity != 2 && trigger != 2;
}

const struct madt_cpu *
madt_cpu_of(const struct madt *madt, uint32_t apic_id)
{
    for (uint32_t i = 0; i < madt->cpu_count; i++)
        if (madt->cpus[i].apic_id == apic_id)
            return &madt->cpus[i];
    return NULL;
}

/* A CPU that is absent is no mistake: firmware lists all that could be. */
static bool
add_cpu(struct madt *madt, uint32_t apic_id, uint32_t uid, uint32_t flags,
        uint32_t id_none)
{
    if ((flags & CPU_ENABLED) == 0) {
        madt->spare_cpus += (flags & CPU_SPARE) != 0;
        return true;
    }
    if (apic_id == id_none || madt->cpu_count == MADT_MAX_CPUS ||
        madt_cpu_of(madt, apic_id) != NULL)
        return false;
    madt->cpus[madt->cpu_count++] = (struct madt_cpu){ apic_id, uid };
    return true;
}

static bool
add_io_apic(struct madt *madt, const uint8_t *p)
{
    struct madt_io_apic new = { le32(p + 8), le32(p + 4) };

    if (new.paddr == 0 || madt->io_apic_count == MADT_MAX_IO_APICS)
        return false;
    for (uint32_t i = 0; i < madt->io_apic_count; i++)
        if (madt->io_apics[i].paddr == new.paddr ||
            madt->io_apics[i].gsi_base == new.gsi_base)
            return false;
    madt->io_apics[madt->io_apic_count++] = new;
    return true;
}

static bool
add_override(struct madt *madt, const uint8_t *p)
{
    struct madt_override new = { .present = true, .gsi = le32(p + 4) };
    uint8_t irq = p[3];

    if (p[2] != 0 || irq >= ISA_IRQS || madt->overrides[irq].present ||
        !read_mode(le16(p + 8), &new.mode))
        return false;
    for (unsigned i = 0; i < ISA_IRQS; i++)
        if (madt->overrides[i].present && madt->overrides[i].gsi == new.gsi)
            return false;
    madt->overrides[irq] = new;
    return true;
}

static bool
add_nmi(struct madt *madt, const uint8_t *p)
{
    struct madt_nmi new = { .gsi = le32(p + 4) };

    if (madt->nmi_count == MADT_MAX_NMIS || !read_mode(le16(p + 2), &new.mode))
        return false;
    madt->nmis[madt->nmi_count++] = new;
    return true;
}

static bool
add_local_nmi(struct madt *madt, uint32_t uid, uint16_t flags, uint8_t pin)
{
    struct madt_local_nmi new = { .uid = uid, .pin = pin };

    if (madt->local_nmi_count == MADT_MAX_NMIS || pin > 1 ||
        !read_mode(flags, &new.mode))
        return false;
    madt->local_nmis[madt->local_nmi_count++] = new;
    return true;
}

static bool
move_local_apic(struct madt *madt, const uint8_t *p)
{
    if (le64(p + 4) == 0)
        return false;
    madt->local_apic = le64(p + 4);
    return true;
}

/* p has ENTRY_BYTES bytes, of which length are the entry's. */
static bool
add_entry(struct madt *madt, const uint8_t *p, uint32_t length)
{
    static const uint8_t shortest[] = { 8, 12, 10, 8, 6, 12, 0, 0, 0, 16, 12 };

    if (p[0] >= sizeof shortest || shortest[p[0]] == 0)
        return true; /* of no interest here */
    if (length < shortest[p[0]])
        return false;
    switch (p[0]) {
    case LOCAL_APIC:
        return add_cpu(madt, p[3], p[2], le32(p + 4), ID_NONE_BYTE);
    case IO_APIC:
        return add_io_apic(madt, p);
    case OVERRIDE:
        return add_override(madt, p);
    case NMI_SOURCE:
        return add_nmi(madt, p);
    case LOCAL_NMI:
        return add_local_nmi(madt, p[2] == UID_ALL_BYTE ? MADT_ALL_CPUS : p[2],
                             le16(p + 3), p[5]);
    case LOCAL_ADDRESS:
        return move_local_apic(madt, p);
    case LOCAL_X2APIC:
        return add_cpu(madt, le32(p + 4), le32(p + 12), le32(p + 8),
                       UINT32_MAX);
    case LOCAL_X2NMI:
        return add_local_nmi(madt, le32(p + 4), le16(p + 2), p[8]);
    default:
        return false;
    }
}

/* An entry whose length cannot be believed ends the list. */
static void
read_entries(const struct acpi_reader *reader, const struct acpi_table *table,
             struct madt *madt)
{
    uint32_t at = FIRST_ENTRY;

    for (unsigned i = 0; i < ENTRIES_MAX && table->length - at >= 2; i++) {
        uint8_t entry[ENTRY_BYTES] = { 0 };
        uint32_t left = table->length - at, size;

        if (acpi_read_at(reader, table->paddr + at, entry,
                         left < sizeof entry ? left : sizeof entry) != 0)
            return;
        size = entry[1];
        if (size < 2 || size > left) {
            madt->dropped++;
            return;
        }
        madt->dropped += !add_entry(madt, entry, size);
        at += size;
    }
}

int
madt_find(const struct acpi_reader *reader, paddr_t rsdp, struct madt *madt)
{
    struct acpi_list list;
    struct acpi_table table;
    uint8_t address[4];
    int error = acpi_open_list(reader, rsdp, &list);

    memset(madt, 0, sizeof *madt);
    if (error != ACPI_OK)
        return error;
    if (!acpi_find_table(reader, &list, "APIC", &table) ||
        table.length < FIRST_ENTRY ||
        acpi_read_at(reader, table.paddr + ACPI_HEADER_SIZE, address,
                     sizeof address) != 0)
        return ACPI_NO_MADT;
    madt->local_apic = le32(address);
    read_entries(reader, &table, madt);
    return ACPI_OK;
}

bool
madt_isa_line(const struct madt *madt, unsigned irq, uint32_t *gsi,
              struct irq_mode *mode)
{
    const struct madt_override *own = &madt->overrides[irq];

    if (irq == ISA_CASCADE)
        return false;
    *gsi = own->present ? own->gsi : irq;
    *mode = own->mode;
    for (unsigned i = 0; i < ISA_IRQS && !own->present; i++)
        if (madt->overrides[i].present && madt->overrides[i].gsi == irq)
            return false;
    for (uint32_t i = 0; i < madt->nmi_count; i++)
        if (madt->nmis[i].gsi == *gsi)
            return false;
    return true;
}

int
hpet_find(const struct acpi_reader *reader, paddr_t rsdp, paddr_t *paddr)
{
    struct acpi_list list;
    struct acpi_table table;
    uint8_t bytes[HPET_BYTES];
    int error = acpi_open_list(reader, rsdp, &list);

    *paddr = 0;
    if (error != ACPI_OK)
        return error;
    if (!acpi_find_table(reader, &list, "HPET", &table) ||
        table.length < sizeof bytes ||
        acpi_read_at(reader, table.paddr, bytes, sizeof bytes) != 0 ||
        bytes[HPET_ADDRESS] != SYSTEM_MEMORY)
        return ACPI_NO_HPET;
    *paddr = le64(bytes + HPET_ADDRESS + 4);
    return *paddr != 0 ? ACPI_OK : ACPI_NO_HPET;
}
