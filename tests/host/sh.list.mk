# The shell's parser and arithmetic; tests/sh has the rest of it. What they
# say on stderr is not wanted.
SH_PARSER := user/sh/alias.c user/sh/ast.c user/sh/lexer.c user/sh/mem.c \
             user/sh/parser.c user/sh/sh.c user/sh/source.c

FUZZERS += fuzz_sh_parser
fuzz_sh_parser_SOURCES := tests/fuzz/fuzz_sh_parser.c tests/fuzz/sh_stand_in.c \
                          $(SH_PARSER)
fuzz_sh_parser_RUNS := 80000
fuzz_sh_parser_FLAGS := -max_len=2000 -close_fd_mask=2

FUZZERS += fuzz_sh_arith
fuzz_sh_arith_SOURCES := tests/fuzz/fuzz_sh_arith.c user/sh/arith.c \
                         user/sh/mem.c user/sh/sh.c user/sh/vars.c
fuzz_sh_arith_RUNS := 150000
fuzz_sh_arith_FLAGS := -max_len=300 -close_fd_mask=2
