"""find, xargs, diff and cmp: tools that compare, and run others."""
import random
import subprocess

import pytest

import toolbox
from toolbox import cases, compare, name_of

CASES = cases(r"""
find | sort
find dir | sort
find dir a | sort
find dir/
find dir -name '*e*' | sort
find . -name '*.c' | sort
find . -iname 'A*' | sort
find . -name .
find dir/ -name dir
find . -path './dir/*' | sort
find . -ipath './DIR/s*' | sort
find . -type d | sort
find . -type l | sort
find . -type f,l | sort
find . -type p
find . -type x
find . -type f -size +1k | sort
find . -size 1 -type f | sort
find . -size -2 -type f | sort
find . -size 0 -type f
find . -size 14c | sort
find . -size +50k
find . -size +0M -type f | sort
find . -size 1x
find . -empty | sort
find dir -mtime +100 | sort
find dir -mtime -100
touch new; find . -mtime -1 -type f
touch new; find . -mtime 0 -type f; find . -mmin -5 -type f
find . -newer a -type f | sort
find . -newer missing
find . -newermt '2020-01-03' -type f | sort
find . -newermt never
find dir -maxdepth 1 | sort
find dir -maxdepth 0
find dir -mindepth 1 | sort
find dir -mindepth 2 -maxdepth 2 | sort
find dir -depth -name sub
find dir/sub -depth -type d
find . -name dir -prune -o -type f -print | sort
find . -path ./dir -prune -o -name 'o*' -print
find . -name dir -prune | sort
find dir ! -name '*e*' | sort
find dir -not -type d | sort
find . ! \( -type f -o -type l \) | sort
find . \( -name a -o -name b \) -print | sort
find . -name a -o -name b | sort
find . -name a -print -o -name b | sort
find . -name a -a -type f
find . -type f -name 'b*' -print0 | sort -z | tr '\0' ' '
find dir -name one -exec echo found {} \;
find dir -name one -exec echo {}{} x{}y \;
find dir -type f -exec false \; -print
find dir -type f -exec true \; -print | sort
find dir -name one -exec cat {} +
find dir -type f -name 'm*' -exec echo x {} +
find dir -name nothing -exec echo {} +
find dir -type f -exec false {} +
find dir -name one -exec nothere {} \;
find dir -name one -exec
find dir -exec echo
find dir -exec ;
find . -type f -name 'b*' -delete
find dir -delete
find void -delete -print
find . -perm 600
find . -perm -111 -type f
find . -perm /111 -type f
find . -perm u=rw,go= -type f
find . -perm -u+x,g+x -type f
find . -user root -name a
find . -group 0 -name a
find . -user 12345
find . -user nobodyatall
find . -links +2 -type d | sort
ln a z; find . -links 2 -type f | sort
find -L dirlink -name one
find -H dirlink -name one
find dirlink -name one
find -P dirlink
find -L . -type l | sort
find -L . -name 'link' -type f
cd dir; ln -s . loop; find -L . -name 'two'
find missing
find missing dir -name one
find a
find . -name
find . \( -name a
find . -name a \)
find . -foo
find . !
find dir -true -false
find dir -name one -quit
find dir -name one -print -quit
find . -maxdepth x
find dir > /dev/full
find dir -xdev -name one; find dir -mount -name two
find . -name 'with*' -exec cat {} \;
find . -name '-*'
find a b -inum 1
find dir -name one -ok echo {} \; < a
echo y | find dir -name one -ok echo {} \;
find '' -name x
find dir -maxdepth 1 -type f -name '.*'
find dir -mindepth 1 -depth | head -n 1 | wc -l
find . -name 'a' -o -name 'b' -exec echo {} \;
find . -type f -size -1k
find . -type f -empty -o -name void -empty
$T/printf 'a b\nc\n' | xargs
$T/printf 'a b\nc\n' | xargs echo x
$T/printf 'a b\nc\n' | xargs -n 1 echo
$T/printf 'a b\nc d\ne\n' | xargs -n 2 echo -
$T/printf 'a b\nc d\ne\n' | xargs -L 1 echo -
$T/printf 'a b\nc d\ne\n' | xargs -L 2
$T/printf 'a b\nc\n' | xargs -I X echo -X-X-
$T/printf '  a b  \n\nc\n' | xargs -I {} echo '[{}]'
$T/printf '"a b" c\\ d '"'e f'"'\n' | xargs -n 1
$T/printf 'a\0b c\0' | xargs -0 -n 1
$T/printf 'a,b c,d' | xargs -d , -n 1
$T/printf 'a\nb c\n' | xargs -d '\n' -n 1
xargs echo x < empty
xargs -r echo x < empty
xargs -I X echo X < empty
xargs < /dev/null
$T/printf 'a\n' | xargs -t echo
$T/printf 'a b c\n' | xargs -s 30 echo | wc -w
$T/printf '"a\n' | xargs
$T/printf 'a\n' | xargs nothere
$T/printf 'a\n' | xargs ./a
$T/printf 'a b\n' | xargs -n 1 false
$T/printf '1\n2\n' | xargs -n 1 /bin/sh -c 'exit 3'
$T/printf '1\n2\n' | xargs -n 1 /bin/sh -c 'echo $0; exit 255'
$T/printf '1\n2\n' | xargs -n 1 /bin/sh -c 'echo $0; kill -9 $$'
seq 1 20000 | xargs | wc -w
seq 1 20000 | xargs -n 7000 echo | wc -l
$T/printf 'a\n' | xargs cat - a
xargs -n x
xargs -k
ls dir | xargs -I N mv dir/N void/N.old
find dir -type f -print0 | xargs -0 cat | sort
cmp a a
cmp a b
cmp a link
cmp old.c new.c
cmp -s a b
cmp -s a a
cmp -l bin bin2
cmp -l a a
cmp empty a
cmp a empty
cmp a noend
head -c 5 a > c; cmp a c
head -c 8 a > c; cmp a c
head -c 8 a > c; cmp -s a c
head -c 8 a > c; cmp -l a c
cmp -n 3 a a
cmp -n 100 bin bin2
cmp -i 3 old.c new.c
cmp a < a
cmp a - < b
cmp - a < a
cmp a missing
cmp missing a
cmp -s missing a
cmp a dir
cmp
cmp a b c d e
cmp -x a b
cmp long long
cmp a b > /dev/full
diff a a
diff a b
diff old.c new.c
diff new.c old.c
diff -u old.c new.c
diff -u new.c old.c
diff -U 0 old.c new.c
diff -U1 old.c new.c
diff -U 100 old.c new.c
diff -u a empty
diff -u empty a
diff a empty
diff empty a
diff noend a
diff -u noend a
diff -u a noend
head -c 13 a > c; diff -u a c; diff a c; diff c a
diff -q a b
diff -q a a
diff -s a a
diff -s a b
diff -i words words
$T/printf 'ONE\nTwo\nthree\n' > c; diff -i a c; diff a c
$T/printf 'one \n two\nthree\n' > c; diff -b a c; diff -w a c
$T/printf 'a  b\nc\n' > c; $T/printf 'a b\nc \n' > d; diff -b c d; diff c d
$T/printf 'ab\n' > c; $T/printf 'a b\n' > d; diff -b c d; diff -w c d
diff bin bin2
diff -a bin bin2 | od -c
diff -q bin bin2
diff nul nul
diff a dir
diff dir a
diff old.c missing
diff missing missing2
diff -N a missing
diff -uN a missing | tail -n +3
diff - a < a
diff a - < b
diff -u a - < b | tail -n +3
diff dir void
cp -r dir d2; diff dir d2
cp -r dir d2; diff -r dir d2
cp -r dir d2; echo x >> d2/one; rm d2/sub/more; diff -r dir d2
cp -r dir d2; echo x >> d2/sub/deep; diff -rq dir d2
cp -r dir d2; rm -r d2/sub; diff -r dir d2; diff -r d2 dir
cp -r dir d2; echo x >> d2/sub/deep; diff dir d2
cp -pr dir d2; rm d2/one; touch -d @0 d2/two; diff -Nr dir d2
mkdir d1 d2; echo a > d1/x; mkdir d2/x; diff -r d1 d2
cp -r dir d2; diff -rs dir d2
diff
diff a
diff a b c
diff -k a b
diff -U x a b
diff a b > /dev/full
seq 1 1000 > x; seq 1 3 2000 > y; diff x y
seq 1 100 > x; seq 3 50 > y; diff -u x y | tail -n +3
seq 1 100 > x; sed 's/5$/five/' x > y; diff -u x y | tail -n +3
seq 1 100 > x; sed '10d;12d;50i new' x > y; diff x y
$T/printf 'a\nb\na\nb\na\nb\n' > x; $T/printf 'a\nb\na\nb\n' > y; diff x y; diff y x
$T/printf 'f\n{\n}\n\ng\n{\n}\n' > x; $T/printf 'f\n{\n}\n\nh\n{\n}\n\ng\n{\n}\n' > y; diff -u x y | tail -n +3
""")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case, tmp_path, template):
    compare(case, tmp_path, template)


@pytest.mark.parametrize("seed", range(12))
def test_patches_apply(seed, tmp_path):
    """What patch makes of one file with diff's output is the other, and no
    line is in the output that need not be: as many as in the host's.
    """
    chance = random.Random(seed)
    lines = [f"{chance.randrange(1 + seed * 7)}\n" for _ in range(400)]
    other = list(lines)
    for _ in range(chance.randrange(1, 120)):
        at = chance.randrange(len(other))
        other[at:at + chance.randrange(3)] = [
            f"{chance.randrange(40)}\n"] * chance.randrange(3)
    (tmp_path / "x").write_text("".join(lines))
    (tmp_path / "y").write_text("".join(other))
    for options in (["-u"], [], ["-U0"]):
        done = subprocess.run([str(toolbox.OURS / "diff"), *options, "x", "y"],
                              cwd=tmp_path, capture_output=True, check=False,
                              env=toolbox.ENVIRONMENT, timeout=60)
        assert done.returncode == (lines != other), done.stderr
        subprocess.run(["patch", "-s", "-o", "z", "x"], cwd=tmp_path,
                       input=done.stdout, check=True, timeout=60)
        assert (tmp_path / "z").read_text() == "".join(other)
        (tmp_path / "z").unlink()
    best = subprocess.run(["/usr/bin/diff", "-d", "-U0", "x", "y"],
                          cwd=tmp_path, capture_output=True, check=False)
    assert len(done.stdout.splitlines()) <= \
        1.1 * len(best.stdout.splitlines()) + 4


def test_long_files_are_compared_in_time(tmp_path):
    (tmp_path / "x").write_text("".join(f"{i}\n" for i in range(100000)))
    (tmp_path / "y").write_text("".join(f"{i}\n" for i in range(100000)
                                        if i % 1000))
    done = subprocess.run([str(toolbox.OURS / "diff"), "x", "y"],
                          cwd=tmp_path, capture_output=True, check=False,
                          env=toolbox.ENVIRONMENT, timeout=20)
    assert done.stdout.count(b"\n<") == 100
