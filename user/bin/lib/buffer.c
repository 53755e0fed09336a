#include "user/bin/lib/buffer.h"

#include "user/bin/lib/tool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void
buffer_add(struct buffer *buffer, const char *bytes, size_t count)
{
    if (count > SIZE_MAX / 4 - buffer->length)
        tool_fatal("out of memory");
    if (buffer->length + count + 1 > buffer->room) {
        buffer->room = (buffer->length + count + 1) * 2;
        buffer->text = tool_realloc(buffer->text, buffer->room);
    }
    if (count > 0)
        memcpy(buffer->text + buffer->length, bytes, count);
    buffer->length += count;
    buffer->text[buffer->length] = '\0';
}

void
buffer_put(struct buffer *buffer, char c)
{
    buffer_add(buffer, &c, 1);
}

void
buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer_add(buffer, NULL, 0);
}

void
buffer_free(struct buffer *buffer)
{
    free(buffer->text);
    *buffer = (struct buffer){ 0 };
}
