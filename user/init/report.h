/*
 * What happens to services, in sentences for the kernel's log.
 */
#ifndef USER_INIT_REPORT_H
#define USER_INIT_REPORT_H

#include "user/init/init.h"

void report_fault(const struct service *service, const struct sys_message *m);

/* Its death, and what comes of it: delay as policy_death() has it. */
void report_death(const struct service *service, uint64_t delay);

#endif
