/* SPDX-License-Identifier: MIT */
/* Certificates' signatures under one key, as bls_certs.mjs lays them out: checked one by one and in
 * batches. Steered by bls.mjs, which has other implementations do the same in turn:
 *
 *	bls FILE                 commands on stdin, an answer to each; "verdicts": a digit for each record;
 *	                         "one TIMES", "batch SIZE TIMES": microseconds of CPU for each signature
 *	bls FILE one TIMES, bls FILE batch SIZE TIMES    just that: for counting instructions */
#include <bench.h>

#include <fourmica/bls.h>

#define CLAIMS 384u

struct record {
	uint8_t good;
	uint8_t claims[CLAIMS];
	uint8_t sig[FM_BLS_SIG];   /* under the tag that certificates use */
	uint8_t other[FM_BLS_SIG]; /* under the only tag @chainsafe/blst knows */
};

static struct {
	uint8_t bytes[FM_BLS_KEY];
	struct record records[FM_BLS_BATCH_MAX + 64];
} file;

struct state {
	struct fm_bls_key key;
	const struct record *records;
	size_t count, good; /* the good ones come first */
};

static void die(const char *what)
{
	fprintf(stderr, "bls: %s\n", what);
	exit(1);
}

static void load(struct state *s, const char *name)
{
	FILE *in = fopen(name, "rb");
	size_t got;

	if (!in)
		die("there is no such file");
	got = fread(&file, 1, sizeof(file), in);
	fclose(in);
	if (got <= FM_BLS_KEY || (got - FM_BLS_KEY) % sizeof(struct record))
		die("the file has another form");
	if (fm_bls_key_decode(&s->key, file.bytes))
		die("the key is refused");
	s->records = file.records;
	s->count = (got - FM_BLS_KEY) / sizeof(struct record);
	while (s->good < s->count && s->records[s->good].good)
		s->good++;
}

static void one(const struct state *s, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		const struct record *r = &s->records[i % s->good];
		if (fm_bls_verify(&s->key, r->claims, CLAIMS, r->sig))
			die("a good signature is refused");
	}
}

static void batch(const struct state *s, size_t size, size_t times)
{
	static struct fm_bls_item items[FM_BLS_BATCH_MAX];
	struct fm_err err;

	if (size < 1 || size > FM_BLS_BATCH_MAX || size > s->good)
		die("no such batch");
	for (size_t t = 0; t < times; t++) {
		for (size_t i = 0; i < size; i++) {
			const struct record *r = &s->records[(t * size + i) % s->good];
			items[i] = (struct fm_bls_item){ r->claims, CLAIMS, r->sig,
							 FM_BLS_PAIRING };
		}
		if (fm_bls_verify_batch(items, size, &s->key, &fm_system_rand, &err))
			die("no verdict");
		for (size_t i = 0; i < size; i++) {
			if (items[i].verdict)
				die("a good signature is refused");
		}
	}
}

/* Alone and in one batch with all the others; both must say the same. */
static void verdicts(const struct state *s)
{
	static struct fm_bls_item items[FM_BLS_BATCH_MAX];
	size_t first = s->count > FM_BLS_BATCH_MAX ? s->count - FM_BLS_BATCH_MAX : 0;
	struct fm_err err;

	for (size_t i = first; i < s->count; i++)
		items[i - first] =
			(struct fm_bls_item){ s->records[i].claims, CLAIMS,
					      s->records[i].sig, FM_BLS_PAIRING };
	if (fm_bls_verify_batch(items, s->count - first, &s->key, &fm_system_rand, &err))
		die("no verdict");
	for (size_t i = 0; i < s->count; i++) {
		const struct record *r = &s->records[i];
		enum fm_bls_fault fault =
			fm_bls_verify(&s->key, r->claims, CLAIMS, r->sig);
		if (i >= first && items[i - first].verdict != fault)
			die("a batch says what nobody says alone");
		putchar(fault ? '0' : '1');
	}
	putchar('\n');
}

static void answer(const struct state *s, const char *line)
{
	size_t size, times;
	double from = bench_cpu_us();

	if (strcmp(line, "verdicts\n") == 0) {
		verdicts(s);
	} else if (sscanf(line, "one %zu", &times) == 1 && times) {
		one(s, times);
		printf("%.3f\n", (bench_cpu_us() - from) / (double)times);
	} else if (sscanf(line, "batch %zu %zu", &size, &times) == 2 && times) {
		batch(s, size, times);
		printf("%.3f\n", (bench_cpu_us() - from) / (double)(times * size));
	} else {
		die("no such command");
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct state state;
	char line[64];
	struct fm_err err;

	fm_err_init(&err);
	if (argc < 2 || fm_init(&err))
		die("usage: bls FILE [one TIMES | batch SIZE TIMES]");
	load(&state, argv[1]);
	if (argc == 4)
		one(&state, strtoul(argv[3], NULL, 10));
	else if (argc == 5)
		batch(&state, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	else
		while (fgets(line, sizeof(line), stdin))
			answer(&state, line);
	return 0;
}
