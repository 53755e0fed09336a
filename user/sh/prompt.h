/* PS1, PS2, PS4, with their parameters expanded. */
#ifndef USER_SH_PROMPT_H
#define USER_SH_PROMPT_H

/* In sh.scratch. */
const char *prompt_text(const char *name);

#endif
