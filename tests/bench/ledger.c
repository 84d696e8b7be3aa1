/* SPDX-License-Identifier: MIT */
/* Durable reservations: beside fdatasync of the same minute and what SQLite itself costs; in a ledger
 * of a thousand payments and of a million; by one process and by eight at once.
 * ledger FOLDER [ROWS] : FOLDER lies on the disk that is meant. */
#define _GNU_SOURCE
#include <fourmica/network.h>
#include <fourmica/policy.h>

#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bench.h>

#define ROUNDS 400
#define PROCESSES 8
#define SECONDS 3
#define FEW 1000
#define MANY 1000000

static void die(const char *what, const char *why)
{
	fprintf(stderr, "ledger: %s: %s\n", what, why);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- a ledger ---- */

struct side {
	char path[256];
	struct fm_ledger *ledger;
	struct fm_policy *policy;
	uint64_t count;
	struct fm_payment last;
};

static void open_side(struct side *s, const char *folder, const char *name)
{
	const struct fm_ledger_options options = { .path = s->path,
						   .clock = &fm_system_clock,
						   .rand = &fm_system_rand };
	struct fm_err err;
	char dir[200];

	fm_err_init(&err);
	snprintf(dir, sizeof(dir), "%s/%s", folder, name);
	mkdir(dir, 0700);
	snprintf(s->path, sizeof(s->path), "%s/ledger.db", dir);
	if (fm_ledger_open(&s->ledger, &options, &err))
		die(s->path, err.msg);
	if (fm_policy_parse(&s->policy,
			    fm_span_of(
				    "{\"version\":1,\"new_sellers\":\"pin\",\"limits\":["
				    "{\"amount\":\"1usdc\"},{\"amount\":\"9000000usdc\","
				    "\"window\":\"1d\"},{\"amount\":\"9000000usdc\","
				    "\"window\":\"1h\",\"per\":\"seller\"}]}"),
			    "policy.json", &err))
		die("policy", err.msg);
}

static void close_side(struct side *s)
{
	fm_ledger_close(&s->ledger);
	fm_policy_free(&s->policy);
}

/* One payment is checked and reserved, as `pay` does it. */
static void reserve(struct side *s)
{
	static char route[] = "/data";
	struct fm_ask ask = { .chain_id = 84532,
			      .asset = fm_asset_by_symbol(84532, "USDC"),
			      .amount = fm_u256_from_u64(1),
			      .pay_to = { { 3 } },
			      .scheme = "exact",
			      .origin = "https://api.example.com",
			      .route = route,
			      .task = "" };
	struct fm_payment payment = { .payer = { { 1 } },
				      .chain_id = 84532,
				      .amount = ask.amount,
				      .pay_to = ask.pay_to,
				      .route = route };
	struct fm_payment found;
	struct fm_check checks[FM_CHECKS_MAX];
	enum fm_reserve what;
	struct fm_err err;
	size_t count;

	fm_err_init(&err);
	payment.asset = ask.asset->address;
	snprintf(payment.scheme, sizeof(payment.scheme), "exact");
	snprintf(payment.origin, sizeof(payment.origin), "%s", ask.origin);
	snprintf(payment.method, sizeof(payment.method), "GET");
	if (fm_policy_judge(s->policy, &ask, checks, &count, &err) != FM_ALLOW ||
	    fm_ledger_reserve(&what, &found, s->ledger, &payment, &ask, checks, count,
			      &err) ||
	    what != FM_RESERVE_NEW)
		die("reserve", err.msg);
	s->last = payment;
	s->count++;
}

/* Given back, so that no list of open ones grows; not flushed. */
static void release(struct side *s)
{
	struct fm_err err;

	fm_err_init(&err);
	if (fm_ledger_release(s->ledger, &s->last, &err))
		die("release", err.msg);
}

static void fill(const char *path, long rows)
{
	char text[3000];
	sqlite3 *db;

	snprintf(
		text, sizeof(text),
		"PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; BEGIN; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
		"%ld) INSERT INTO payment (id, idem_key, binding, payer, network, asset, "
		"amount, scheme, nonce, identity, origin, route, method, pay_to, task, "
		"policy_hash, state, created, booked) SELECT printf('pay_%%032x', i), "
		"printf('key-%%d', i), zeroblob(32), zeroblob(20), 84532, zeroblob(20), "
		"zeroblob(32), 'exact', zeroblob(32), CAST(printf('%%032d', i) AS BLOB), "
		"printf('https://seller-%%d.example', i %% 100), '/data', 'GET', "
		"zeroblob(20), '', zeroblob(32), 3, i * 1000, 0 FROM n; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
		"%ld) INSERT INTO total SELECT 'seller x', 60, i, 'a', zeroblob(32), 1, i "
		"FROM n; "
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
		"%ld) INSERT INTO journal (seq, at, prev, hash, body, subject) SELECT i + "
		"10, i, zeroblob(32), zeroblob(32), '{\"event\":\"paid\"}', "
		"printf('pay_%%032x', i) FROM n; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
		rows, rows, rows);
	if (sqlite3_open(path, &db) || sqlite3_exec(db, text, NULL, NULL, NULL))
		die("fill", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* ---- the floor ---- */

static double sync_us(int fd)
{
	static const char page[4096];
	double began = now_us();

	if (write(fd, page, sizeof(page)) != sizeof(page) || fdatasync(fd))
		die("fdatasync", "failed");
	return now_us() - began;
}

/* The statements that are the least for a payment, without any sync: checked, booked in the totals
 * of three scopes, written, recorded, and the row read back for its hash. */
struct bare {
	sqlite3 *db;
	sqlite3_stmt *begin, *head, *like, *sum, *get, *put, *add, *whole, *record,
		*commit;
	int64_t seq;
};

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL))
		die(text, sqlite3_errmsg(db));
	return stmt;
}

static void bare_open(struct bare *b, const char *path)
{
	if (sqlite3_open(path, &b->db) ||
	    sqlite3_exec(b->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL))
		die(path, sqlite3_errmsg(b->db));
	b->begin = prepare(b->db, "BEGIN IMMEDIATE");
	b->head =
		prepare(b->db, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
	b->like =
		prepare(b->db, "SELECT (SELECT seq FROM payment WHERE idem_key = ?1 AND "
			       "state <> 1), (SELECT seq FROM payment WHERE identity = "
			       "?1 AND state <> 1)");
	b->sum = prepare(b->db,
			 "SELECT amount, count FROM total WHERE scope = 'all' AND "
			 "width = ? AND bucket >= ? AND bucket < ? AND asset = 'x'");
	b->get = prepare(b->db, "SELECT amount, count FROM total WHERE scope = ? AND "
				"width = ? AND bucket = 1 AND asset = 'x'");
	b->put = prepare(b->db,
			 "REPLACE INTO total VALUES (?, ?, 1, 'x', zeroblob(32), 1, "
			 "1)");
	b->add = prepare(
		b->db, "INSERT INTO payment (id, binding, payer, network, asset, amount, "
		       "scheme, origin, method, pay_to, task, policy_hash, state, "
		       "created, booked) VALUES (?, zeroblob(32), zeroblob(20), 1, "
		       "zeroblob(20), zeroblob(32), 'exact', 'https://api.example.com', "
		       "'GET', zeroblob(20), '', zeroblob(32), 0, 1, 0)");
	b->whole = prepare(b->db, "SELECT * FROM payment WHERE id = ?");
	b->record = prepare(b->db, "INSERT INTO journal (seq, at, prev, hash, body, "
				   "subject) VALUES (?, 1, zeroblob(32), zeroblob(32), "
				   "printf('%0900d', 1), ?)");
	b->commit = prepare(b->db, "COMMIT");
	b->seq = 1 << 30;
}

static void step(sqlite3_stmt *stmt)
{
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		die("bare", sqlite3_errmsg(sqlite3_db_handle(stmt)));
	sqlite3_reset(stmt);
}

static void bare_reserve(struct bare *b)
{
	static const char *const scopes[] = { "all", "seller x", "wallet y" };
	char id[40];

	snprintf(id, sizeof(id), "pay_%032llx", (long long)b->seq);
	step(b->begin);
	step(b->head);
	sqlite3_bind_text(b->like, 1, id, -1, SQLITE_TRANSIENT);
	step(b->like);
	for (int i = 0; i < 6; i++) {
		sqlite3_bind_int(b->sum, 1, 60);
		sqlite3_bind_int(b->sum, 2, 1);
		sqlite3_bind_int(b->sum, 3, 60);
		step(b->sum);
	}
	for (int i = 0; i < 11; i++) {
		sqlite3_bind_text(b->get, 1, scopes[i / 4], -1, SQLITE_STATIC);
		sqlite3_bind_int(b->get, 2, i % 4);
		step(b->get);
		sqlite3_bind_text(b->put, 1, scopes[i / 4], -1, SQLITE_STATIC);
		sqlite3_bind_int(b->put, 2, i % 4);
		step(b->put);
	}
	sqlite3_bind_text(b->add, 1, id, -1, SQLITE_TRANSIENT);
	step(b->add);
	sqlite3_bind_text(b->whole, 1, id, -1, SQLITE_TRANSIENT);
	step(b->whole);
	sqlite3_bind_int64(b->record, 1, b->seq++);
	sqlite3_bind_text(b->record, 2, id, -1, SQLITE_TRANSIENT);
	step(b->record);
	step(b->commit);
}

/* ---- the three questions ---- */

static double durable(const char *folder)
{
	static double ours[ROUNDS], sync[ROUNDS], bare[ROUNDS], cpu[ROUNDS];
	struct side side = { .count = 0 }, copy = { .count = 0 };
	struct bare b;
	char file[256];
	double floor;
	int fd;

	open_side(&side, folder, "durable");
	open_side(&copy, folder, "bare");
	close_side(&copy);
	bare_open(&b, copy.path);
	snprintf(file, sizeof(file), "%s/floor", folder);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (int i = -20; i < ROUNDS; i++) {
		double t0 = now_us(), c0 = bench_cpu_us(), t1, t2, c1, c2;

		reserve(&side);
		t1 = now_us();
		c1 = bench_cpu_us();
		bare_reserve(&b);
		c2 = bench_cpu_us();
		t2 = sync_us(fd);
		release(&side);
		if (i < 0)
			continue;
		ours[i] = t1 - t0;
		cpu[i] = c1 - c0;
		bare[i] = c2 - c1;
		sync[i] = t2;
	}
	floor = bench_median(sync, ROUNDS) + bench_median(bare, ROUNDS);
	printf("  %-34s %9.1f us, %.1f of it CPU\n", "durable reservation, p50",
	       bench_median(ours, ROUNDS), bench_median(cpu, ROUNDS));
	printf("  %-34s %9.1f us\n", "fdatasync of 4 KiB, appended", sync[ROUNDS / 2]);
	printf("  %-34s %9.1f us\n", "the same statements, bare SQLite",
	       bare[ROUNDS / 2]);
	printf("  ratio %.2f  (goal <= 1.5)\n", ours[ROUNDS / 2] / floor);
	close(fd);
	close_side(&side);
	return ours[ROUNDS / 2] / floor;
}

static void history(const char *folder, long rows)
{
	static double few[ROUNDS], many[ROUNDS], few_cpu[ROUNDS], many_cpu[ROUNDS];
	struct side a = { .count = 0 }, b = { .count = 0 };

	open_side(&a, folder, "few");
	close_side(&a);
	fill(a.path, FEW);
	open_side(&b, folder, "many");
	close_side(&b);
	fill(b.path, rows);
	open_side(&a, folder, "few");
	open_side(&b, folder, "many");
	for (int i = -20; i < ROUNDS; i++) {
		double t0, t1, t2, c0, c1, c2;

		t0 = now_us();
		c0 = bench_cpu_us();
		reserve(&a);
		t1 = now_us();
		c1 = bench_cpu_us();
		reserve(&b);
		t2 = now_us();
		c2 = bench_cpu_us();
		release(&a);
		release(&b);
		if (i < 0)
			continue;
		few[i] = t1 - t0;
		many[i] = t2 - t1;
		few_cpu[i] = c1 - c0;
		many_cpu[i] = c2 - c1;
	}
	printf("  %-34s %9.1f us, %.1f of it CPU\n", "with 1 000 rows, p50",
	       bench_median(few, ROUNDS), bench_median(few_cpu, ROUNDS));
	printf("  with %-29ld %9.1f us, %.1f of it CPU\n", rows,
	       bench_median(many, ROUNDS), bench_median(many_cpu, ROUNDS));
	printf("  ratio %.2f  (goal <= 1.3)\n", many[ROUNDS / 2] / few[ROUNDS / 2]);
	close_side(&a);
	close_side(&b);
}

static uint64_t work(const char *folder, const char *name)
{
	struct side side = { .count = 0 };
	double until = now_us() + SECONDS * 1e6;

	open_side(&side, folder, name);
	while (now_us() < until) {
		reserve(&side);
		release(&side);
	}
	close_side(&side);
	return side.count;
}

static uint64_t many(const char *folder, const char *name, unsigned processes,
		     uint64_t *least, uint64_t *most)
{
	uint64_t all = 0, count;
	int pipes[2];

	if (pipe(pipes))
		die("pipe", "failed");
	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			count = work(folder, name);
			_exit(write(pipes[1], &count, sizeof(count)) != sizeof(count));
		}
	}
	*least = UINT64_MAX;
	*most = 0;
	for (unsigned i = 0; i < processes; i++) {
		if (read(pipes[0], &count, sizeof(count)) != sizeof(count))
			die("a process", "ended early");
		all += count;
		*least = count < *least ? count : *least;
		*most = count > *most ? count : *most;
	}
	while (wait(NULL) > 0)
		;
	close(pipes[0]);
	close(pipes[1]);
	return all;
}

static void together(const char *folder)
{
	double ratios[3];
	uint64_t least, most, one, eight;
	cpu_set_t all;

	/* The other measurements run on one processor. */
	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
	for (int i = 0; i < 3; i++) {
		char name[20];

		snprintf(name, sizeof(name), "one%d", i);
		one = many(folder, name, 1, &least, &most);
		snprintf(name, sizeof(name), "all%d", i);
		eight = many(folder, name, PROCESSES, &least, &most);
		ratios[i] = (double)eight / (double)one;
		printf("  one process %6.0f/s, eight %6.0f/s: %.2f; least served %.2f of "
		       "the most\n",
		       (double)one / SECONDS, (double)eight / SECONDS, ratios[i],
		       (double)least / (double)most);
	}
	printf("  median %.2f  (goals >= 0.9, >= 0.25)\n", bench_median(ratios, 3));
}

int main(int argc, char **argv)
{
	struct fm_err err;

	fm_err_init(&err);
	if (argc < 2 || fm_init(&err))
		return 2;
	durable(argv[1]);
	history(argv[1], argc > 2 ? strtol(argv[2], NULL, 10) : MANY);
	together(argv[1]);
	return 0;
}
