"""The smaller tools: numbers, names, times, bytes, sums."""
import pytest

from toolbox import cases, compare, name_of

CASES = cases(r"""
$T/test; echo $?
$T/test ''; echo $?
$T/test x && echo yes
$T/test -n '' ; echo $?
$T/test -z '' && echo yes
$T/test -n && echo yes
$T/test ! ; echo $?
$T/test ! x; echo $?
$T/test ! ''; echo $?
$T/test ! -n x; echo $?
$T/test '(' x ')' && echo yes
$T/test '(' '' ')'; echo $?
$T/test '(' ! x ')'; echo $?
$T/test a = a && $T/test a != b && $T/test a == a && echo yes
$T/test a = b; echo $?
$T/test 1 -eq 1 && $T/test 1 -ne 2 && $T/test -1 -lt 1 && echo yes
$T/test 2 -gt 1 && $T/test 2 -ge 2 && $T/test 1 -le 1 && echo yes
$T/test 10 -eq 010; echo $?
$T/test ' 1 ' -eq 1; echo $?
$T/test x -eq 1
$T/test 1 -eq ''
$T/test 99999999999999999999 -gt 1; echo $?
$T/test -e a && $T/test -f a && $T/test ! -d a && echo yes
$T/test -d dir && $T/test -d dirlink && $T/test -L dirlink && $T/test -h link && echo yes
$T/test -e broken; echo $?
$T/test -L broken && echo yes
$T/test -p pipe && $T/test -c /dev/null && $T/test ! -b a && $T/test ! -S a && echo yes
$T/test -s a && $T/test ! -s empty && $T/test ! -s missing && echo yes
$T/test -r a && $T/test -w a && $T/test -x script && $T/test ! -x a && echo yes
$T/test -u a || $T/test -g a || $T/test -k a; echo $?
$T/test -O a && $T/test -G a && echo yes
$T/test new.c -nt a; $T/test a -ot new.c; echo $?
touch n; $T/test n -nt a && $T/test a -ot n && echo yes
$T/test a -nt missing && $T/test missing -ot a && echo yes
$T/test a -ef link && echo yes
$T/test -t 0; echo $?
$T/test a -a b && echo yes
$T/test a -a '' ; echo $?
$T/test '' -o b && echo yes
$T/test '' -o '' ; echo $?
$T/test a = a -a b = b && echo yes
$T/test a = b -o b = b && echo yes
$T/test a = a -a b = c -o d = d && echo yes
$T/test ! a = b -a c && echo yes
$T/test '(' a = b -o c = c ')' -a d && echo yes
$T/test -n = -n && echo yes
$T/test -f = -f && echo yes
$T/test ! = ! && echo yes
$T/test '(' = '(' && echo yes
$T/test '(' = ')' ; echo $?
$T/test -f a b
$T/test a b
$T/test a b c
$T/test a b c d e
$T/test '(' a
$T/test a = a -a; echo $?
$T/test -e; echo $?
$T/test --help; echo $?
$T/[ a = a ] && echo yes
$T/[ a = b ]; echo $?
$T/[ a = a
$T/[ ]; echo $?
$T/[ x ] && echo yes
seq 5
seq 2 5
seq 1 2 10
seq 5 1
seq 5 -1 1
seq 5 -2 -4
seq -3 3
seq -w 8 11
seq -w -5 5
seq -w 1 0.5 3
seq -s, 5
seq -s , 5
seq -s '' 5
seq 0.1 0.1 0.5
seq 1 .25 2
seq 1.0 3
seq -f %.2f 3
seq -f 'x%03gy' 3
seq -f '%%%g' 2
seq 0
seq 1 1
seq 1 0 5
seq x
seq
seq 1 2 3 4
seq -f %d 3
seq -f %s 3
seq -f '%g%g' 3
seq -f x 3
seq 100000 | tail -n 1
seq 1e3 1002
seq 3 > /dev/full
seq -- -2 1
seq -q 3
yes | head -n 3
yes a b | head -n 2
yes > /dev/full
yes -- -x | head -n 1
yes -x | head -n 1
basename /usr/lib
basename /usr/lib/
basename lib
basename /
basename ///
basename ''
basename a.c .c
basename .c .c
basename a.c c
basename /x/a.c/ .c
basename -a /x/a /y/b
basename -s .c /x/a.c /y/b.c b.h
basename -z a | tr '\0' X
basename
basename a b c
basename -x
basename -- -dash
dirname /usr/lib
dirname /usr/lib/
dirname /usr//lib//
dirname lib
dirname /
dirname //
dirname /a
dirname a/b/c
dirname a/
dirname ''
dirname a/b c/d /e
dirname -z a/b | tr '\0' X
dirname
dirname -- -x/y
cd dir; $T/pwd | $T/sed 's/.*\///'
cd dirlink; $T/pwd -P | sed 's/.*\///'
cd dirlink; $T/pwd -L | sed 's/.*\///'
cd dirlink; $T/pwd | sed 's/.*\///'
cd dirlink; PWD=/nonsense $T/pwd -L | sed 's/.*\///'
cd dirlink; PWD=$PWD/../dirlink $T/pwd -L | sed 's/.*\///'
$T/pwd -x
$T/pwd > /dev/full
cp script dir/run; PATH=$PATH:$PWD/dir which run | sed 's/.*t\/dir/dir/'
PATH=dir:void:; cp() { /bin/cp "$@"; }; cp script dir/run; cp script run; $T/which -a run
which ./script
which ./a; echo $?
which missing; echo $?
which text; echo $?
which; echo $?
which ./script missing; echo $?
which -x > /dev/null; echo $?
env -i A=1 B=2
env -i A=1 B=2 | sort
A=1 env | grep '^A='
env A=5 printenv A
env -u HOME printenv HOME; echo $?
HOME=/x env printenv HOME
env - A=1
env -i - A=1
env -0 -i A=1 B=2 | tr '\0' ' '
env -C dir cat one
env -C missing cat one; echo $?
env nothere; echo $?
env ./a; echo $?
env false; echo $?
env /bin/sh -c 'exit 7'; echo $?
env -i A=1 A=2
env A= printenv A
env -u; echo $?
env -x; echo $?
env -i > /dev/full
env -i A=1 > /dev/full; echo $?
env -u A=B x; echo $?
A=1 printenv A
A=1 B=2 printenv A B
printenv NOTHERE; echo $?
A=1 printenv NOTHERE A; echo $?
A=1 printenv -0 A | tr '\0' X
printenv A=1; echo $?
env -i $T/printenv; echo $?
printenv HOME > /dev/full; echo $?
sleep 0
sleep 0.01
sleep .01 0s 0m
sleep
sleep x
sleep -1
sleep 1x
date -u -d 2020-01-02
date -d '2020-01-02 03:04:05' +%s
date -d @0
date -d @1580000000 +%F
date -d @1580000000 '+%Y %m %d %H %M %S %j %a %A %b %B %y %e %u %w %p %I %Z %z %% %n %t %D %T %R %U %V %G %C %h %s'
date -d @1580000000.5 +%N
date -d '2020-01-02T03:04:05Z' +%T
date -r a
date -r a +%s
date -R -d @0
date -I -d @0
TZ=EST5EDT date -d @1580000000
TZ=EST5EDT date -u -d @1580000000
TZ=EST5EDT date -d '2020-07-01 12:00' '+%Z %s'
TZ=EST5EDT date -u -d '2020-07-01 12:00' '+%Z %s'
TZ=EST5EDT date -d '2020-07-01 12:00Z' '+%Z %s' ::: TZ=EST5EDT date -d '2020-07-01 12:00Z' '+%Z %s'
date -d @-1
date -d nonsense
date -d 2020-02-30x
date +
date -d @0 +x
date x y
date 'no plus'
date -r missing
date -d @0 > /dev/full
date | wc -l
date +%Y-%m-%d -d @0
date -d @1e3
hexdump a
hexdump -C a
hexdump -C bin
hexdump bin
hexdump -x a
hexdump -d a
hexdump -o a
hexdump -b a
hexdump -c bin
hexdump -c a
hexdump -C -n 5 a
hexdump -C -s 3 a
hexdump -C -s 3 -n 4 bin
hexdump -s 256 bin
hexdump -n 0 a
hexdump empty
hexdump -C empty
hexdump -C long | wc
hexdump long
hexdump -v long | wc
hexdump -C a b
hexdump -C < nul
hexdump missing
hexdump missing a
hexdump -Z a
od a
od -c a
od -c bin
od -b a
od -x bin
od -d a
od -s bin
od -o a
od -t x1 bin
od -t x1 a
od -t x2 a
od -t x4 bin
od -t x8 bin
od -t d1 bin
od -t d2 bin
od -t d4 bin
od -t d8 bin
od -t u1 bin
od -t u2 bin
od -t u4 bin
od -t u8 bin
od -t o1 bin
od -t o4 bin
od -t o8 bin
od -t xC a; od -t dS a; od -t uI a; od -t oL a
od -t a bin
od -t x1 -t c a
od -t x1c a
od -t c -t x2 a
od -t c -t x4 -t d8 a
od -t d1 -t o2 a
od -cb a
od -A x a
od -A d bin
od -A n -t x1 a
od -An -tx1 -c a
od -Ax -tx1 -c a
od -j 3 a
od -j 3 -N 4 bin
od -N 0 a
od -N 0x10 bin
od -j 010 bin
od -j 1k a
od -j 14 a
od -j 15 a
od empty
od -c empty
od long
od -v long | wc
od -c a b
od -c - < a
od missing
od missing a
od -t q a
od -t x3 a
od -A q a
od -N x a
od -c a > /dev/full
strings bin
strings -n 10 bin
strings -n 3 nul a
strings -n 1 nul
strings -t d bin
strings -t x -n 2 nul
strings -t o bin
strings -f a
strings -a a
strings < bin
strings empty
strings missing
strings -n 0 a
strings -t q a
strings long | wc
sha256sum a b empty bin long
sha256sum < a
sha256sum - < a
sha256sum -b a
sha256sum -t a
sha256sum missing a
sha256sum dir
sha256sum a b > s; sha256sum -c s
sha256sum a b > s; echo x >> a; sha256sum -c s
sha256sum a b > s; rm a; sha256sum -c s
sha256sum a > s; echo nonsense >> s; sha256sum -c s
echo nonsense > s; sha256sum -c s
sha256sum a | sha256sum -c
sha256sum -c missing
sha256sum -b a b | sha256sum -c -
head -c 55 long | sha256sum
head -c 56 long | sha256sum
head -c 63 long | sha256sum
head -c 64 long | sha256sum
head -c 119 long | sha256sum; head -c 120 long | sha256sum
sha256sum a > /dev/full
uname
uname -s
uname -n
uname -r
uname -v
uname -m
uname -rs
uname -snrvm
uname -x
uname x
uname > /dev/full
$T/kill -l 9
$T/kill -l KILL
$T/kill -s TERM
$T/kill
$T/kill x
$T/kill -s NOTHING 1
$T/kill -0 $$ && echo yes
$T/kill -s 0 $$ && echo yes
$T/kill 999999999
exec 2>/dev/null; /bin/sleep 10 & $T/kill $!; wait $!; echo $?
exec 2>/dev/null; /bin/sleep 10 & $T/kill -9 $!; wait $!; echo $?
exec 2>/dev/null; /bin/sleep 10 & $T/kill -KILL $!; wait $!; echo $?
exec 2>/dev/null; /bin/sleep 10 & $T/kill -s int $!; $T/kill -HUP $!; wait $!; echo $?
exec 2>/dev/null; /bin/sleep 10 & $T/kill -n 1 $! ; wait $!; echo $? ::: exec 2>/dev/null; /bin/sleep 10 & kill -1 $!; wait $!; echo $?
exec 2>/dev/null; /bin/sleep 10 & $T/kill -SIGTERM $!; wait $!; echo $?
f=$(mktemp xXXXXXX); test -f $f && test -s $f || ls $f | wc -l; rm $f
d=$(mktemp -d dXXXXXX); ls -ld $d | cut -c1-10; rmdir $d
f=$(mktemp -p void); ls void | wc -l; rm $f
f=$(TMPDIR=void mktemp); ls void | wc -l; rm $f
f=$(TMPDIR=void mktemp -t abcXXXX); ls void | cut -c1-3; rm $f
mktemp -u xXXXXXX | wc -c; ls x* 2>/dev/null
mktemp xXX
mktemp missing/xXXXXXX
mktemp -q missing/xXXXXXX
mktemp -p missing
mktemp a b
f=$(mktemp XXXXXXXXXX); echo ${#f}; ls -l $f | cut -c1-10; rm $f
mktemp -d xXXXXXX > /dev/full; rmdir x*
""")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case, tmp_path):
    compare(case, tmp_path)
