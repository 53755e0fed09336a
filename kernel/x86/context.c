#include "kernel/x86/context.h"

#include "kernel/arch.h"
#include "kernel/entry.h"
#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/vm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/switch.h"

void
arch_thread_result(struct thread *thread, int64_t result)
{
    struct trap_frame *frame = frame_of(thread);

    frame->rax = (uint64_t)result;
    frame->rdi = frame->rsi = frame->rdx = 0;
    frame->r10 = frame->r8 = frame->r9 = 0;
}

void
arch_thread_result2(struct thread *thread, uint64_t value)
{
    frame_of(thread)->rdx = value;
}

/* RAX still has the number; SYSCALL is two bytes long. */
void
arch_thread_restart(struct thread *thread)
{
    frame_of(thread)->rip -= 2;
}

uint64_t
arch_thread_argument(const struct thread *thread, unsigned number)
{
    return thread->frame[thread_argument_at[number]];
}

void
arch_thread_set_argument(struct thread *thread, unsigned number,
                         uint64_t value)
{
    thread->frame[thread_argument_at[number]] = value;
}

void
arch_thread_message(const struct thread *thread, struct message *message)
{
    const struct trap_frame *frame = (const void *)thread->frame;

    message->tag = frame->rsi;
    message->words[0] = frame->rdx;
    message->words[1] = frame->r10;
    message->words[2] = frame->r8;
    message->words[3] = frame->r9;
    message->words[4] = frame->r12;
    message->words[5] = frame->r13;
}

uint64_t
arch_thread_handles(const struct thread *thread)
{
    return ((const struct trap_frame *)thread->frame)->r14;
}

uint64_t
arch_thread_leases(const struct thread *thread)
{
    return ((const struct trap_frame *)thread->frame)->r15;
}

void
arch_thread_deliver(struct thread *thread, const struct delivery *delivery,
                    const struct message *message)
{
    struct trap_frame *frame = frame_of(thread);

    frame->rax = (uint64_t)delivery->result;
    frame->rdi = delivery->process;
    frame->rsi = message->tag;
    frame->rdx = message->words[0];
    frame->r10 = message->words[1];
    frame->r8 = message->words[2];
    frame->r9 = message->words[3];
    frame->r12 = message->words[4];
    frame->r13 = message->words[5];
    frame->r14 = delivery->handles;
    if (delivery->is_reply)
        return;
    frame->rbx = delivery->badge;
    frame->r15 = delivery->leases;
}

static bool
is_loaded(const struct thread *thread)
{
    return arch_cpu()->current == thread;
}

/* The first instruction of an entry beyond user space faults there. */
void
arch_thread_init(struct thread *thread, uint64_t entry, uint64_t stack,
                 uint64_t argument)
{
    struct trap_frame *frame = frame_of(thread);

    memset(frame, 0, sizeof *frame);
    frame->vector = FRAME_WRITTEN;
    frame->rip = entry < SYS_USER_END ? entry : SYS_USER_END;
    frame->cs = USER_CS;
    frame->rflags = FLAGS_FIXED | FLAGS_IF;
    frame->rsp = stack;
    frame->ss = USER_SS;
    frame->rdi = argument;
    thread->fs_base = 0;
    fpu_clear(thread_fpu(thread));
    if (is_loaded(thread))
        fpu_load(thread_fpu(thread));
}

void
arch_thread_copy(struct thread *to, const struct thread *from)
{
    if (is_loaded(from))
        fpu_save(thread_fpu(from));
    memcpy(to->frame, from->frame, sizeof to->frame);
    memcpy(thread_fpu(to), thread_fpu(from), arch_thread_fpu_size());
    to->fs_base = from->fs_base;
}

void
arch_thread_set_tls(struct thread *thread, uint64_t base)
{
    struct x86_cpu *self = percpu();

    ASSERT(base < SYS_USER_END);
    thread->fs_base = base;
    if (thread == self->local.current)
        switch_fs(self, base);
}

void
arch_thread_get(const struct thread *thread, struct sys_registers *registers)
{
    const struct trap_frame *f = (const void *)thread->frame;
    bool in_call = f->vector == FRAME_SYSCALL;

    *registers = (struct sys_registers){
        .rax = f->rax, .rbx = f->rbx, .rcx = in_call ? f->rip : f->rcx,
        .rdx = f->rdx, .rsi = f->rsi, .rdi = f->rdi, .rbp = f->rbp,
        .rsp = f->rsp, .r8 = f->r8, .r9 = f->r9, .r10 = f->r10,
        .r11 = in_call ? f->rflags : f->r11, .r12 = f->r12, .r13 = f->r13,
        .r14 = f->r14, .r15 = f->r15, .rip = f->rip, .rflags = f->rflags,
        .fs_base = thread->fs_base,
    };
}

int
arch_thread_set(struct thread *thread, const struct sys_registers *r)
{
    if (r->rip < SYS_USER_BASE || r->rip >= SYS_USER_END ||
        r->rsp > SYS_USER_END || r->fs_base >= SYS_USER_END)
        return ERR_ARGUMENT;
    *frame_of(thread) = (struct trap_frame){
        .rax = r->rax, .rbx = r->rbx, .rcx = r->rcx, .rdx = r->rdx,
        .rsi = r->rsi, .rdi = r->rdi, .rbp = r->rbp, .r8 = r->r8,
        .r9 = r->r9, .r10 = r->r10, .r11 = r->r11, .r12 = r->r12,
        .r13 = r->r13, .r14 = r->r14, .r15 = r->r15,
        .vector = FRAME_WRITTEN, .rip = r->rip, .cs = USER_CS,
        .rflags = (r->rflags & FLAGS_USER) | FLAGS_FIXED | FLAGS_IF,
        .rsp = r->rsp, .ss = USER_SS,
    };
    thread->fs_base = r->fs_base;
    return 0;
}

/* --- the switch ---------------------------------------------------------- */

/*
 * I/O bitmaps are few and large: one is copied when an I/O instruction has
 * faulted for want of it, and is kept until another process needs one here.
 * A newer version of any makes all copies old.
 */
static uint64_t ports_version = 1;

static bool
has_copy(const struct x86_cpu *self, const struct process *process)
{
    return process->ports != NULL && self->ports_process == process->id &&
           self->ports_version == ports_version;
}

static void
allow_ports(struct x86_cpu *self, bool allow)
{
    self->ports_open = allow;
    put_le16(self->tss + TSS_IO_BASE, allow ? TSS_SIZE : TSS_NO_PORTS);
}

void
switch_ports(struct x86_cpu *self, const struct process *process)
{
    allow_ports(self, has_copy(self, process));
}

bool
context_load_ports(struct x86_cpu *self)
{
    const struct process *process = self->local.current->process;

    if (process->ports == NULL || has_copy(self, process))
        return false;
    memcpy(self->ports, process->ports, sizeof self->ports - 1);
    self->ports_process = process->id;
    self->ports_version = ports_version;
    allow_ports(self, true);
    return true;
}

void
arch_load_ports(struct cpu_local *local, const uint8_t *bitmap)
{
    struct x86_cpu *self = CONTAINER(local, struct x86_cpu, local);

    ports_version++;
    allow_ports(self, false);
    if (bitmap != NULL)
        context_load_ports(self);
}

/* The kernel's own tables. */
static void
leave_space(struct x86_cpu *self)
{
    space_arch(self->local.space)->cpus ^= self->bit;
    self->local.space = NULL;
    write_cr3((uintptr_t)paging_root() - DIRECT_MAP_BASE);
}

/* Idle so far: nothing is to be saved. */
static void
load_thread(struct x86_cpu *self, struct thread *thread)
{
    self->local.current = thread;
    thread->on_cpu = (int16_t)self->local.number;
    thread->last_cpu = (uint16_t)self->local.number;
    fpu_load(thread_fpu(thread));
    switch_fs(self, thread->fs_base);
    switch_frame_top(self, (char *)(frame_of(thread) + 1));
    switch_ports(self, thread->process);
}

static void
unload_thread(struct x86_cpu *self, struct thread *thread)
{
    fpu_save(thread_fpu(thread));
    thread->on_cpu = -1;
    self->local.current = NULL;
    switch_frame_top(self, self->stack_top);
}

/* The same thread may have another space, or another FS base, by now. */
static void
reload_thread(struct x86_cpu *self, struct thread *thread)
{
    if (thread->process->space != self->local.space)
        switch_space(self, thread->process->space);
    if (thread->fs_base != self->fs_base)
        switch_fs(self, thread->fs_base);
}

void
arch_switch(struct cpu_local *local, struct thread *thread)
{
    struct x86_cpu *self = CONTAINER(local, struct x86_cpu, local);
    struct thread *last = local->current;

    if (thread == NULL) {
        if (last != NULL)
            unload_thread(self, last);
        if (local->space != NULL)
            leave_space(self);
    } else if (last == thread) {
        reload_thread(self, thread);
    } else if (last != NULL) {
        switch_threads(self, last, thread);
    } else {
        switch_to_space(self, thread->process->space, self->bit);
        load_thread(self, thread);
    }
}
