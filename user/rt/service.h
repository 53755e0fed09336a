/*
 * A service's side of user/proto/service.h: a program that init starts as the
 * manifest /etc/services says.
 *
 *     int
 *     main(uint64_t argument)
 *     {
 *         struct sys_message m;
 *         int64_t got;
 *
 *         service_begin(argument);
 *         endpoint = service_need("echo");
 *         bits = (handle_t)sys_notification_create();
 *         sys_endpoint_bind(endpoint, bits);
 *         service_ready(bits);
 *         for (;;) {
 *             got = sys_receive(endpoint, 0, &m);
 *             if (got == SYS_GOT_BITS)
 *                 serve_bits(service_bits(m.words[0]));
 *             ...
 *         }
 *     }
 */
#ifndef USER_RT_SERVICE_H
#define USER_RT_SERVICE_H

#include "user/proto/service.h"
#include "user/rt/rt.h"

/* First of all, with the argument of main(): print() works from then on, and
 * init puts the service's name in front of each line. */
void service_begin(uint64_t argument);

/* What the manifest gives under that name, once: a handle, or ERR_*. */
int64_t service_handle(const char *name);

/* The same for what the service cannot do without: says so and ends. */
handle_t service_need(const char *name);

/*
 * It serves from now on. The notification, which is bound to the endpoint that
 * it receives from, gets SERVICE_BEAT now and then; 0: nobody asks. The
 * program keeps its handle.
 */
int64_t service_ready(handle_t notification);

/* Whether nobody waits for that kept reply any more: what is taken for it would
 * be lost. */
bool service_is_gone(handle_t reply);

/* Answer for SERVICE_BEAT, if it is among the bits; returns the others. */
uint64_t service_bits(uint64_t bits);

/*
 * Close what handles came with a message: a server does so with all that it
 * does not keep (after it took one from m->handles), or its clients fill its
 * table of handles.
 */
void service_close_handles(const struct sys_message *m);

/*
 * Have the root of what this service serves at that path, by its session
 * "name", which needs NAME_MAY_MOUNT (user/proto/name.h): calls by path have a
 * badge with SERVICE_SESSION. 0, an ERR_*, or an errno number.
 */
int64_t service_mount(handle_t endpoint, const char *path);

/* The manifest's argument or the kernel's command line; length, or ERR_*. */
int64_t service_text(enum service_text which, char *text, size_t size);

#endif
