/* find: walks down trees and says what it finds. */
#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/run.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"
#include "user/bin/lib/when.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS "HLP"
#define BATCH_BYTES 65536 /* of arguments, for one command of -exec ... + */

/* What an expression is made of; eval says whether it holds. */
struct node {
    bool (*eval)(struct node *node, struct walk *at);
    struct node *left, *right;
    const char *text;
    char sign; /* '+' more than, '-' less than, '/' any of; else '\0' */
    uintmax_t number, unit;
    time_t since;
    mode_t mode;
    char **words; /* of -exec */
    size_t word_count;
    char **batch; /* of -exec ... +: the words, and paths after them */
    size_t batch_count, batch_room, batch_bytes;
    struct node *next_batch;
};

static char **words; /* of the expression that are not read yet */
static bool has_action, depth_first, one_device;
static intmax_t most_depth = INTMAX_MAX, least_depth;
static time_t now;
static struct node *root, *batches;
static enum walk_links links;
static bool quitting;

/* --- what holds for a file -------------------------------------------------*/

static bool
compare(const struct node *node, uintmax_t value)
{
    if (node->sign == '+')
        return value > node->number;
    return node->sign == '-' ? value < node->number : value == node->number;
}

static bool
eval_and(struct node *node, struct walk *at)
{
    return node->left->eval(node->left, at) && !quitting &&
           node->right->eval(node->right, at);
}

static bool
eval_or(struct node *node, struct walk *at)
{
    return node->left->eval(node->left, at) ||
           (!quitting && node->right->eval(node->right, at));
}

static bool
eval_not(struct node *node, struct walk *at)
{
    return !node->left->eval(node->left, at);
}

static bool
eval_true(struct node *node, struct walk *at)
{
    (void)node;
    (void)at;
    return true;
}

static bool
eval_false(struct node *node, struct walk *at)
{
    (void)node;
    (void)at;
    return false;
}

/* FNM_CASEFOLD is not in POSIX: both sides in small letters. */
static bool
match_folded(const char *pattern, const char *text)
{
    char *a = tool_copy(pattern), *b = tool_copy(text);
    bool found;

    for (char *p = a; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    for (char *p = b; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    found = fnmatch(a, b, 0) == 0;
    free(a);
    free(b);
    return found;
}

static bool
eval_name(struct node *node, struct walk *at)
{
    char *base = path_base(at->path);
    bool found = node->sign == 'i' ? match_folded(node->text, base)
                                   : fnmatch(node->text, base, 0) == 0;

    free(base);
    return found;
}

static bool
eval_path(struct node *node, struct walk *at)
{
    return node->sign == 'i' ? match_folded(node->text, at->path)
                             : fnmatch(node->text, at->path, 0) == 0;
}

static bool
eval_type(struct node *node, struct walk *at)
{
    char mode[11];

    format_mode(at->info.st_mode, mode);
    return strchr(node->text, mode[0] == '-' ? 'f' : mode[0]) != NULL;
}

static bool
eval_size(struct node *node, struct walk *at)
{
    uintmax_t size = (uintmax_t)at->info.st_size;

    return compare(node, size / node->unit + (size % node->unit != 0));
}

static bool
eval_empty(struct node *node, struct walk *at)
{
    size_t count = 1;
    char **names;

    (void)node;
    if (S_ISREG(at->info.st_mode))
        return at->info.st_size == 0;
    if (!S_ISDIR(at->info.st_mode))
        return false;
    names = path_list(at->path, &count);
    if (names != NULL)
        path_free_list(names);
    return count == 0;
}

/* Whole days, or minutes, that have gone by. */
static bool
eval_age(struct node *node, struct walk *at)
{
    time_t when = *node->text == 'a' ? at->info.st_atime
                  : *node->text == 'c' ? at->info.st_ctime
                                       : at->info.st_mtime;
    intmax_t age = (intmax_t)now - (intmax_t)when;

    return age < 0 ? node->sign == '-' : compare(node, (uintmax_t)age /
                                                           node->unit);
}

static bool
eval_newer(struct node *node, struct walk *at)
{
    const struct timespec *when = &at->info.st_mtim;

    return when->tv_sec > node->since ||
           (when->tv_sec == node->since &&
            (uintmax_t)when->tv_nsec > node->number);
}

static bool
eval_perm(struct node *node, struct walk *at)
{
    mode_t mode = at->info.st_mode & MODE_BITS;

    if (node->sign == '-')
        return (mode & node->mode) == node->mode;
    if (node->sign == '/')
        return node->mode == 0 || (mode & node->mode) != 0;
    return mode == node->mode;
}

static bool
eval_links(struct node *node, struct walk *at)
{
    return compare(node, (uintmax_t)at->info.st_nlink);
}

static bool
eval_inode(struct node *node, struct walk *at)
{
    return compare(node, (uintmax_t)at->info.st_ino);
}

static bool
eval_user(struct node *node, struct walk *at)
{
    return compare(node, (uintmax_t)at->info.st_uid);
}

static bool
eval_group(struct node *node, struct walk *at)
{
    return compare(node, (uintmax_t)at->info.st_gid);
}

/* --- what is done ----------------------------------------------------------*/

static bool
eval_print(struct node *node, struct walk *at)
{
    fputs(at->path, stdout);
    putchar(node->sign == '0' ? '\0' : '\n');
    return true;
}

static bool
eval_prune(struct node *node, struct walk *at)
{
    (void)node;
    at->skip = true;
    return true;
}

static bool
eval_quit(struct node *node, struct walk *at)
{
    (void)node;
    (void)at;
    quitting = true;
    return true;
}

static bool
eval_delete(struct node *node, struct walk *at)
{
    (void)node;
    if (at->depth == 0 && strcmp(at->path, ".") == 0)
        return true;
    if ((S_ISDIR(at->info.st_mode) ? rmdir : unlink)(at->path) == 0)
        return true;
    tool_warn(at->path);
    return false;
}

/* A word with each "{}" replaced by the path. */
static char *
fill_in(const char *word, const char *path)
{
    size_t length = strlen(path), used = 0;
    char *text = tool_alloc(strlen(word) * (length + 1) + 1);

    while (*word != '\0') {
        if (word[0] == '{' && word[1] == '}') {
            memcpy(text + used, path, length);
            used += length;
            word += 2;
        } else {
            text[used++] = *word++;
        }
    }
    text[used] = '\0';
    return text;
}

static bool
eval_exec(struct node *node, struct walk *at)
{
    char **argv = tool_alloc((node->word_count + 1) * sizeof(*argv));
    bool good = true;

    for (size_t i = 0; i < node->word_count; i++)
        argv[i] = fill_in(node->words[i], at->path);
    argv[node->word_count] = NULL;
    if (node->sign == '?')
        good = tool_ask("%s ... %s", node->words[0], at->path);
    good = good && run_program(argv) == 0;
    for (size_t i = 0; i < node->word_count; i++)
        free(argv[i]);
    free(argv);
    return good;
}

static void
run_batch(struct node *node)
{
    if (node->batch_count == node->word_count)
        return;
    node->batch = tool_grow(node->batch, node->batch_count, &node->batch_room,
                            sizeof(*node->batch));
    node->batch[node->batch_count] = NULL;
    if (run_program(node->batch) != 0)
        tool_status = tool_trouble;
    while (node->batch_count > node->word_count)
        free(node->batch[--node->batch_count]);
    node->batch_bytes = 0;
}

static bool
eval_batch(struct node *node, struct walk *at)
{
    size_t bytes = strlen(at->path) + 1 + sizeof(char *);

    if (node->batch_bytes + bytes > BATCH_BYTES)
        run_batch(node);
    node->batch = tool_grow(node->batch, node->batch_count, &node->batch_room,
                            sizeof(*node->batch));
    node->batch[node->batch_count++] = tool_copy(at->path);
    node->batch_bytes += bytes;
    return true;
}

/* --- reading the expression ------------------------------------------------*/

static struct node *
new_node(bool (*eval)(struct node *node, struct walk *at))
{
    struct node *node = tool_alloc(sizeof(*node));

    *node = (struct node){ .eval = eval };
    return node;
}

static const char *
argument(const char *name)
{
    if (*words == NULL)
        tool_usage("%s: an argument is missing", name);
    return *words++;
}

/* [+-]N, and what is behind it. */
static const char *
read_number(struct node *node, const char *name)
{
    const char *text = argument(name), *p = text;

    if (*p == '+' || *p == '-')
        node->sign = *p++;
    if (!isdigit((unsigned char)*p))
        tool_usage("%s: %s: a number is expected", name, text);
    for (; isdigit((unsigned char)*p); p++) {
        if (node->number > UINTMAX_MAX / 20)
            tool_usage("%s: %s: the number is too large", name, text);
        node->number = node->number * 10 + (uintmax_t)(*p - '0');
    }
    return p;
}

static void
read_plain_number(struct node *node, const char *name)
{
    if (*read_number(node, name) != '\0')
        tool_usage("%s: a number is expected", name);
}

static void
read_text(struct node *node, const char *name)
{
    node->sign = name[1] == 'i' ? 'i' : '\0';
    node->text = argument(name);
}

static void
read_type(struct node *node, const char *name)
{
    node->text = argument(name);
    if (*node->text == '\0' ||
        node->text[strspn(node->text, "bcdflps,")] != '\0')
        tool_usage("%s: %s: letters of bcdflps are expected", name,
                   node->text);
}

static void
read_size(struct node *node, const char *name)
{
    static const char letters[] = "bcwkMG";
    static const uintmax_t units[] = { 512, 1, 2, 1024, 1 << 20, 1 << 30 };
    const char *rest = read_number(node, name), *found;

    node->unit = 512;
    if (*rest == '\0')
        return;
    found = strchr(letters, *rest);
    if (found == NULL || rest[1] != '\0')
        tool_usage("%s: units are c, w, b, k, M and G", name);
    node->unit = units[found - letters];
}

static void
read_age(struct node *node, const char *name)
{
    node->text = name + 1;
    node->unit = strcmp(name + 2, "min") == 0 ? 60 : 86400;
    read_plain_number(node, name);
}

static void
read_newer(struct node *node, const char *name)
{
    const char *text = argument(name);
    struct timespec when;
    struct stat info;

    if (strcmp(name, "-newermt") == 0) {
        if (!when_parse(text, &when))
            tool_usage("%s: %s: a time is expected", name, text);
    } else if (stat(text, &info) != 0) {
        tool_die(text);
    } else {
        when = info.st_mtim;
    }
    node->since = when.tv_sec;
    node->number = (uintmax_t)when.tv_nsec;
}

static void
read_perm(struct node *node, const char *name)
{
    const char *text = argument(name), *p = text;

    if (*p == '-' || *p == '/')
        node->sign = *p++;
    if (!mode_apply(p, 0, false, &node->mode))
        tool_usage("%s: %s: a mode is expected", name, text);
}

static void
read_owner(struct node *node, const char *name)
{
    const struct passwd *user = NULL;
    const struct group *group = NULL;

    if (strcmp(name, "-user") == 0)
        user = getpwnam(*words != NULL ? *words : "");
    else
        group = getgrnam(*words != NULL ? *words : "");
    if (user == NULL && group == NULL) {
        read_plain_number(node, name);
        return;
    }
    node->number = user != NULL ? user->pw_uid : group->gr_gid;
    words++;
}

static void
read_exec(struct node *node, const char *name)
{
    has_action = true;
    node->sign = strcmp(name, "-ok") == 0 ? '?' : '\0';
    node->words = words;
    for (; *words != NULL; words++) {
        bool plus = strcmp(*words, "+") == 0 && words > node->words &&
                    strcmp(words[-1], "{}") == 0;

        if (!plus && strcmp(*words, ";") != 0)
            continue;
        node->word_count = (size_t)(words++ - node->words) - plus;
        if (node->word_count == 0)
            break;
        if (plus) {
            node->eval = eval_batch;
            for (size_t i = 0; i < node->word_count; i++) {
                node->batch = tool_grow(node->batch, i, &node->batch_room,
                                        sizeof(*node->batch));
                node->batch[i] = node->words[i];
            }
            node->batch_count = node->word_count;
            node->next_batch = batches;
            batches = node;
        }
        return;
    }
    tool_usage("%s: a command and ';' or '{} +' are missing", name);
}

static void
read_action(struct node *node, const char *name)
{
    has_action = true;
    node->sign = strcmp(name, "-print0") == 0 ? '0' : '\0';
    depth_first |= strcmp(name, "-delete") == 0;
}

/* What holds for the whole search, wherever it stands. */
static void
read_global(struct node *node, const char *name)
{
    (void)node;
    if (strcmp(name, "-depth") == 0)
        depth_first = true;
    else if (strcmp(name, "-xdev") == 0 || strcmp(name, "-mount") == 0)
        one_device = true;
    else if (strcmp(name, "-maxdepth") == 0)
        most_depth = number_read(argument(name), 0, INT_MAX, "a depth");
    else
        least_depth = number_read(argument(name), 0, INT_MAX, "a depth");
}

static const struct {
    const char *name;
    bool (*eval)(struct node *node, struct walk *at);
    void (*read)(struct node *node, const char *name);
} primaries[] = {
    { "-amin", eval_age, read_age },
    { "-atime", eval_age, read_age },
    { "-cmin", eval_age, read_age },
    { "-ctime", eval_age, read_age },
    { "-delete", eval_delete, read_action },
    { "-depth", eval_true, read_global },
    { "-empty", eval_empty, NULL },
    { "-exec", eval_exec, read_exec },
    { "-false", eval_false, NULL },
    { "-group", eval_group, read_owner },
    { "-iname", eval_name, read_text },
    { "-inum", eval_inode, read_plain_number },
    { "-ipath", eval_path, read_text },
    { "-links", eval_links, read_plain_number },
    { "-maxdepth", eval_true, read_global },
    { "-mindepth", eval_true, read_global },
    { "-mmin", eval_age, read_age },
    { "-mount", eval_true, read_global },
    { "-mtime", eval_age, read_age },
    { "-name", eval_name, read_text },
    { "-newer", eval_newer, read_newer },
    { "-newermt", eval_newer, read_newer },
    { "-ok", eval_exec, read_exec },
    { "-path", eval_path, read_text },
    { "-perm", eval_perm, read_perm },
    { "-print", eval_print, read_action },
    { "-print0", eval_print, read_action },
    { "-prune", eval_prune, NULL },
    { "-quit", eval_quit, NULL },
    { "-size", eval_size, read_size },
    { "-true", eval_true, NULL },
    { "-type", eval_type, read_type },
    { "-user", eval_user, read_owner },
    { "-xdev", eval_true, read_global },
};

static struct node *read_or(void);

static bool
next_is(const char *a, const char *b)
{
    return *words != NULL &&
           (strcmp(*words, a) == 0 || strcmp(*words, b) == 0);
}

static struct node *
read_primary(void)
{
    const char *name = *words;
    struct node *node;

    if (name == NULL)
        tool_usage("an expression is missing");
    words++;
    if (strcmp(name, "!") == 0 || strcmp(name, "-not") == 0) {
        node = new_node(eval_not);
        node->left = read_primary();
        return node;
    }
    if (strcmp(name, "(") == 0) {
        node = read_or();
        if (!next_is(")", ")"))
            tool_usage("')' is missing");
        words++;
        return node;
    }
    for (size_t i = 0; i < sizeof(primaries) / sizeof(primaries[0]); i++) {
        if (strcmp(name, primaries[i].name) != 0)
            continue;
        node = new_node(primaries[i].eval);
        if (primaries[i].read != NULL)
            primaries[i].read(node, name);
        return node;
    }
    tool_usage("%s: there is no such test or action", name);
}

static struct node *
read_and(void)
{
    struct node *left = read_primary();

    while (*words != NULL && !next_is("-o", "-or") && !next_is(")", ")")) {
        struct node *node = new_node(eval_and);

        if (next_is("-a", "-and"))
            words++;
        node->left = left;
        node->right = read_primary();
        left = node;
    }
    return left;
}

static struct node *
read_or(void)
{
    struct node *left = read_and();

    while (next_is("-o", "-or")) {
        struct node *node = new_node(eval_or);

        words++;
        node->left = left;
        node->right = read_and();
        left = node;
    }
    return left;
}

static void
read_expression(void)
{
    root = *words != NULL ? read_or() : new_node(eval_true);
    if (*words != NULL)
        tool_usage("%s: an operator is expected", *words);
    if (!has_action) {
        struct node *all = new_node(eval_and);

        all->left = root;
        all->right = new_node(eval_print);
        root = all;
    }
}

/* --- walking ---------------------------------------------------------------*/

static void
evaluate(struct walk *at)
{
    if (at->depth >= least_depth && !quitting)
        root->eval(root, at);
}

static void
visit(struct walk *at, enum walk_event event)
{
    bool directory = S_ISDIR(at->info.st_mode), stop;

    if (event == WALK_FAILED || event == WALK_CLOSED) {
        tool_error("%s: %s", at->path, strerror(at->error));
    } else if (event == WALK_LOOP) {
        tool_error("%s: a link leads back here", at->path);
    } else if (event == WALK_LEAVE) {
        if (depth_first)
            evaluate(at);
    } else {
        dev_t *device = at->data;

        if (at->depth == 0)
            *device = at->info.st_dev;
        stop = at->depth >= most_depth || quitting ||
               (one_device && at->info.st_dev != *device);
        if (!depth_first || !directory || stop)
            evaluate(at);
        if (depth_first)
            at->skip = false;
        at->skip |= stop || quitting;
    }
}

static int
is_expression(const char *word)
{
    return (word[0] == '-' && word[1] != '\0') || strcmp(word, "!") == 0 ||
           strcmp(word, "(") == 0;
}

int
main(int argc, char **argv)
{
    char **first;
    int i = 1;
    dev_t device;

    tool_start(1);
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0' &&
           (argv[i][2] == '\0' || argv[i][1] == '-'); i++) {
        if (strchr(OPTIONS, argv[i][1]) == NULL) {
            tool_answer(argv[i]);
            break;
        }
        links = argv[i][1] == 'L' ? WALK_ALL_LINKS
                : argv[i][1] == 'H' ? WALK_TOP_LINKS : WALK_NO_LINKS;
    }
    for (first = argv + i; i < argc && !is_expression(argv[i]); i++)
        continue;
    words = argv + i;
    now = time(NULL);
    read_expression();
    if (first == argv + i)
        walk_tree(".", links, visit, &device);
    for (; first < argv + i && !quitting; first++)
        walk_tree(*first, links, visit, &device);
    for (struct node *node = batches; node != NULL; node = node->next_batch)
        run_batch(node);
    return tool_finish();
}
