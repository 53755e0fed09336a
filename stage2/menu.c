#include "stage2/menu.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/mem.h"
#include "stage2/bios.h"
#include "stage2/console.h"
#include "stage2/io.h"
#include "stage2/loader.h"
#include "stage2/video.h"

#define TICKS_PER_SECOND 18
#define KEY_TIMEOUT      10   /* seconds, when a key asked for the menu: it */
                              /* may have been noise on the serial line */
#define SHIFT_KEYS       0x0F /* shift, control and alt (INT 16h AH=02h) */
#define SCAN_UP          0x48
#define SCAN_DOWN        0x50
#define KEY_CHAR(key)    ((char)(key))
#define KEY_SCAN(key)    ((key) >> 8)

static char edited[BOOT_CMDLINE_SIZE];

/* Does the user want the menu: a shift key held, or any key waiting? */
static bool
key_is_held(void)
{
    struct bios_regs regs = { .eax = 0x0200 };

    bios_call(0x16, &regs);
    return bios_drop_keys() != 0 || (regs.eax & SHIFT_KEYS) != 0;
}

/*
 * On the screen a menu takes the place of the last one, whose lines lie right
 * above the cursor; a terminal on COM1 just gets it once more.
 */
static void
show(const struct config *config)
{
    for (uint32_t i = 0; i < config->entry_count; i++)
        print(" %c %u  %s\n", i == config->chosen ? '>' : ' ',
              (i + 1) % CONFIG_MAX_ENTRIES, config->entries[i].title);
    print("Digit: boot; arrows or j k: move; Enter: boot; e: edit\n");
}

/* A line editor as small as can be: type at the end, erase backwards. */
static void
edit(struct config_entry *entry)
{
    size_t length = strlen(entry->cmdline);

    if (length > sizeof edited - 1)
        length = sizeof edited - 1;
    memmove(edited, entry->cmdline, length);
    print("\ncmdline = ");
    for (size_t i = 0; i < length; i++)
        print("%c", edited[i]);
    for (;;) {
        char c;

        console_flush();
        c = KEY_CHAR(bios_wait_key(BIOS_WAIT_FOREVER));
        if (c == '\r' || c == '\n')
            break;
        if ((c == '\b' || c == 0x7F) && length > 0) {
            length--;
            print("\b \b");
        } else if (c >= ' ' && c < 0x7F && length < sizeof edited - 1) {
            edited[length++] = c;
            print("%c", c);
        }
    }
    edited[length] = '\0';
    entry->cmdline = edited;
    print("\n");
}

/*
 * A terminal sends arrows as ESC [ A and ESC [ B. The bytes after ESC are
 * there at once, or the user pressed Escape.
 */
static uint16_t
read_arrow(void)
{
    char c;

    if (KEY_CHAR(bios_wait_key(2)) != '[')
        return 0;
    c = KEY_CHAR(bios_wait_key(2));
    return c == 'A' ? SCAN_UP << 8 : c == 'B' ? SCAN_DOWN << 8 : 0;
}

/* Act on one key. Returns true when it is time to boot. */
static bool
act(struct config *config, uint16_t key)
{
    uint32_t digit;

    if (KEY_CHAR(key) == '\x1B')
        key = read_arrow();
    if (KEY_CHAR(key) == '\r' || KEY_CHAR(key) == '\n')
        return true;
    digit = (uint32_t)(KEY_CHAR(key) - '0');
    if (digit <= 9) {
        digit = digit == 0 ? CONFIG_MAX_ENTRIES : digit;
        if (digit > config->entry_count)
            return false;
        config->chosen = digit - 1;
        return true;
    }
    if (KEY_SCAN(key) == SCAN_UP || KEY_CHAR(key) == 'k') {
        if (config->chosen > 0)
            config->chosen--;
    } else if (KEY_SCAN(key) == SCAN_DOWN || KEY_CHAR(key) == 'j') {
        if (config->chosen + 1 < config->entry_count)
            config->chosen++;
    } else if (KEY_CHAR(key) == 'e') {
        edit(&config->entries[config->chosen]);
        return true;
    }
    video_cursor_up(config->entry_count + 1);
    show(config);
    return false;
}

/* Count down until the time is over (returns 0) or a key comes. */
static uint16_t
count_down(uint32_t seconds)
{
    for (; seconds > 0; seconds--) {
        uint16_t key;

        print("\rBooting in %u s ", seconds);
        console_flush();
        key = bios_wait_key(TICKS_PER_SECOND);
        if (key != 0) {
            print("\r%20s\r", "");
            return key;
        }
    }
    print("\n");
    return 0;
}

void
menu_run(struct config *config)
{
    uint32_t timeout = config->timeout;
    uint16_t key;

    if (key_is_held() && timeout < KEY_TIMEOUT)
        timeout = KEY_TIMEOUT;
    if (timeout == 0)
        return;
    console_log_on(false);
    print("\n");
    show(config);
    key = count_down(timeout);
    while (key != 0 && !act(config, key))
        key = bios_wait_key(BIOS_WAIT_FOREVER);
    console_log_on(true);
}
