"""Tools that make, move, change and list files."""
import pytest

from toolbox import cases, compare, name_of

CASES = cases(r"""
cat a
cat a b noend empty
cat a - b < words
cat < noend
cat -n a noend b
cat -b blank
cat -bn blank a
cat -s blank
cat -sn blank
cat -E noend blank
cat -A bin
cat -v bin
cat -e tabs dos
cat -t tabs dos
cat -T tabs
cat -vT bin
cat -u a
cat nul bin utf8
cat -A nul utf8
cat -- -dash
cat ./-dash 'with space'
cat missing
cat a missing b
cat dir
cat a dir b
cat -n dir a
cat -n missing
cat -k a
cat a >&-
cat -n a >&-
cat a > /dev/full
cat -n b > /dev/full
cat a >> a
cat a b > c; cat c >> c; cat c
cat broken
cat long | wc
cp a c
cp a void
cp a b dir void
cp a b
cp a a
cp a link
cp a missing/x
cp missing c
cp a b missing
cp a b c
cp dir c
cp a dir void
cp -r dir c
cp -r dir void
cp -R dir/ c
cp -r dir/. void
cp -r a dir void
cp -p a secret void
cp -a dir c
cp -rp dir link c; cp -rp dir link void
cp -n a b
cp -n a c
cp -u a b
cp -u old.c new.c; cp -u new.c old.c
cp -v a c
cp -v a b void
cp -rv dir/sub c | sort
cp -f a b
ln -s x x; cp a x
ln -s x x; cp -f a x
cp link c
cp -P link c
cp -P link broken void
cp -d link c
cp -r link dirlink broken void
cp -rL dir link dirlink void
cp -L link c
cp -rH dirlink c
cp -H link void
cp -T a c
cp -T a dir
cp -rT dir c
cp -rT dir void
cp script c; cp secret script
cp broken c
cp pipe c & cat a > pipe; wait
cp -r pipe c
cp a /dev/full
cp
cp a
cp -z a b
cp -i a b < a
echo y | cp -i a b
echo y | cp -iv a b c; cp -i a new </dev/null
cp 'with space' x
cp -- -dash x
cp long big; cmp long big
mv a c
mv a b
mv a b void
mv a b c
mv a void/c
mv a dir
mv dir void
mv dir c
mv void dir/sub
mv dir dir/sub
mv missing c
mv a missing missing2
mv a a
mv a ./a
mv link c
mv broken c
mv dirlink c
mv dir/ c
mv a dir/one/x
mv -n a b
mv -n a c
mv -v a c
mv -v a b void
mv -f a b
mv -u a b; mv -u old.c new.c
mv -u new.c old.c
echo n | mv -i a b
echo y | mv -i a b
mv -i a c < /dev/null
mv -T a void
mv -T void dir
mv -T dir void; mv -T void x
mv a void; mv a void
mkdir void/dir; mv dir void; mv void/dir dir
mkdir void/dir; touch void/dir/x; mv dir void
mv a
mv -q a b
mv 'with space' -- -dash x
mv -- -dash x
rm a
rm a b words
rm missing
rm -f missing
rm -f
rm
rm a missing b
rm dir
rm -r dir
rm -rf dir a missing
rm -R dir void
rm -d void
rm -d dir
rm -r dirlink
rm link broken
rm dirlink/one
rm pipe
rm -v a link
rm -rv dir/sub | sort
rm -rv void
rm -- -dash
rm -r .
rm -rf ..
rm -r dir/.
rm -r dir/
rm -q a
rm a/x
rm -f a/x
yes n | rm -i a
echo y | rm -i a b
printf 'y\ny\ny\ny\ny\ny\ny\ny\ny\n' | rm -ri dir
mkdir x; touch x/y; printf 'y\nn\n' | rm -ri x
mkdir -p x/y/z; touch x/y/z/w; printf 'y\ny\ny\nn\n' | rm -ri x void
echo n | rm -ri dir
rm -if missing
rm -fi a < /dev/null
chmod 0 dir/one; rm dir/one
mkdir new
mkdir new new2 new
mkdir a
mkdir a/b
mkdir missing/x
mkdir -p x/y/z
mkdir -p x//y///z/
mkdir -p dir/sub
mkdir -p dir/sub/new
mkdir -p a
mkdir -p a/b
mkdir -p ./x/../y
mkdir -p "$PWD/x/y"
mkdir -m 700 new
mkdir -m 1777 new
mkdir -m a=rx new
mkdir -m u+w,g-x,o= new
mkdir -pm 700 x/y
mkdir -m 9 x
mkdir -v x y
mkdir -pv x/y dir/z
mkdir
umask 077; mkdir -p x/y
umask 777; mkdir -p x/y
mkdir void
mkdir -p dirlink/x
mkdir broken
mkdir -p broken
rmdir void
rmdir dir
rmdir a
rmdir missing
rmdir
rmdir void/
mkdir -p x/y/z; rmdir -p x/y/z
mkdir -p x/y/z; rmdir -p x//y/z/
mkdir -p x/y/z x/w; rmdir -p x/y/z
mkdir -p x/y; rmdir -pv x/y
rmdir -v void
rmdir dirlink
ln a c
ln a b
ln -f a b
ln a void
ln a b void
ln a b c
ln -s a c
ln -s nowhere c
ln -s a b
ln -sf a b
ln -s ../a dir
ln -sf x dirlink
ln -sfn x dirlink
ln -sT x void
ln -sfT x link
ln -sv a c
ln -v a c
ln missing c
ln dir c
ln -s dir
ln ../t/a void/; ln -s ../a
ln -s /etc/passwd
ln
ln -f a a
ln -s a missing/x
ln link c
echo y | ln -si x a
echo n | ln -si x a
touch new
touch new1 a new2
touch -c new
touch -d '2020-02-03 04:05:06' a
touch -d '2020-02-03T04:05:06Z' a
touch -d '2020-02-03' a new
touch -d @1580000000 a
touch -d '2020-02-03 04:05:06.5' a; find a -newermt '2020-02-03 04:05:06' ::: touch -d '2020-02-03 04:05:06.5' a; echo a
touch -t 202002030405 a
touch -t 202002030405.06 a
touch -t 2002030405 a
touch -r b a
touch -m -r b a
touch -a -r b a
touch -d nonsense a
touch -t 1 a
touch -t 202013010101 a
touch -d 2020-13-01 a
touch
touch missing/x
touch dir; touch -r a dir
touch link
touch -r missing a
touch broken
chmod 600 a
chmod 4755 a
chmod 0 a
chmod 7777 a void
chmod u+x a
chmod +x a b
chmod -x script
chmod -w a
chmod a= a
chmod go= script
chmod u=rwx,g=rx,o=r a
chmod g=u script
chmod o=g script
chmod u+x,g+w,o-r a
chmod u+s,g+s script
chmod +t void
chmod o+t void
chmod u=g,g+w secret
chmod a+X script a dir
chmod go-rwX script
chmod g+rw-x script
chmod =r a
chmod +w a; umask 0; chmod +w b
chmod 2755 dir; chmod 755 dir
chmod g+s dir; chmod a=rx dir
chmod g+s dir; chmod 00755 dir
chmod -R go-rwx dir
chmod -R u+X,g=,o= dir
chmod -R 700 dirlink
chmod -R a+x dir link
chmod -v 600 a b
chmod -v u+x script
chmod -c 644 a script
chmod 8 a
chmod x+y a
chmod u a
chmod 17777 a
chmod
chmod 600
chmod 600 missing
chmod -f 600 missing
chmod 600 broken
chmod 600 link
ls
ls -a
ls -A
ls -r
ls -1
ls -1 a b dir
ls dir void
ls a dir b void
ls dirlink
ls -l dirlink
ls -d dirlink dir a
ls -F
ls -F dirlink
ls -p
ls -R
ls -R dir void
ls -aR dir
ls -Ra void
ls -t
ls -tr
ls -S
ls -Sr
ls -l
ls -la dir ::: ls -la dir
ls -lh
ls -lh long
ls -ln
ls -lg
ls -lo
ls -go
ls -lF
ls -l link broken
ls -lL link b
ls -lL dirlink
ls -lt
ls -lu
ls -lR dir
ls -ld dir
ls -l a missing b
ls -s dir
ls -sh a long
ls -ls dir
ls -i a | wc -w
ls missing
ls missing a
ls -l broken
ls -L broken
ls void
ls -l void
ls -a void
ls -U void
ls -C a b dir ::: ls -C -T0 a b dir
COLUMNS=40 ls -C ::: COLUMNS=40 ls -C -T0
COLUMNS=60 ls -C ::: COLUMNS=60 ls -C -T0
COLUMNS=20 ls -C ::: COLUMNS=20 ls -C -T0
COLUMNS=30 ls -CF ::: COLUMNS=30 ls -CF -T0
COLUMNS=200 ls -C ::: COLUMNS=200 ls -C -T0
COLUMNS=1 ls -C ::: COLUMNS=1 ls -C -T0
COLUMNS=50 ls -sC ::: COLUMNS=50 ls -sC -T0
COLUMNS=50 ls -CR dir ::: COLUMNS=50 ls -CR -T0 dir
ls -C1 dir; ls -1C dir; ls -lC dir; ls -Cl dir ::: ls -C1 dir; ls -1C -T0 dir; ls -lC -T0 dir; ls -Cl dir
ls /dev/null /dev/zero
ls -l /dev/null /dev/zero a
touch x 'tab	name' "$(printf 'new\nline')"; ls -q
touch -d @0 x; touch -d @4000000000 y; ls -l x y
touch x; ls -lt | head -n 2 | wc -l
ls > /dev/full
ls >&-
ls -y
ls -- -dash
ls ''
ls -t a b; ls -lSr
""")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case, tmp_path):
    compare(case, tmp_path)
