/* The one user and the one group that there are. */
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static char *no_members[] = { NULL };
static struct passwd user = {
    .pw_name = (char[]){ "root" }, .pw_passwd = (char[]){ "" },
    .pw_gecos = (char[]){ "root" }, .pw_dir = (char[]){ "/" },
    .pw_shell = (char[]){ "/bin/sh" },
};
static struct group group = {
    .gr_name = (char[]){ "root" }, .gr_passwd = (char[]){ "" },
    .gr_mem = no_members,
};
static bool user_told, group_told;

struct passwd *
getpwuid(uid_t id)
{
    return id == user.pw_uid ? &user : NULL;
}

struct passwd *
getpwnam(const char *name)
{
    return strcmp(name, user.pw_name) == 0 ? &user : NULL;
}

struct group *
getgrgid(gid_t id)
{
    return id == group.gr_gid ? &group : NULL;
}

struct group *
getgrnam(const char *name)
{
    return strcmp(name, group.gr_name) == 0 ? &group : NULL;
}

void
setpwent(void)
{
    user_told = false;
}

struct passwd *
getpwent(void)
{
    struct passwd *next = user_told ? NULL : &user;

    user_told = true;
    return next;
}

void
endpwent(void)
{
    user_told = false;
}

void
setgrent(void)
{
    group_told = false;
}

struct group *
getgrent(void)
{
    struct group *next = group_told ? NULL : &group;

    group_told = true;
    return next;
}

void
endgrent(void)
{
    group_told = false;
}
