/* Exact functions bit by bit, the others to ten digits. */
#include "compare.h"

#include <math.h>

int
main(int argc, char **argv)
{
    static const double some[] = {0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e300,
        4503599627370495.5, 4503599627370497, INFINITY, -INFINITY, 5e-324,
        0.49999999999999994, 2.2250738585072014e-308, -1, 3};

    random_seed(argc, argv);
    for (int i = 0; i < 4000; i++) {
        double x = some[random_below(COUNT(some))], y, whole;
        uint64_t bits = random_long();
        int n;

        memcpy(&y, &bits, sizeof y);
        if (i % 2)
            x = (double)(int)random_bits() / 1000;
        if (y != y)
            continue;
        printf("%a %a: %a %a %a %a %a", x, y, floor(x), ceil(x), round(x),
               trunc(x), rint(x));
        printf(" %a", modf(x, &whole));
        printf(" %a", frexp(y, &n));
        printf(" %a %d %a %a", whole, n, ldexp(x, (int)random_below(300) - 150),
               copysign(x, y));
        printf(" %a %a", fmax(x, y), fmin(x, y));
        if (x != 0 && isfinite(x) && isfinite(y) && fabs(y) < 1e10)
            printf(" %a", fmod(y, x));
        x = (double)random_below(1000000) / 977 + 0.001;
        y = (double)(int)random_below(2000000) / 9973 - 100;
        printf(" %a %.10g %.10g %.10g %.10g %.10g\n", sqrt(x), exp(y), log(x),
               log10(x), log2(x), pow(x, y));
    }
    printf("%g %g %g %g %g\n", pow(2, 0.5), pow(-2, 3), pow(0, -1),
           isnan(pow(-8, 1.0 / 3)) ? 1.0 : 0.0, hypot(3e300, 4e300));
    return 0;
}
