/* The boot menu, on the screen and on COM1 alike. */
#ifndef STAGE2_MENU_H
#define STAGE2_MENU_H

#include "stage2/config.h"

/*
 * Let the user choose when the time-out is above 0 or a key is held down or
 * waiting; the latter gives at least ten seconds. Sets config->chosen. The
 * command line of the chosen entry may be edited; it then points to a buffer
 * of the menu's.
 */
void menu_run(struct config *config);

#endif
