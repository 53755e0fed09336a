"""Tools that read text and write text."""
import pytest

from toolbox import cases, compare, name_of

CASES = cases(r"""
$T/echo
$T/echo a  b '' c
$T/echo -n a
$T/echo -e 'a\tb\nc\\d\x41\0101\101\e[\a\b\f\r\v'
$T/echo 'a\tb'
$T/echo -E -e -n 'x\n'
$T/echo -neE 'x\n'
$T/echo -e 'a\cb' c
$T/echo -x a; $T/echo - a; $T/echo -- a; $T/echo -nx
$T/echo -e '\q\'
$T/echo a > /dev/full
$T/echo a >&-
$T/echo -e '\x4g\xg\0777\8'
$T/printf 'a\n'
$T/printf '%s\n' a b 'c d'
$T/printf '%s-%s\n' a b c
$T/printf '%5s|%-5s|%.2s|%5.1s|\n' abc abc abc abc
$T/printf '%d %i %o %u %x %X %#x %#o\n' 10 0x10 8 9 255 255 255 8
$T/printf '%5d|%-5d|%05d|%+d|% d|%.3d|\n' 42 42 42 42 42 42
$T/printf '%d %d\n' -5 010
$T/printf '%d\n' "'a" '"b'
$T/printf '%f %.2f %e %g %G\n' 3.14159 2.005 12345.678 0.0001 1e20
$T/printf '%*d|%-*d|%.*f\n' 5 1 5 2 2 3.14159
$T/printf '%*s|\n' -5 x
$T/printf '%c%c%c\n' abc def ''
$T/printf '%b\n' 'a\tb\0101\x42'
$T/printf '%b' 'a\cb' c
$T/printf '%5b|%-5b|\n' 'a\t' b ::: $T/printf '   a\t|b    |\n'
$T/printf 'a\tb\n\101\x42\\'
$T/printf '%%|%5%|'
$T/printf 'a\cb'
$T/printf '%s %d\n'
$T/printf '%d\n' abc
$T/printf '%d\n' 12x
$T/printf '%d\n' 99999999999999999999
$T/printf '%u\n' -1
$T/printf '%d\n' ''
$T/printf '%y\n' a
$T/printf '%'
$T/printf 'x\n' a b
$T/printf
$T/printf -- '%s\n' a
$T/printf '%s\n' > /dev/full
$T/printf '%03o %s\n' 8 x 9 y
$T/printf '%ld %lld %hd\n' 1 2 3
$T/printf '%10.4e|%-12g|%+.1f\n' 1.5 2.5 3.25
$T/printf '%s' "$($T/printf '\0')"
$T/printf 'a\0b\n'
$T/printf '\q\n'
$T/true; $T/true a b
$T/false
$T/false --nothing
head b
head -n 3 b
head -n3 b
head -3 b
head -n 0 b
head -n 100 b
head -n -5 b
head -n -100 b
head -n -0 b
head -c 5 b
head -c -5 a
head -c -0 a
head -c 1k long | wc -c
head -c 1b long | wc -c
head -n 1 a b
head -n 1 - a < b
head -qn 1 a b
head -vn 1 a
head -n 2 noend
head -n -1 noend
head -n 1 missing a
head dir
head -n x a
head -c a
head -n 1 nul
head -z -n 1 nul
head empty a
head -n 1 long | wc -c
head -n 3 < b
head -5 a b
head b > /dev/full
cat b | head -n -28
tail b
tail -n 3 b
tail -3 b
tail -n +28 b
tail -n +0 a
tail -n +1 a
tail -n +100 a
tail -n 0 a
tail -n -2 a
tail -n 100 a
tail -c 5 b
tail -c +75 b
tail -c 0 a
tail -c 100 a
cat b | tail -c 7
cat b | tail -n 2
tail -n 1 noend
tail -n 2 noend
tail -n 1 a b
tail -qn 1 a b
tail -vn 1 a
tail missing a
tail dir
tail -n x a
tail empty
tail -zn 1 nul
tail -n 1 nul
tail -n 1 long | wc -c
tail -c 3 long
tail -n 1 - < b
tail b > /dev/full
wc a
wc a b
wc < a
wc -l < a
wc -l a
wc -l a b
wc -w text
wc -c bin
wc -m a
wc -L tabs a
wc -L long
wc -lw text
wc -cl text a
wc noend nul bin
wc missing
wc missing a
wc dir
wc dir a
wc empty
cat a | wc
cat a | wc -l
cat a | wc -lc
wc - a < b
wc -x
wc a > /dev/full
wc bin long
sort words
sort -r words
sort -u words
sort -f words
sort -fu words
sort -fs words
sort -fr words
sort numbers
sort -n numbers
sort -nr numbers
sort -nu numbers
sort -ns numbers
sort -g numbers
sort -h sizes
sort -hr sizes
sort -t: -k3 table
sort -t: -k3n table
sort -t: -k3,3n table
sort -t: -k3,3nr table
sort -t: -k1,1 -k3,3n table
sort -t: -k1,1r -k3,3n table
sort -t : -k 4 table
sort -t: -k4.2,4.3 table
sort -t: -k2.1b,2.1 table
sort -s -t: -k1,1 table
sort -r -s -t: -k1,1 table
sort -u -t: -k1,1 table
sort -k2 spaced
sort -k2n spaced
sort -k2b spaced
sort -bk2 spaced
sort -k2,2 -k1 spaced
sort -k3 spaced
sort -k2.2 spaced
sort -b spaced
sort -d text
sort -df text
sort -i bin
sort -k1.2 words
sort -k1.2f words
sort a words
sort - a < words
sort noend
sort empty
sort nul
sort -z nul
sort long | wc
sort -c b
sort -c a
sort -cn b
sort -C a
sort -C b; sort -cu lines
sort -c words missing
sort -nc b words
sort -o out words; cat out
sort -o words words; cat words
sort -o /dev/full words
sort words > /dev/full
sort missing words
sort dir
sort -k0 a
sort -k a
sort -k1,0 a
sort -k1.0 a
sort -kx a
sort -t ab a
sort -t '' a
sort -m words numbers ::: sort words numbers
sort -t '\0' nul
sort -y
sort -rk1,1 table
sort -rnk2 spaced
sort -t: -rk3,3n -k1 table
uniq lines
uniq -c lines
uniq -d lines
uniq -u lines
uniq -i lines
uniq -ci lines
uniq -f 1 spaced
uniq -s 1 words
uniq -w 1 words
uniq -w 0 words
uniq -f 1 -s 2 -w 1 table
uniq words out; cat out
uniq - out < lines; cat out
uniq noend
uniq -z nul
uniq empty
uniq missing
uniq a b c
uniq -f x a
uniq -cd lines
uniq -du lines
uniq blank
uniq < lines > /dev/full
sort words | uniq -c
uniq dir
grep o a
grep -n o a b text
grep -c o a b
grep -v o a
grep -i APPLE words
grep -l o a b text
grep -L o a b text
grep -q o a
grep -q zzz a
grep zzz a
grep -o 'fo*' text
grep -on 'fo*' text a
grep -w foo text
grep -wo foo text
grep -x one a
grep -x on a
grep -xF 'the end' text
grep -F 'a+b' text
grep -F '.' text
grep -Fi APPLE words
grep -Fo oo text
grep -Fw foo text
grep -E 'one|three' a
grep -E '^(one|two)$' a
grep -E 'o{2}' text
grep -E '(o)\1' text
grep 'o\{2\}' text
grep '\(o\)\1' text
grep '^$' text
grep -c '^$' blank
grep '' a
grep -v '' a
grep -c '' empty
grep -e one -e two a
grep "$(printf 'one\nthree')" a
grep -f a text
grep -f empty a
grep -vf empty a
grep -f missing a
grep -e -dash -- -dash
grep -- -x text
grep -m 1 o a
grep -m 0 o a
grep -m 2 -A 1 o text
grep -A 1 two a
grep -B 1 two a
grep -C 1 two a
grep -nC 1 two a
grep -A 1 -n '5' b
grep -C 1 5 b a
grep -A 3 -B 3 -n 1 b
grep -c -A 1 o a
grep -vn -C 1 '[1-4]' b
grep -h o a b
grep -H o a
grep -H o < a
grep o - b < a
grep -l o < a
grep -r deep dir | sort
grep -rn deep dir | sort
grep -rl deep dir | sort
grep -rh deep dir | sort
grep -r deep | sort
grep -r 'not seen' . | sort
grep -rc e dir | sort
grep -r link a
grep deep dir
grep -s deep dir
grep -r x dirlink
grep -Rl first dirlink
cd dir; ln -s . loop; grep -R first . 2>/dev/null
grep o missing
grep -s o missing
grep -q o missing a
grep -q o a missing
grep o missing a
grep c nul
grep b nul
grep -a b nul
grep -c c nul
grep -z b nul
grep -o c nul
grep -q c nul
grep A bin
grep zzz bin
grep '[' a
grep -E '(' a
grep -E 'a{2,1}' a
grep
grep -k a
grep -m x a
grep z long | wc
grep -c x long
grep -o z long
grep last noend
grep -n '' noend
grep o a > /dev/full
grep o a >&-
grep -i 'the' text
grep '[[:upper:]]' text
grep '[^a-z]' a
grep 'a*' a
grep -o 'a*' a
grep -o '' a
grep -E 'x*' a
grep '\<foo\>' text
grep '\bfoo' text
grep -o '\w\+' text
grep -E '\$x|\^y' text
grep -w '' blank
grep -w 'foo.*' text
grep -ow 'foo.' text
grep -x -e one -e tw a
grep -ovn one a
grep -ci apple words
grep -il apple words a
grep -nv o a
grep -E -o 'f|fo|foo' text
cat a | grep -n -
grep -Fx '' blank
grep -F '' a
grep -Fe one -e '' a
grep -rF 'deep d' dir/sub
sed p a
sed -n p a
sed -n 2p b
sed -n '2,4p' b
sed -n '$p' b
sed -n '28,$p' b
sed -n '/t/p' a
sed -n '/2/,/4/p' b
sed -n '2,/4/p' b
sed -n '/8/,12p' b
sed -n '/8/,3p' b
sed -n '5,2p' b
sed '2!d' a
sed -n '/one/!p' a
sed -n '1~10p' b
sed -n '0~10p' b
sed -n '2~0p' b
sed -n '5,+2p' b
sed -n '5,~4p' b
sed -n '8,~4p' b
sed -n '0,/1/p' b
sed -n '1,/1/p' b
sed '0d' a
sed 2d a
sed '/o/d' a
sed 's/o/0/' text
sed 's/o/0/g' text
sed 's/o/0/2' text
sed 's/o/0/2g' text
sed -n 's/o/0/p' text
sed -n 's/o/0/gp' text
sed 's/O/0/I' a
sed 's/O/0/gi' a
sed 's/o\(.\)/<\1>/' a
sed -E 's/(.)(.)/\2\1/' a
sed -E 's/(.)(.)/\2\1/g' a
sed 's/./&&/g' a
sed 's/./\&/' a
sed 's,o,/,' a
sed 's|o|\||' a
sed 's/x*/-/g' a
sed 's/b*/-/2' a
sed 's/^/> /' a
sed 's/$/ </' a
sed 's/e*$/E/' a
sed 's/\//x/;s/n/\//' a
printf 's/n/a\\\nb/\n' > s; sed -f s a
sed 's/n/a\nb/' a
sed 'N;s/\n/+/' a
sed 'N;N;s/\n/+/g' a
sed '$!N;s/\n/ /' b
sed '$!N;P;D' b
sed -n '$!{h;d};H;x;p' a
sed 'G' a
sed -n '1!G;h;$p' a
sed '1!G;h;$!d' a
sed 'x' a
sed 'x;G' a
sed -n 'H;${x;s/\n/,/g;p}' a
sed 'y/abcdeo/ABCDEO/' a
sed 'y/o\n/0 /;N;y/\n/-/' a
sed 'y/ab/x/' a
sed '1q' a
sed '2q5' a
sed '2Q' a
sed '2Q3' a
sed -n '2{p;q}' a
sed 'n;d' b
sed -n 'n;p' b
sed '$!n;s/t/T/' a
sed '=' a
sed -n '$=' b
sed -n l bin
sed -n l tabs
sed -n l long | wc
sed -e 'a\' -e x a
sed 'a hello' a
sed '2a\  hello' a
sed '2i hello' a
sed '2c hello' a
sed '2,3c hello' a
sed '$!c hello' a
printf '/o/c\\\none\\\n  two\n' > s; sed -f s a
sed '1i\   lead' a
sed '$a end' noend
sed 'a x' noend
sed 'i x' noend
sed p noend
sed -n '$p;$p' noend
sed '1r a' b | head -n 5
sed 'r missing' a
sed 'r noend' a
sed '$r a' noend
sed -n 'w out' a; cat out
sed 's/o/0/w out' a; cat out
printf '/o/w out\n/t/w out2\np\n' > s; sed -nf s a; cat out out2
sed -n 'w /dev/stdout' a
sed ':a;s/^\(x*\)a/\1x/;ta' a
sed ':a;N;$!ba;s/\n/,/g' a
sed -e ':a' -e '$!{N;ba' -e '}' -e 's/\n/,/g' a
sed '/t/b;s/^/-/' a
sed '/t/bx;s/^/-/;:x;s/$/+/' a
sed 's/o/0/;T;s/$/!/' a
sed 's/o/0/;t;s/$/!/' a
sed '/one/{s/o/0/;s/e/3/}' a
printf '/one/{\n  s/o/0/\n\n  p # again\n}\n' > s; sed -f s a
sed '2{/t/{s/t/T/}}' a
sed -n '/one/,/two/{/two/!p}' a
printf '# comment\np # more\n' > s; sed -f s a
sed -n -e 1p -e 3p a
printf 's/one/1/\ns/two/2/\n' > s; sed -f s a
printf '#n\n1p\n' > s; sed -f s a
printf '1d' > s; sed -f s -e 2d a
sed -s -n '$p' a b
sed -n '$p' a b
sed -n '1p' a b
sed -s -n '1p' a b
sed -i 's/o/0/' a
sed -i.bak 's/o/0/' a b
sed -i -e 2d a b
sed -ni 2p a
sed -i 2q b
sed -i '$d' a b
sed -n -i.x p a b
sed -i s/x/y/ missing a
sed -i s/x/y/ dir
sed -i s/x/y/ noend
sed -E 's/a|b/X/g' a
sed -r 's/(t)(w)/\2\1/' a
sed 's/a\|o/X/g' a
sed 's/o\+/X/g' text
sed 's/\<./X/g' text
sed 's/\w\+/X/g' text
sed 's/\bf/X/g' text
sed 's/[^,]*,//' a
sed 's/[[:space:]]\+/_/g' text
sed '/^$/d' blank
sed '/./,/^$/!d' blank
sed 's/.*/"&"/' text
sed 's/\t/TAB/' tabs
sed 's/\./\\./g' text
sed '//s//x/' a
sed '/o/s//x/' a
sed 's/a/b' a
sed 's/a/\1/' a
sed 'k' a
sed '2,p' a
sed '{p' a
sed 'p}' a
sed 'b nowhere' a
sed 's/(/x/' a
sed -E 's/(/x/' a
sed 'y/a/' a
sed 's/a/b/gg0' a
sed 'a' a
sed ': ' a
sed '1,2q' a
sed 'p p' a
sed
sed -e
sed p missing
sed p missing a
sed p dir
sed -n p nul
sed 's/b/X/' nul
sed 's/d$/X/' nul
sed -z 's/b/X/' nul
sed p a > /dev/full
sed -n 'w /dev/full' a
sed p < a
sed p - < a
sed -n 's/x/y/gp' long | wc
sed '2,4{=;d}' b
sed 'D' a
sed '$d' noend
sed '$!d' noend
sed N noend
sed 'N;N' b
sed -n '2{n;n;p}' b
sed '2{N;N;N;d}' b
sed -n '/3/,+1p' b
sed -n '\,one,p' a
sed -n '\xonexp' a
sed -n '/ONE/Ip' a
sed '1~3d' b
sed '1,3!s/^/x/' b
sed 's/a/b/;;;p;' a
sed -n '1p;1p' a
sed '1 d' a
sed ' 1 , 2 d ' a
sed -e 'i\' -e '  two words' a
sed 'i a\nb\\c' a ::: sed 'i anb\\c' a
sed 5q b; sed -n '3{p;q;}' b
sed '$s/$/!/' noend
cut -c 1-3 a
cut -c1,3 a
cut -c 2- text
cut -c -2 a
cut -b 1-2,4 text
cut -c 100 a
cut -f1 tabs
cut -f2- tabs
cut -f 2 tabs text
cut -sf2 tabs text
cut -d: -f1 table
cut -d: -f1,4 table
cut -d: -f4,1 table
cut -d: -f-2 table
cut -d: -f2-3,1 table
cut -d : -f 3- table
cut -d: -f1-2,2-3 table
cut -d' ' -f2 text
cut -d: -f9 table
cut -d: -f1 noend
cut -c1 noend empty
cut -z -c1 nul
cut -f1 nul
cut -d: -f1 < table
cut -d: -f1 - < table
cut -c 0 a
cut -c 3-1 a
cut -c x a
cut -c - a
cut -c '' a
cut -f 1 -d ab a
cut -f 1 -c 1 a
cut -d: a
cut -d: -c 1 a
cut -s -c1 a
cut -f1 missing
cut -f1 missing tabs
cut -f1 dir
cut -c1 a > /dev/full
cut -c 99990-100005 long
cut -d '' -f1 nul
tr a-z A-Z < text
tr '[:lower:]' '[:upper:]' < text
tr '[:upper:]' '[:lower:]' < words
tr abc x < table
tr a-c xy < table
tr -d aeiou < text
tr -d '\n' < a
tr -d '[:space:]' < text
tr -d '[:punct:]' < text
tr -cd '[:alnum:]\n' < text
tr -cd '\n' < b
tr -s o < text
tr -s 'a-z' < text
tr -s '\n' < blank
tr -s ' ' '\n' < text
tr -cs '[:alnum:]' '\n' < text
tr -cs 'a-zA-Z' '[\n*]' < text
tr -ds aeiou ' ' < text
tr -c 'a-z\n' '?' < text
tr 'a-z' 'b-za' < text
tr 'a-zA-Z' 'n-za-mN-ZA-M' < text
tr '\n' ' ' < a
tr '\000' X < nul
tr '\0' '\n' < nul
tr '\141' '\101' < table
tr '\\' / < a
tr 'a\-z' 'X_Y' < text
tr 'abc' '[x*2]y' < table
tr 'abcd' '[x*]y' < table
tr -t abc xy < table
tr -d a-z < bin | od -c ::: tr -d a-z < bin | od -c
tr '[=a=]' b < table
tr '[a-c]' '[x-z]' < text
tr a-
tr z-a x < a
tr a < a
tr
tr a b c
tr -d a b < a
tr -d
tr -s a b c < a
tr a '' < a
tr a '[:digit:]' < a
tr -q a b
tr a b < dir
tr a b < a > /dev/full
tr a b < long | wc
tr -d '\r' < dos
tr '\t' ' ' < tabs
tee < a
tee x y < a
tee -a b < a
tee x < long | wc; wc x
tee /dev/full < a
tee dir x < a
tee missing/x < a
tee x < a > /dev/full
tee -i x < nul
tee -q
tee < dir
""")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case, tmp_path, template):
    compare(case, tmp_path, template)
