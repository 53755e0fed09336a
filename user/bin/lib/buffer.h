/* Bytes that grow in number; '\0' always stands behind them. */
#ifndef USER_BIN_LIB_BUFFER_H
#define USER_BIN_LIB_BUFFER_H

#include <stddef.h>

struct buffer { /* all zero is an empty one, with text NULL */
    char *text;
    size_t length;
    size_t room;
};

void buffer_add(struct buffer *buffer, const char *bytes, size_t count);
void buffer_put(struct buffer *buffer, char c);
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
