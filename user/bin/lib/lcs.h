/* The longest common subsequence of two sequences of numbers, for diff. */
#ifndef USER_BIN_LIB_LCS_H
#define USER_BIN_LIB_LCS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Set changed[i] for each element that is not part of it, in a and b. The
 * method is Myers' ("An O(ND) Difference Algorithm and Its Variations",
 * 1986) in linear space: time grows with the length times the differences.
 */
void lcs_compare(const size_t *a, size_t a_count, const size_t *b,
                 size_t b_count, bool *a_changed, bool *b_changed);

#endif
