#include "user/test/attack/attack.h"
#define S(a) const struct attack a##_attacks[1] = {{0}}; const unsigned a##_attack_count = 0;
S(device) S(bomb)
const struct attack storm_attack = {"nmi-storm", 0};
