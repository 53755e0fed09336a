/* What --help prints; made from sh.man by the build. */
#ifndef USER_SH_SH_HELP_H
#define USER_SH_SH_HELP_H

extern const char sh_help[];

#endif
