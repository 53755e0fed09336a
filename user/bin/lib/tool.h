/*
 * What every tool does the same way: options, errors, its exit status.
 *
 * main() of a tool starts with tool_start() and ends with
 * "return tool_finish();". In between, whatever goes wrong but does not end
 * the tool is told by tool_warn() or tool_error(), which note it in
 * tool_status. Messages are "tool: what: why", on the standard error.
 */
#ifndef USER_BIN_LIB_TOOL_H
#define USER_BIN_LIB_TOOL_H

#include <stddef.h>

#if defined(__GNUC__)
#define TOOL_FORMAT(at) __attribute__((format(printf, at, at + 1)))
#else
#define TOOL_FORMAT(at)
#endif

/* Made from the tool's manual page by scripts/genhelp. */
extern const char tool_name[];
extern const char tool_help[];

extern int tool_status;  /* what the tool will end with */
extern int tool_trouble; /* status of an error: 1, but 2 in grep or cmp */

/*
 * To be called first: no file that the tool opens will get the number of a
 * standard stream that its caller closed, so output never goes astray.
 */
void tool_start(int trouble);

/*
 * The next option letter, or -1 after the last: getopt() with errors told,
 * and --help and --version answered (both end the tool). Options may stand
 * behind operands, which are moved to the end of argv, unless letters begins
 * with '+' or POSIXLY_CORRECT is in the environment.
 */
int tool_getopt(int argc, char **argv, const char *letters);

/* For tools that read their arguments themselves: --help and --version. */
void tool_answer(const char *argument);

/* "tool: what: why", why by errno; sets tool_status to tool_trouble. */
void tool_warn(const char *what);

/* The same with the words in a format, without errno. */
void tool_error(const char *format, ...) TOOL_FORMAT(1);

/* The same for what is no error: tool_status stays. */
void tool_note(const char *format, ...) TOOL_FORMAT(1);

/* The same as tool_warn() and tool_error(), and the end. */
_Noreturn void tool_die(const char *what);
_Noreturn void tool_fatal(const char *format, ...) TOOL_FORMAT(1);

/* A call that cannot be understood: the message, where help is, the end. */
_Noreturn void tool_usage(const char *format, ...) TOOL_FORMAT(1);

/* Check how many operands stand after the options; most < 0: any number. */
void tool_operands(int argc, int least, int most);

/*
 * Write what is left of the standard output; what could not be written is an
 * error. Returns the status to leave main() with.
 */
int tool_finish(void);

/* The same for the middle of a tool. */
_Noreturn void tool_exit(void);

/* Ask a question on the standard error; true when the answer begins as yes. */
int tool_ask(const char *format, ...) TOOL_FORMAT(1);

/* Memory; there is no life without it, so these end the tool. */
void *tool_alloc(size_t bytes);
void *tool_realloc(void *old, size_t bytes);
char *tool_copy(const char *text);

/*
 * An array that grows: makes room for one more element of so many bytes, by
 * doubling *room. Returns the array.
 */
void *tool_grow(void *array, size_t count, size_t *room, size_t bytes);

#endif
