/* SPDX-License-Identifier: MIT */
/* Runs commands in turn, round after round, on one processor, and prints wall time, CPU time and
 * peak memory of each, and the ratio of every one to the last.
 * spawn ROUNDS NAME COMMAND... [-- NAME COMMAND...]... ; their output is thrown away. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bench.h>

#define COMMANDS 8
#define ROUNDS 1000

struct command {
	const char *name;
	char **argv;
	double wall_ms[ROUNDS], cpu_ms[ROUNDS], peak_mib[ROUNDS];
};

static struct command commands[COMMANDS];

static double ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(struct command *c, int round)
{
	double began = now_ms();
	struct rusage use;
	pid_t pid = vfork();
	int status, null;

	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execv(c->argv[0], c->argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status != 0) {
		fprintf(stderr, "spawn: %s failed\n", c->name);
		exit(1);
	}
	if (round < 0)
		return;
	c->wall_ms[round] = now_ms() - began;
	c->cpu_ms[round] = ms(use.ru_utime) + ms(use.ru_stime);
	c->peak_mib[round] = (double)use.ru_maxrss / 1024;
}

static int parse(int argc, char **argv)
{
	int count = 0;

	for (int i = 2; i < argc && count < COMMANDS; i++) {
		commands[count].name = argv[i++];
		commands[count++].argv = &argv[i];
		while (i < argc && strcmp(argv[i], "--") != 0)
			i++;
		if (i < argc)
			argv[i] = NULL;
	}
	return count;
}

int main(int argc, char **argv)
{
	int rounds = argc > 3 ? atoi(argv[1]) : 0;
	int count = parse(argc, argv);
	cpu_set_t one;

	if (rounds < 1 || rounds > ROUNDS || count < 1)
		return 2;
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (!getenv("BENCH_PINNED"))
		sched_setaffinity(0, sizeof(one), &one);
	for (int round = -2; round < rounds; round++)
		for (int i = 0; i < count; i++)
			run(&commands[i], round);
	printf("  %-30s %-28s %8s %9s\n", "", "wall ms [min - max]", "CPU ms",
	       "peak MiB");
	for (int i = 0; i < count; i++) {
		struct command *c = &commands[i];
		size_t n = (size_t)rounds;
		double wall = bench_median(c->wall_ms, n);

		printf("  %-30s %6.2f [%.2f - %.2f]%*s %8.2f %9.1f\n", c->name, wall,
		       c->wall_ms[0], c->wall_ms[n - 1], wall < 10 ? 8 : 6, "",
		       bench_median(c->cpu_ms, n), bench_median(c->peak_mib, n));
	}
	for (int i = 0; i + 1 < count; i++) {
		const struct command *floor = &commands[count - 1];
		size_t middle = (size_t)rounds / 2;

		printf("  ratio %s / %s: wall %.2f, CPU %.2f, memory %.2f\n",
		       commands[i].name, floor->name,
		       commands[i].wall_ms[middle] / floor->wall_ms[middle],
		       commands[i].cpu_ms[middle] / floor->cpu_ms[middle],
		       commands[i].peak_mib[middle] / floor->peak_mib[middle]);
	}
	return 0;
}
