/*
 * Commands that are part of the shell. Each gets its name and arguments as
 * main() does, NULL at the end, and returns its status; what it prints goes
 * through sh_print() and is flushed by who called it.
 */
#ifndef USER_SH_BUILTINS_H
#define USER_SH_BUILTINS_H

#include <stdbool.h>

struct builtin {
    const char *name;
    int (*run)(char **argv);
    bool special;           /* POSIX's special builtins: errors end scripts */
};

const struct builtin *builtin_find(const char *name);       /* or NULL */
const struct builtin *builtin_at(unsigned index);           /* or NULL */

/* The options of a builtin: letters in argv[n] with a - in front. Sets
 * given[letter]; returns the index of the first operand, or -1, said. */
int builtin_options(char **argv, const char *letters, bool given[128]);

/* builtins.c: the shell itself */
int builtin_exec(char **argv);
int builtin_set_option(const char *name, bool on);  /* of set -o; or -1 */
bool builtin_set_letters(const char *letters, bool on);

/* builtin_io.c */
int builtin_echo(char **argv);
int builtin_printf(char **argv);
int builtin_read(char **argv);

/* builtin_test.c */
int builtin_test(char **argv);

/* builtin_jobs.c */
int builtin_bg(char **argv);
int builtin_fg(char **argv);
int builtin_jobs(char **argv);
int builtin_kill(char **argv);
int builtin_times(char **argv);
int builtin_trap(char **argv);
int builtin_wait(char **argv);

/* builtin_vars.c */
int builtin_alias(char **argv);
int builtin_export(char **argv);
int builtin_getopts(char **argv);
int builtin_local(char **argv);
int builtin_readonly(char **argv);
int builtin_shift(char **argv);
int builtin_unalias(char **argv);
int builtin_unset(char **argv);

/* builtin_dirs.c */
void builtin_start_pwd(void);     /* PWD, if it was not right */
int builtin_cd(char **argv);
int builtin_pwd(char **argv);
int builtin_umask(char **argv);

#endif
