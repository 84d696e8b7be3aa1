/* SPDX-License-Identifier: MIT */
/* The ledger opener and everything that reads a ledger, on a file somebody else wrote: the input as
 * ledger.db; or a good ledger in which one value was replaced by the input. Whatever comes is refused
 * or read; the file that was refused stays as it is. */
#include <fuzz.h>

#include "policy/ledger.h"

#include <fourmica/network.h>

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "SQLite format 3"

static char dir[64], path[96];

/* ---- files ---- */

static void make_dir(void)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(dir, sizeof(dir), "%s/fuzz-ledger-XXXXXX", base);
	MUST(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/ledger.db", dir);
}

static void drop_dir(void)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	MUST(d);
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	rmdir(dir);
}

static void write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	MUST(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static bool file_is(const void *bytes, size_t len)
{
	uint8_t *now = malloc(len + 1);
	int fd = open(path, O_RDONLY);
	bool same = fd >= 0 && read(fd, now, len + 1) == (ssize_t)len &&
		    memcmp(now, bytes, len) == 0;

	close(fd);
	free(now);
	return same;
}

/* ---- reading ---- */

static bool see_payment(void *ctx, const struct fm_payment *payment)
{
	MUST(memchr(payment->id, 0, sizeof(payment->id)));
	MUST(fm_pay_state_word(payment->state));
	*(unsigned *)ctx += 1;
	return true;
}

static bool see_op(void *ctx, const struct fm_op *op)
{
	MUST(memchr(op->id, 0, sizeof(op->id)) && fm_op_word(op->kind));
	*(unsigned *)ctx += 1;
	return true;
}

static bool see_record(void *ctx, const struct fm_audit_record *record)
{
	MUST(record->event && record->json);
	*(unsigned *)ctx += 1;
	return true;
}

static void check(enum fm_code rc, const struct fm_err *err)
{
	if (rc)
		fuzz_err_ok(rc, err);
}

static void read_all(struct fm_ledger *ledger)
{
	const struct fm_audit_filter filter = { .task = "trip", .since_ms = 1 };
	const struct fm_op_filter ops = { .payer = NULL };
	const struct fm_addr payer = { { 1 } };
	struct fm_outstanding owed;
	struct fm_audit_report report;
	char id[FM_PAY_ID];
	unsigned seen = 0;
	bool found;
	int64_t to;
	struct fm_err err;

	fm_err_init(&err);
	check(fm_ledger_each(ledger, 100, see_payment, &seen, &err), &err);
	check(fm_ledger_op_each(ledger, &ops, 100, see_op, &seen, &err), &err);
	check(fm_ledger_outstanding(&owed, ledger, &payer, 84532, &err), &err);
	fm_outstanding_clear(&owed);
	check(fm_audit_each(ledger, &filter, 0, see_record, &seen, &err), &err);
	check(fm_audit_find(id, &found, ledger, "pay_0", &err), &err);
	check(fm_audit_prunable(&to, ledger, INT64_MAX, &err), &err);
	check(fm_audit_verify(&report, ledger, &err), &err);
}

/* Reserving in it either works or says why; never half. */
static void spend(struct fm_ledger *ledger)
{
	static char route[] = "/";
	const struct fm_ask ask = { .chain_id = 84532,
				    .asset = fm_asset_by_symbol(84532, "USDC"),
				    .amount = fm_u256_from_u64(1) };
	struct fm_payment payment = { .chain_id = 84532,
				      .payer = { { 1 } },
				      .asset = ask.asset->address,
				      .amount = ask.amount,
				      .route = route };
	struct fm_payment found;
	enum fm_reserve what;
	struct fm_err err;

	fm_err_init(&err);
	snprintf(payment.scheme, sizeof(payment.scheme), "exact");
	snprintf(payment.origin, sizeof(payment.origin), "https://a.example");
	if (fm_ledger_reserve(&what, &found, ledger, &payment, &ask, NULL, 0, &err))
		MUST(err.code != FM_OK && !payment.id[0]);
	fm_payment_clear(&found);
}

static enum fm_code open_one(struct fm_ledger **ledger, bool read_only)
{
	const struct fm_ledger_options options = { .path = path,
						   .clock = &fm_system_clock,
						   .rand = &fm_system_rand,
						   .busy_ms = 100,
						   .read_only = read_only };
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	*ledger = NULL;
	rc = fm_ledger_open(ledger, &options, &err);
	MUST((rc == FM_OK) == (*ledger != NULL));
	check(rc, &err);
	return rc;
}

static void use(void)
{
	struct fm_ledger *ledger;

	if (open_one(&ledger, false) == FM_OK) {
		read_all(ledger);
		spend(ledger);
		read_all(ledger);
	}
	fm_ledger_close(&ledger);
}

/* ---- a good one, with one value changed ---- */

static uint8_t *good;
static size_t good_len;

static void build(void)
{
	struct fm_ledger *ledger;
	struct fm_err err;
	struct stat st;
	sqlite3 *db;
	int fd;

	fm_err_init(&err);
	make_dir();
	MUST(open_one(&ledger, false) == FM_OK);
	MUST(fm_pin_set(ledger, "seller", "a", fm_span_of("b"), &err) == FM_OK);
	spend(ledger);
	MUST(fm_ledger_denied(ledger,
			      &(struct fm_denial){ .origin = "x", .code = FM_E_BLOCKED },
			      &err) == FM_OK);
	fm_ledger_close(&ledger);
	MUST(sqlite3_open(path, &db) == SQLITE_OK);
	MUST(sqlite3_exec(db, "PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM",
			  NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
	fd = open(path, O_RDONLY);
	MUST(fd >= 0 && fstat(fd, &st) == 0);
	good_len = (size_t)st.st_size;
	good = malloc(good_len);
	MUST(good && read(fd, good, good_len) == (ssize_t)good_len);
	close(fd);
	drop_dir();
}

static void change(const uint8_t *data, size_t size)
{
	static const char *const places[] = {
		"journal SET body",    "journal SET subject", "journal SET at",
		"journal SET hash",    "payment SET id",      "payment SET amount",
		"payment SET state",   "payment SET booked",  "payment SET origin",
		"payment SET created", "total SET amount",    "total SET scope",
		"total SET bucket",    "total SET count",     "pin SET value",
		"pin SET key",	       "meta SET value",      "journal SET seq",
		"payment SET seq",     "total SET asset",
	};
	char sql[128];
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int64_t number = 0;

	if (size < 3)
		return;
	snprintf(sql, sizeof(sql), "UPDATE OR IGNORE %s = ? ",
		 places[data[0] % (sizeof(places) / sizeof(places[0]))]);
	MUST(sqlite3_open(path, &db) == SQLITE_OK);
	MUST(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
	memcpy(&number, data + 2, size - 2 < 8 ? size - 2 : 8);
	if (data[1] % 4 == 0)
		sqlite3_bind_text(stmt, 1, (const char *)data + 2, (int)size - 2, NULL);
	else if (data[1] % 4 == 1)
		sqlite3_bind_blob(stmt, 1, data + 2, (int)size - 2, NULL);
	else if (data[1] % 4 == 2)
		sqlite3_bind_int64(stmt, 1, number);
	/* What the tables themselves refuse was not changed. */
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_file = size >= sizeof(MAGIC) && memcmp(data, MAGIC, sizeof(MAGIC)) == 0;
	struct fm_ledger *ledger;

	if (!good)
		build();
	make_dir();
	if (is_file) {
		write_file(data, size);
		/* Refused, it is not touched: nothing is ever repaired in silence. */
		if (open_one(&ledger, false) != FM_OK)
			MUST(file_is(data, size));
		fm_ledger_close(&ledger);
		write_file(data, size);
	} else {
		write_file(good, good_len);
		change(data, size);
	}
	use();
	drop_dir();
	return 0;
}
