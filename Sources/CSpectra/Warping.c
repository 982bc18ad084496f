#include "CSpectra.h"

#include <math.h>
#include <stddef.h>

#pragma STDC FP_CONTRACT OFF

void kodama_warp(double *restrict cost, double *restrict sum, double *restrict steps, const double *distances,
                 const double *counted, long columns, int first, unsigned char *directions) {
  // The cell before this one on the diagonal and the one to its left; before the first cell of all stands an empty way.
  double diagonal = first ? 0 : INFINITY, diagonal_sum = 0, diagonal_steps = 0;
  double left = INFINITY, left_sum = 0, left_steps = 0;
  for (long column = 0; column < columns; ++column) {
    const double above = cost[column], above_sum = sum[column], above_steps = steps[column];
    double best = diagonal, best_sum = diagonal_sum, best_steps = diagonal_steps;
    unsigned direction = 0;
    const int from_above = above < best;
    best = from_above ? above : best;
    best_sum = from_above ? above_sum : best_sum;
    best_steps = from_above ? above_steps : best_steps;
    direction = from_above ? 1 : direction;
    const int from_left = left < best;
    best = from_left ? left : best;
    best_sum = from_left ? left_sum : best_sum;
    best_steps = from_left ? left_steps : best_steps;
    direction = from_left ? 2 : direction;
    if (directions != NULL) directions[column >> 2] |= (unsigned char)(direction << (2 * (column & 3)));
    diagonal = above;
    diagonal_sum = above_sum;
    diagonal_steps = above_steps;
    left = cost[column] = best + distances[column];
    left_sum = sum[column] = best_sum + counted[column];
    left_steps = steps[column] = best_steps + 1;
  }
}
