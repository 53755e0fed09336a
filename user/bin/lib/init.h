/* Talking to init: a file with the state of all services, and for orders. */
#ifndef USER_BIN_LIB_INIT_H
#define USER_BIN_LIB_INIT_H

#include <stdbool.h>

#define INIT_PATH "/dev/init"

/* Write the order, "kill" for example, about a service, or about none (NULL).
 * False with errno. */
bool init_tell(const char *order, const char *service);

#endif
