#include "user/sh/prompt.h"

#include "user/sh/expand.h"
#include "user/sh/lexer.h"
#include "user/sh/sh.h"
#include "user/sh/vars.h"

const char *
prompt_text(const char *name)
{
    static bool busy;           /* PS1='$(cat)' asks for PS2 ... */
    const char *value = var_get(name), *text = NULL;
    struct word *word;
    int status = sh.status;

    if (value == NULL || busy)
        return "";
    busy = true;
    word = lexer_quoted_word(&sh.scratch, value);
    if (word != NULL)
        text = expand_string(word, EXPAND_NO_TILDE);
    if (text == NULL) {
        text = value;
        sh.flow = FLOW_NONE;
    }
    sh.status = status;
    busy = false;
    return text;
}
