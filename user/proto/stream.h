/*
 * Bytes between a driver and the terminal that it serves: a serial line both
 * ways, a keyboard one way, a console the other way.
 *
 * The rings lie in memory that belongs to the client, so that what is in them
 * outlives the driver. Each index has one writer, who publishes bytes by it
 * (release) after they are in place; the reader takes bytes (acquire) and then
 * publishes that they are gone. The other side is not trusted: an index is
 * taken modulo the size, and a difference above the size counts as the size.
 *
 *   client                                        driver
 *   STREAM_OPEN                        ->         how to wake it
 *   STREAM_ATTACH(memory, wake me so)  ->         serves until it dies
 *
 * ATTACH is answered only when something is wrong with it, or when another
 * client attaches; else it ends with the driver, ERR_DROPPED. The client calls
 * again at once, and waits in the endpoint's queue for the next instance.
 */
#ifndef USER_PROTO_STREAM_H
#define USER_PROTO_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum stream_call {
    /* First handle: a notification; word 0: its bits to set after output was
     * put into the ring, or input taken from a full one. */
    STREAM_OPEN = 0x500,
    /* First handle: memory of STREAM_SIZE bytes with a struct stream, second:
     * a notification; word 0: its bits for "there is input", 1: for "there is
     * room for output", 2: for "a break came". */
    STREAM_ATTACH,
    /* Word 0: bits a second, 1: data bits, 2: stop bits, 3: 'n', 'e' or 'o'.
     * Answer's tag: 0, or an ERR_* as an unsigned number. */
    STREAM_LINE,
    /* A break of a quarter of a second. */
    STREAM_BREAK,
};

#define STREAM_RING 16384u /* bytes, a power of two */

struct stream_ring {
    _Alignas(64) uint32_t put;   /* counters, modulo 2^32 */
    uint32_t dropped;            /* the writer's: what lies before is void */
    _Alignas(64) uint32_t taken;
    _Alignas(64) uint8_t bytes[STREAM_RING];
};

struct stream {
    struct stream_ring in, out; /* as the client sees it */
    _Alignas(64) uint32_t stopped; /* client: send nothing for now */
    uint32_t lost; /* driver: bytes of input for which there was no room */
};

#define STREAM_SIZE ((sizeof(struct stream) + 4095) / 4096 * 4096)

static inline uint32_t
stream_load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* How many bytes a reader finds; how many more a writer may put. */
static inline uint32_t
stream_used(const struct stream_ring *ring)
{
    uint32_t used = stream_load(&ring->put) - stream_load(&ring->taken);

    return used > STREAM_RING ? STREAM_RING : used;
}

static inline uint32_t
stream_room(const struct stream_ring *ring)
{
    return STREAM_RING - stream_used(ring);
}

/* The writer wants all that it has put, and nobody took, forgotten; the reader
 * passes over it when it comes to look. */
static inline void
stream_drop(struct stream_ring *ring)
{
    __atomic_store_n(&ring->dropped,
                     __atomic_load_n(&ring->put, __ATOMIC_RELAXED),
                     __ATOMIC_RELEASE);
}

static inline void
stream_pass_over(struct stream_ring *ring)
{
    uint32_t taken = __atomic_load_n(&ring->taken, __ATOMIC_RELAXED);
    uint32_t ahead = stream_load(&ring->dropped) - taken;

    if (ahead > 0 && ahead <= stream_used(ring))
        __atomic_store_n(&ring->taken, taken + ahead, __ATOMIC_RELEASE);
}

/* One byte; the caller has seen that it is there, or that there is room. */
static inline uint8_t
stream_take(struct stream_ring *ring)
{
    uint32_t at = __atomic_load_n(&ring->taken, __ATOMIC_RELAXED);
    uint8_t byte = ring->bytes[at % STREAM_RING];

    __atomic_store_n(&ring->taken, at + 1, __ATOMIC_RELEASE);
    return byte;
}

static inline void
stream_put(struct stream_ring *ring, uint8_t byte)
{
    uint32_t at = __atomic_load_n(&ring->put, __ATOMIC_RELAXED);

    ring->bytes[at % STREAM_RING] = byte;
    __atomic_store_n(&ring->put, at + 1, __ATOMIC_RELEASE);
}

#endif
