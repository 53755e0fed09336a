#include "user/init/manifest.h"

#include "kernel/lib/mem.h"

#define DEATHS_DEFAULT  12u
#define SECONDS_DEFAULT 60u
#define SECONDS_MAX     86400u
#define PAGE            4096u

/* --- words ---------------------------------------------------------------- */

/* What is left of a line, or of the whole text. Never read past the end. */
struct span {
    const char *at;
    const char *end;
};

/* A key: returns NULL, or in words what is wrong with its value. */
typedef const char *take_fn(struct service_plan *service, struct span *value,
                            unsigned detail);

struct parser {
    struct manifest *manifest;
    struct service_plan *service; /* NULL above the first section */
    uint32_t line;
    uint32_t seen; /* bit n: key n stood in this section */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void
trim(struct span *span)
{
    while (span->at < span->end && is_blank(*span->at))
        span->at++;
    while (span->at < span->end && is_blank(span->end[-1]))
        span->end--;
}

static bool
next_line(struct span *text, struct span *line)
{
    if (text->at == text->end)
        return false;
    line->at = text->at;
    while (text->at < text->end && *text->at != '\n')
        text->at++;
    line->end = text->at;
    if (text->at < text->end)
        text->at++;
    trim(line);
    return true;
}

/* The next word of a value; empty behind the last one. */
static struct span
next_word(struct span *value)
{
    struct span word;

    trim(value);
    word.at = value->at;
    while (value->at < value->end && !is_blank(*value->at))
        value->at++;
    word.end = value->at;
    return word;
}

static bool
at_end(struct span *value)
{
    trim(value);
    return value->at == value->end;
}

static bool
equals(const struct span *span, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(span->end - span->at) == length &&
           memcmp(span->at, text, length) == 0;
}

static bool
is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Take a span as a name, NUL behind it. */
static const char *
copy_name(char name[SERVICE_NAME_MAX + 1], const struct span *span)
{
    size_t length = (size_t)(span->end - span->at);

    if (length == 0)
        return "a name is missing";
    if (length > SERVICE_NAME_MAX)
        return "the name is too long";
    for (size_t i = 0; i < length; i++)
        if (!is_name_character(span->at[i]))
            return "a name has letters, digits, '-', '_' and '.'";
    memcpy(name, span->at, length);
    name[length] = '\0';
    return NULL;
}

static const char *
take_name(char name[SERVICE_NAME_MAX + 1], struct span *value)
{
    struct span word = next_word(value);

    return copy_name(name, &word);
}

static int
digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Take a number, hexadecimal behind 0x, from min to max. */
static const char *
take_number(uint64_t *number, struct span *value, uint64_t min, uint64_t max)
{
    static const char wrong[] = "a number is missing or out of range";
    struct span word = next_word(value);
    unsigned base = 10;

    *number = 0;
    if (word.end - word.at > 2 && word.at[0] == '0' && word.at[1] == 'x') {
        base = 16;
        word.at += 2;
    }
    if (word.at == word.end)
        return wrong;
    for (; word.at < word.end; word.at++) {
        unsigned digit = (unsigned)digit_of(*word.at);

        if (digit >= base || digit > max || *number > (max - digit) / base)
            return wrong;
        *number = *number * base + digit;
    }
    return *number < min ? wrong : NULL;
}

static const char *
take_number32(uint32_t *number, struct span *value, uint32_t min, uint32_t max)
{
    uint64_t wide;
    const char *problem = take_number(&wide, value, min, max);

    *number = (uint32_t)wide;
    return problem;
}

/* --- keys ----------------------------------------------------------------- */

static const char *
take_text(char text[MANIFEST_TEXT_SIZE], struct span *value)
{
    size_t length = (size_t)(value->end - value->at);

    if (length >= MANIFEST_TEXT_SIZE)
        return "the text is too long";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value->at[i] < ' ')
            return "the text has control characters";
    memcpy(text, value->at, length);
    text[length] = '\0';
    value->at = value->end;
    return NULL;
}

static const char *
take_program(struct service_plan *service, struct span *value, unsigned detail)
{
    (void)detail;
    if (value->at == value->end || *value->at != '/')
        return "a path begins with /";
    return take_text(service->program, value);
}

static const char *
take_argument(struct service_plan *service, struct span *value,
              unsigned detail)
{
    (void)detail;
    return take_text(service->argument, value);
}

static const char *
take_level(struct service_plan *service, struct span *value, unsigned detail)
{
    (void)detail;
    return take_number32(&service->level, value, MANIFEST_LEVEL_MIN,
                         MANIFEST_LEVEL_MAX);
}

static const char *
take_priority(struct service_plan *service, struct span *value,
              unsigned detail)
{
    (void)detail;
    return take_number32(&service->priority, value, 1, MANIFEST_PRIORITY_MAX);
}

static const char *
take_frames(struct service_plan *service, struct span *value, unsigned detail)
{
    struct span number = { value->at, value->end - 1 };
    const char *problem;

    (void)detail;
    if (value->end > value->at && value->end[-1] == '%') {
        problem = take_number32(&service->percent, &number, 1,
                                MANIFEST_PERCENT_MAX);
        if (problem == NULL)
            value->at = value->end - (number.end - number.at);
        if (value->at == value->end)
            return NULL;
        return problem != NULL ? problem : "there is more than a number";
    }
    return take_number32(&service->frames, value, MANIFEST_FRAMES_MIN,
                         MANIFEST_FRAMES_MAX);
}

static const char *
take_restart(struct service_plan *service, struct span *value, unsigned detail)
{
    const char *problem = take_number32(&service->deaths, value, 0, 1000000);

    (void)detail;
    if (problem == NULL && service->deaths == 0 && at_end(value))
        return NULL; /* never again */
    if (problem != NULL)
        return problem;
    return take_number32(&service->seconds, value, 1, SECONDS_MAX);
}

static const char *
take_heartbeat(struct service_plan *service, struct span *value,
               unsigned detail)
{
    (void)detail;
    return take_number32(&service->heartbeat, value, 1, SECONDS_MAX);
}

enum { FLAG_CRITICAL, FLAG_AUTORUN };

static const char *
take_flag(struct service_plan *service, struct span *value, unsigned detail)
{
    struct span word = next_word(value);
    bool yes = equals(&word, "yes");

    if (!yes && !equals(&word, "no"))
        return "expected yes or no";
    if (detail == FLAG_CRITICAL)
        service->critical = yes;
    else
        service->autorun = yes;
    return NULL;
}

static const char *
take_after(struct service_plan *service, struct span *value, unsigned detail)
{
    (void)detail;
    if (service->after_count == MANIFEST_AFTER)
        return "too many services to start after";
    return take_name(service->after[service->after_count++], value);
}

/* --- what a service may have ---------------------------------------------- */

const struct resource *
manifest_resource(const struct service_plan *service, const char *name)
{
    for (uint32_t i = 0; i < service->resource_count; i++)
        if (strcmp(service->resources[i].name, name) == 0)
            return &service->resources[i];
    return NULL;
}

static const char *
take_bytes(uint64_t *size, struct span *value, uint64_t max)
{
    const char *problem = take_number(size, value, 1, max);

    if (problem == NULL && *size % PAGE != 0)
        return "memory comes in pages of 4096 bytes";
    return problem;
}

static const char *
take_device_memory(struct resource *resource, struct span *value)
{
    const char *problem = take_number(&resource->first, value, 0, 1ULL << 51);

    if (problem == NULL && resource->first % PAGE != 0)
        return "memory comes in pages of 4096 bytes";
    if (problem != NULL)
        return problem;
    return take_bytes(&resource->count, value, 1ULL << 40);
}

static const char *
take_ports(struct resource *resource, struct span *value)
{
    const char *problem = take_number(&resource->first, value, 0, 0xFFFF);

    if (problem != NULL)
        return problem;
    return take_number(&resource->count, value, 1, 0x10000 - resource->first);
}

/* What the server shall know about this caller is a number, 0 without. */
static const char *
take_session(struct resource *resource, struct span *value)
{
    if (at_end(value))
        return NULL;
    return take_number(&resource->first, value, 0, 0xFFFF);
}

static const char *
take_details(struct resource *resource, struct span *value)
{
    switch (resource->kind) {
    case RESOURCE_PORTS:
        return take_ports(resource, value);
    case RESOURCE_INTERRUPT:
        return take_number(&resource->first, value, 0, 15);
    case RESOURCE_MEMORY:
        return take_device_memory(resource, value);
    case RESOURCE_DMA:
        return take_bytes(&resource->count, value, 2u << 20);
    case RESOURCE_VAULT:
        return take_bytes(&resource->count, value, 1ULL << 32);
    case RESOURCE_MODULE:
        return take_number(&resource->first, value, 0, 7);
    case RESOURCE_SESSION:
        return take_session(resource, value);
    case RESOURCE_SYSTEM:
    case RESOURCE_ENDPOINT:
        break;
    }
    return NULL;
}

static const char *
take_resource(struct service_plan *service, struct span *value,
              unsigned detail)
{
    struct resource *resource = &service->resources[service->resource_count];
    const char *problem;

    if (service->resource_count == MANIFEST_RESOURCES)
        return "too much for one service";
    *resource = (struct resource){ .kind = (enum resource_kind)detail };
    problem = take_name(resource->name, value);
    if (problem != NULL)
        return problem;
    if (manifest_resource(service, resource->name) != NULL)
        return "the service has something of this name already";
    service->resource_count++;
    return take_details(resource, value);
}

/* --- lines ---------------------------------------------------------------- */

static const struct key {
    const char name[10];
    bool repeated;
    take_fn *take;
    unsigned detail;
} keys[] = {
    { "program", false, take_program, 0 },
    { "level", false, take_level, 0 },
    { "priority", false, take_priority, 0 },
    { "frames", false, take_frames, 0 }, /* these four must be there */
    { "argument", false, take_argument, 0 },
    { "restart", false, take_restart, 0 },
    { "heartbeat", false, take_heartbeat, 0 },
    { "critical", false, take_flag, FLAG_CRITICAL },
    { "autorun", false, take_flag, FLAG_AUTORUN },
    { "after", true, take_after, 0 },
    { "ports", true, take_resource, RESOURCE_PORTS },
    { "interrupt", true, take_resource, RESOURCE_INTERRUPT },
    { "memory", true, take_resource, RESOURCE_MEMORY },
    { "dma", true, take_resource, RESOURCE_DMA },
    { "vault", true, take_resource, RESOURCE_VAULT },
    { "module", true, take_resource, RESOURCE_MODULE },
    { "system", true, take_resource, RESOURCE_SYSTEM },
    { "serves", true, take_resource, RESOURCE_ENDPOINT },
    { "calls", true, take_resource, RESOURCE_SESSION },
};

#define KEYS_NEEDED 4u
#define KEY_COUNT (sizeof keys / sizeof *keys)

static const char *
end_section(struct parser *parser)
{
    static const char *const missing[KEYS_NEEDED] = {
        "it has no program", "it has no level", "it has no priority",
        "it has no frames",
    };

    if (parser->service == NULL)
        return NULL;
    for (unsigned i = 0; i < KEYS_NEEDED; i++)
        if ((parser->seen & 1u << i) == 0)
            return missing[i];
    return NULL;
}

/* Errors of a section as a whole are those of its first line. */
static const char *
fail_in_section(struct parser *parser, const char *problem)
{
    parser->line = parser->service->line;
    memcpy(parser->manifest->error_name, parser->service->name,
           sizeof parser->service->name);
    return problem;
}

/* The name between the brackets, which no other service has. */
static const char *
take_section_name(struct manifest *manifest, struct service_plan *service,
                  struct span *line)
{
    const char *problem;

    line->at++;
    line->end--;
    trim(line);
    problem = copy_name(service->name, line);
    if (problem != NULL)
        return problem;
    if (strcmp(service->name, MANIFEST_INIT) == 0)
        return "init is no service";
    for (uint32_t i = 0; i < manifest->count; i++)
        if (strcmp(manifest->services[i].name, service->name) == 0)
            return "there is a service of this name already";
    return NULL;
}

static const char *
begin_section(struct parser *parser, struct span *line)
{
    struct manifest *manifest = parser->manifest;
    struct service_plan *service = &manifest->services[manifest->count];
    const char *problem = end_section(parser);

    if (problem != NULL)
        return fail_in_section(parser, problem);
    if (line->end[-1] != ']')
        return "a section has no ]";
    if (manifest->count == MANIFEST_SERVICES)
        return "too many services";
    *service = (struct service_plan){
        .line = parser->line, .deaths = DEATHS_DEFAULT,
        .seconds = SECONDS_DEFAULT,
    };
    problem = take_section_name(manifest, service, line);
    if (problem != NULL)
        return problem;
    manifest->count++;
    parser->service = service;
    parser->seen = 0;
    return NULL;
}

static const char *
take_key(struct parser *parser, const struct span *name, struct span *value)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        const struct key *key = &keys[i];
        const char *problem;

        if (!equals(name, key->name))
            continue;
        if (!key->repeated && (parser->seen & 1u << i) != 0)
            return "the key stands twice";
        parser->seen |= 1u << i;
        problem = key->take(parser->service, value, key->detail);
        if (problem == NULL && !at_end(value))
            return "there is more than expected";
        return problem;
    }
    return "no such key";
}

static const char *
take_line(struct parser *parser, struct span *line)
{
    struct span name = *line, value = *line;

    if (line->at == line->end || *line->at == '#')
        return NULL;
    if (*line->at == '[')
        return begin_section(parser, line);
    while (value.at < value.end && *value.at != '=')
        value.at++;
    if (value.at == value.end)
        return "expected KEY = VALUE";
    if (parser->service == NULL)
        return "the first line has to be [NAME]";
    name.end = value.at++;
    trim(&name);
    trim(&value);
    return take_key(parser, &name, &value);
}

bool
manifest_parse(struct manifest *manifest, const char *text, size_t size)
{
    struct parser parser = { .manifest = manifest };
    struct span rest = { text, text + size }, line;
    const char *problem = NULL;

    memset(manifest, 0, sizeof *manifest);
    while (problem == NULL && next_line(&rest, &line)) {
        parser.line++;
        problem = take_line(&parser, &line);
    }
    if (problem == NULL) {
        problem = end_section(&parser);
        if (problem != NULL)
            fail_in_section(&parser, problem);
    }
    if (problem == NULL && manifest->count == 0)
        problem = "there are no services";
    manifest->error_line = parser.line;
    manifest->error_reason = problem;
    return problem == NULL && manifest_resolve(manifest);
}
