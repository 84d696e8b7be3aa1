/* SPDX-License-Identifier: MIT */
/* A payment at the prompt that is open already, beside the same one by a client of the library that
 * is open already: `warm HOME FOURMICA URL`. Both have a ledger of their own below HOME, which has a
 * wallet "bench" without passphrase and a policy. They take turns; wall time, disks included. */
#define _GNU_SOURCE
#include <bench.h>

#include <fourmica/fourmica.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BATCH 10
#define ROUNDS 15
#define DONE "fourmica " FM_VERSION "\n"

struct library {
	struct fm_client *client;
	struct fm_store store;
	struct fm_http http;
	struct fm_policy *policy;
	const char *url;
};

struct prompt {
	FILE *in, *out;
	const char *url;
};

static void die(const char *what)
{
	fprintf(stderr, "warm: %s\n", what);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the library ---- */

static enum fm_code open_signer(void *ctx, struct fm_signer *out, struct fm_err *err)
{
	const struct library *l = ctx;
	struct fm_secret *key = NULL;
	struct fm_wallet wallet;
	enum fm_code rc = fm_store_open(&key, &wallet, &l->store, "bench", NULL, err);

	return rc ? rc : fm_signer_local(out, &key, &wallet.address, true, err);
}

static enum fm_code drop(void *ctx, const void *bytes, size_t len, struct fm_err *err)
{
	(void)ctx;
	(void)bytes;
	(void)len;
	(void)err;
	return FM_OK;
}

static char *path(const char *home, const char *name)
{
	char *text = malloc(strlen(home) + strlen(name) + 2);

	if (!text)
		die("memory");
	sprintf(text, "%s/%s", home, name);
	return text;
}

static void library_open(struct library *l, const char *home)
{
	static const struct fm_log log = { 0 };
	struct fm_client_config config = {
		.clock = &fm_system_clock,
		.rand = &fm_system_rand,
		.log = &log,
		.http = &l->http,
		.ledger_file = path(home, "library/ledger.db"),
		.head_dir = path(home, "library"),
		.receipt_dir = path(home, "library/receipts"),
		.stop_file = path(home, "library/stop"),
		.has_payer = true,
		.open_signer = open_signer,
		.ctx = l,
	};
	struct fm_wallet wallet;
	struct fm_buf text;
	struct fm_err err;

	fm_err_init(&err);
	fm_buf_init(&text, FM_POLICY_MAX);
	l->store = (struct fm_store){ path(home, "wallets"), &fm_system_rand,
				      &fm_system_clock };
	if (fm_init(&err) || fm_store_show(&wallet, &l->store, "bench", &err) ||
	    fm_file_read(&text, NULL, path(home, "policy.json"), FM_FILE_ANY, &err) ||
	    fm_policy_parse(&l->policy, fm_buf_span(&text), "policy.json", &err) ||
	    fm_http_curl(&l->http, "fourmica/bench", &log, NULL, &err))
		die(err.msg);
	config.payer = wallet.address;
	config.policy = l->policy;
	if (fm_client_new(&l->client, &config, &err))
		die(err.msg);
	fm_buf_clear(&text);
}

static void by_library(void *ctx, unsigned times)
{
	struct library *l = ctx;
	const struct fm_http_request request = { .method = "GET", .url = l->url };
	const struct fm_http_sink sink = { .body = drop };

	while (times--) {
		const struct fm_terms_wanted wanted = { .evidence = FM_EVIDENCE_DEFAULT };
		struct fm_paid paid;
		struct fm_err err;

		fm_err_init(&err);
		fm_paid_init(&paid);
		if (fm_pay(&paid, l->client, &request, &wanted, &sink, &err))
			die(err.msg);
		fm_paid_clear(&paid);
	}
}

/* ---- the prompt ---- */

static void prompt_open(struct prompt *p, const char *program)
{
	int to[2], from[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(to) != 0 || pipe(from) != 0)
		die("pipe");
	switch (fork()) {
	case -1:
		die("fork");
		break;
	case 0:
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execl(program, program, "repl", "-q", (char *)NULL);
		_exit(127);
	default:
		break;
	}
	close(to[0]);
	close(from[1]);
	p->in = fdopen(to[1], "w");
	p->out = fdopen(from[0], "r");
	if (!p->in || !p->out)
		die("fdopen");
}

/* `version` answers when all before it is over. */
static void by_prompt(void *ctx, unsigned times)
{
	struct prompt *p = ctx;
	const char *at = DONE;
	int c;

	while (times--)
		fprintf(p->in, "pay %s\n", p->url);
	fputs("version\n", p->in);
	fflush(p->in);
	while (*at) {
		c = fgetc(p->out);
		if (c == EOF)
			die("the prompt ended");
		at = c == *at ? at + 1 : c == DONE[0] ? &DONE[1] : DONE;
	}
}

static double timed(const struct bench_side *side)
{
	double from = now_us();

	side->run(side->ctx, BATCH);
	return (now_us() - from) / BATCH;
}

int main(int argc, char **argv)
{
	double a[ROUNDS], b[ROUNDS], ratio[ROUNDS];
	struct library library = { 0 };
	struct prompt prompt = { 0 };
	const struct bench_side ours = { "payment at the open prompt", by_prompt,
					 &prompt };
	const struct bench_side floor = { "payment by the open library", by_library,
					  &library };

	if (argc != 4)
		die("usage: warm HOME FOURMICA URL");
	library.url = prompt.url = argv[3];
	library_open(&library, argv[1]);
	prompt_open(&prompt, argv[2]);
	for (int i = -2; i < ROUNDS; i++) {
		double x = timed(&ours), y = timed(&floor);

		if (i < 0)
			continue;
		a[i] = x;
		b[i] = y;
		ratio[i] = x / y;
	}
	printf("  %-44s %9.0f us\n", ours.name, bench_median(a, ROUNDS));
	printf("  %-44s %9.0f us\n", floor.name, bench_median(b, ROUNDS));
	printf("  ratio %.3f  (goal <= 1.3)\n", bench_median(ratio, ROUNDS));
	fclose(prompt.in);
	fm_client_free(&library.client);
	fm_policy_free(&library.policy);
	fm_http_close(&library.http);
	return 0;
}
