/*
 * The lines that were typed: the last HISTORY_MAX of them, kept in
 * $HOME/.sh_history from session to session.
 */
#ifndef USER_SH_HISTORY_H
#define USER_SH_HISTORY_H

#define HISTORY_MAX 500
#define HISTORY_LINE_MAX 4096   /* bytes; longer ones are not kept */

void history_load(void);
void history_add(const char *line);         /* and write it to the file */
const char *history_at(unsigned index);     /* oldest first; NULL: none */
unsigned history_count(void);

#endif
