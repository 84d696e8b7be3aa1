/* SPDX-License-Identifier: MIT */
/** In-process measuring: thread CPU time, the sides in turn, medians of their ratios. */
#ifndef FOURMICA_BENCH_H
#define FOURMICA_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_SAMPLES 41

static inline double bench_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), bench_compare);
	return values[count / 2];
}

/** One side of a comparison: does the work `times` times. */
struct bench_side {
	const char *name;
	void (*run)(void *ctx, unsigned times);
	void *ctx;
};

/** Compare ours with a floor: samples of `times` operations, in turn, after one of each to warm
 *  up. Prints both medians and the median of the ratios; returns the latter. */
static inline double bench_pair(const struct bench_side *ours,
				const struct bench_side *floor, unsigned times)
{
	double a[BENCH_SAMPLES], b[BENCH_SAMPLES], ratio[BENCH_SAMPLES], middle;

	for (int i = -1; i < BENCH_SAMPLES; i++) {
		double t0 = bench_cpu_us(), t1, t2;
		ours->run(ours->ctx, times);
		t1 = bench_cpu_us();
		floor->run(floor->ctx, times);
		t2 = bench_cpu_us();
		if (i < 0)
			continue;
		a[i] = (t1 - t0) / times;
		b[i] = (t2 - t1) / times;
		ratio[i] = a[i] / b[i];
	}
	middle = bench_median(ratio, BENCH_SAMPLES);
	bench_median(a, BENCH_SAMPLES);
	bench_median(b, BENCH_SAMPLES);
	printf("  %-34s %9.3f us [%.3f - %.3f]\n", ours->name, a[BENCH_SAMPLES / 2], a[0],
	       a[BENCH_SAMPLES - 1]);
	printf("  %-34s %9.3f us [%.3f - %.3f]\n", floor->name, b[BENCH_SAMPLES / 2],
	       b[0], b[BENCH_SAMPLES - 1]);
	return middle;
}

/** `prog ours N` and `prog floor N` run one side only: for counting instructions. */
static inline int bench_one(int argc, char **argv, const struct bench_side *ours,
			    const struct bench_side *floor)
{
	const struct bench_side *side = strcmp(argv[1], "ours") == 0 ? ours : floor;

	if (argc != 3)
		return 2;
	side->run(side->ctx, (unsigned)strtoul(argv[2], NULL, 10));
	return 0;
}

#endif
