/* SPDX-License-Identifier: MIT */
/* The audit of a cycle: `audit DIR COUNT` makes a ledger of so many guarantees of one cycle in DIR
 * when there is none, and audits them; `audit DIR` only makes the client, to be subtracted. */
#include <fourmica/cycle_audit.h>

#include <bench.h>

#include <sqlite3.h>
#include <sys/resource.h>

#define ASSET "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
#define TEXT ASSET ":1777248000"
#define PRICE 10000u

static struct fm_err err;

static void die(const char *what)
{
	fprintf(stderr, "audit: %s: %s\n", what, err.msg);
	exit(1);
}

static struct fm_client *client_of(const char *path)
{
	const struct fm_client_config config = { .clock = &fm_system_clock,
						 .rand = &fm_system_rand,
						 .ledger_file = path,
						 .payer = { { 1 } },
						 .has_payer = true };
	struct fm_client *client;
	struct fm_ledger *ledger;

	if (fm_client_new(&client, &config, &err) ||
	    fm_client_ledger(&ledger, client, true, &err))
		die(path);
	return client;
}

/* A ledger as this many payments would have left it: no row of it is looked at more closely. */
static void fill(const char *path, unsigned count)
{
	char sql[1200];
	sqlite3 *db;

	snprintf(
		sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
		"INSERT OR IGNORE INTO payment (id, binding, payer, network, asset, amount, scheme, "
		"req_id, identity, origin, method, pay_to, task, policy_hash, state, evidence, "
		"created, signed, cycle_hint, booked, guarantee_version, header) SELECT "
		"printf('pay_%%032d', i), zeroblob(32), x'01%038d', 84532, "
		"x'%s', x'%064x', '4mica-credit', "
		"CAST(printf('%%032d', i) AS BLOB), CAST(printf('%%032d', i) AS BLOB), "
		"'https://seller.example', 'GET', zeroblob(20), '', zeroblob(32), 3, 'verified', 0, "
		"1777248060000, '" TEXT "/86400', 0, 1, printf('%%0900d', i) FROM n",
		count, 0, ASSET + 2, PRICE);
	if (sqlite3_open(path, &db) || sqlite3_exec(db, sql, NULL, NULL, NULL))
		die(sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void audit(struct fm_client *client, unsigned count)
{
	struct fm_cycle_audit *out = calloc(1, sizeof(*out));
	struct fm_cycle_ref ref;
	/* One is charged twice: both passes are needed. */
	const struct fm_net charged = { .amount = fm_u256_from_u64((uint64_t)PRICE *
								   (count + 1)) };

	if (!out || !fm_cycle_ref_of(&ref, fm_span_of(TEXT)) ||
	    fm_cycle_compare(out, client, 84532, &ref, &charged, &err))
		die("audit");
	if (out->finding != FM_AUDIT_SURPLUS || out->causes[FM_AUDIT_TWICE] != count)
		die("it did not find what is there");
	free(out);
}

int main(int argc, char **argv)
{
	char path[4096];
	struct fm_client *client;
	struct rusage usage;
	unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	double t0, t1;

	if (argc < 2)
		return 2;
	fm_err_init(&err);
	snprintf(path, sizeof(path), "%s/ledger.db", argv[1]);
	client = client_of(path);
	if (argc > 3) /* "make" */
		fill(path, count);
	t0 = bench_cpu_us();
	if (count && argc == 3)
		audit(client, count);
	t1 = bench_cpu_us();
	getrusage(RUSAGE_SELF, &usage);
	printf("%.1f %ld\n", (t1 - t0) / 1000, usage.ru_maxrss);
	fm_client_free(&client);
	return 0;
}
