/*
 * How far our functions are from the truth, as MPFR knows it: prints the
 * largest error of each in units in the last place. Ours are linked as our_*.
 */
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>

double our_exp(double x);
double our_log(double x);
double our_log2(double x);
double our_log10(double x);
double our_pow(double x, double y);
double our_hypot(double x, double y);

static uint64_t state = 7;
static mpfr_t a, b, result, error;

static double
random_unit(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

/* Keep the larger one of *worst and the distance of got from result. */
static void
judge(double *worst, double got)
{
    long exponent = mpfr_get_exp(result);
    double distance;

    if (exponent < -1021 || exponent > 1023)
        return;
    mpfr_sub_d(error, result, got, MPFR_RNDN);
    mpfr_div_2si(error, error, exponent - 53, MPFR_RNDN);
    distance = mpfr_get_d(error, MPFR_RNDN);
    distance = distance < 0 ? -distance : distance;
    if (!(distance <= *worst))
        *worst = distance;
}

int
main(void)
{
    static const char *const names[] = {"exp", "log", "log2", "log10", "pow",
                                        "hypot"};
    double worst[6] = {0};

    mpfr_inits2(53, a, b, (mpfr_ptr)0);
    mpfr_inits2(300, result, error, (mpfr_ptr)0);
    for (int i = 0; i < 20000; i++) {
        double x = random_unit() * 1400 - 700;
        double p = random_unit() * (i % 2 ? 2 : 1e6) + 1e-9;
        double y = random_unit() * (i % 4 < 2 ? 200 : 1000) - 100;

        mpfr_set_d(a, x, MPFR_RNDN);
        mpfr_exp(result, a, MPFR_RNDN);
        judge(&worst[0], our_exp(x));
        mpfr_set_d(a, p, MPFR_RNDN);
        mpfr_log(result, a, MPFR_RNDN);
        judge(&worst[1], our_log(p));
        mpfr_log2(result, a, MPFR_RNDN);
        judge(&worst[2], our_log2(p));
        mpfr_log10(result, a, MPFR_RNDN);
        judge(&worst[3], our_log10(p));
        mpfr_set_d(b, y, MPFR_RNDN);
        mpfr_pow(result, a, b, MPFR_RNDN);
        judge(&worst[4], our_pow(p, y));
        mpfr_hypot(result, a, b, MPFR_RNDN);
        judge(&worst[5], our_hypot(p, y));
    }
    for (int i = 0; i < 6; i++)
        printf("%s %.3f\n", names[i], worst[i]);
    return 0;
}
