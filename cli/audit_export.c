/* SPDX-License-Identifier: MIT */
/* `audit export`: payments for the books, or the journal itself; and retention. */
#include "audit.h"

#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST (8u << 20)
#define FLUSH_AT (64u << 10)

struct export_args {
	struct audit_range range;
	const char *format, *output, *prune_before;
};

/* clang-format off */
static const struct param params[] = {
	AUDIT_RANGE(struct export_args),
	OPTX(struct export_args, format, "format", 0, "FORMAT",
	     "csv, json or jsonl: a line for each payment; journal: the records themselves (csv)",
	     .choices = "csv|json|jsonl|journal"),
	OPTX(struct export_args, output, "output", 'o', "FILE", "write to a new file; else standard output",
	     .traits = PARAM_FILE),
	OPT(struct export_args, prune_before, "prune-before", 0, "TIME",
	    "write the oldest records of the journal to the file of -o, then remove them"),
	{ 0 },
};

static const struct field fields[] = {
	{ "output", NULL, FIELD_TEXT, "the file; null: standard output", NULL },
	{ "format", NULL, FIELD_TEXT, "csv, json, jsonl or journal", NULL },
	{ "payments", NULL, FIELD_NUMBER, "written", NULL },
	{ "operations", NULL, FIELD_NUMBER, "written", NULL },
	{ "denied", NULL, FIELD_NUMBER, "refusals written", NULL },
	{ "records", NULL, FIELD_NUMBER, "written, of the journal", NULL },
	{ "sha256", NULL, FIELD_HASH, "of what was written", NULL },
	{ "removed_to", NULL, FIELD_NUMBER, "records up to this one were removed; null: none", NULL },
	{ 0 },
};
/* clang-format on */

struct exporting {
	struct app *app;
	struct fm_ledger *ledger;
	const struct export_args *args;
	int64_t since_ms, until_ms, to; /* to: last record; 0: all */
	struct audit_line line;
	struct fm_sha256 sha;
	struct fm_hash hash;
	char *temp; /* NULL: standard output */
	int fd;
	uint64_t payments, operations, denied, records;
	enum fm_code rc; /* of what was called back */
	struct fm_err *err;
};

/* ---- where it goes ---- */

static enum fm_code file_fail(struct exporting *e, const char *what, const char *path)
{
	char why[SYS_ERROR_TEXT];

	return fm_fail(e->err, FM_E_IO, "cannot %s %s: %s", what, path,
		       sys_error(why, errno));
}

static enum fm_code open_output(struct exporting *e)
{
	const char *path = e->args->output;
	size_t size = path ? strlen(path) + 8 : 0;

	e->fd = STDOUT_FILENO;
	if (!path || strcmp(path, "-") == 0)
		return FM_OK;
	if (access(path, F_OK) == 0)
		return fm_fail(e->err, FM_E_USAGE, "%s is there already", path);
	e->temp = malloc(size);
	if (!e->temp)
		return fm_nomem(e->err);
	snprintf(e->temp, size, "%s.XXXXXX", path);
	e->fd = mkstemp(e->temp);
	return e->fd < 0 ? file_fail(e, "create", path) : FM_OK;
}

static enum fm_code put_all(struct exporting *e)
{
	const char *at = e->line.text.ptr;
	size_t left = e->line.text.len;

	if (!fm_buf_ok(&e->line.text))
		return fm_nomem(e->err);
	fm_sha256_add(&e->sha, at, left);
	if (!e->temp && !out_raw(e->app->out, at, left))
		return fm_fail(e->err, FM_E_IO, "standard output takes no more");
	while (e->temp && left) {
		ssize_t put = write(e->fd, at, left);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return file_fail(e, "write", e->args->output);
		at += put;
		left -= (size_t)put;
	}
	fm_buf_clear(&e->line.text);
	fm_buf_init(&e->line.text, LINE_MOST);
	return FM_OK;
}

static bool go_on(struct exporting *e)
{
	if (!e->rc && (e->line.text.len > FLUSH_AT || e->line.text.failed))
		e->rc = put_all(e);
	if (!e->rc)
		e->rc = app_interrupted(e->err);
	return !e->rc;
}

static enum fm_code sync_parent(struct exporting *e)
{
	const char *path = e->args->output, *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_CLOEXEC) : -1;
	enum fm_code rc = FM_OK;

	if (fd < 0 || fsync(fd) != 0)
		rc = file_fail(e, "sync the folder of", path);
	if (fd >= 0)
		close(fd);
	free(dir);
	return rc;
}

/* It has its name only when it is whole and on disk; an existing file stays. */
static enum fm_code close_output(struct exporting *e)
{
	enum fm_code rc = put_all(e);

	fm_sha256_end(&e->hash, &e->sha);
	if (rc || !e->temp)
		return rc;
	if (fsync(e->fd) != 0)
		return file_fail(e, "sync", e->args->output);
	if (link(e->temp, e->args->output) != 0)
		return file_fail(e, "create", e->args->output);
	return sync_parent(e);
}

static void drop_output(struct exporting *e)
{
	if (e->temp && e->fd >= 0)
		close(e->fd);
	if (e->temp)
		unlink(e->temp);
	free(e->temp);
	fm_buf_clear(&e->line.text);
}

/* ---- payments, operations, refusals ---- */

static bool put_payment(void *ctx, const struct fm_payment *payment)
{
	struct exporting *e = ctx;

	e->payments++;
	e->rc = audit_payment_line(&e->line, e->app, e->ledger, payment, e->err);
	return go_on(e);
}

static bool put_op(void *ctx, const struct fm_op *op)
{
	struct exporting *e = ctx;

	if (op->created_ms < e->since_ms ||
	    (e->until_ms && op->created_ms >= e->until_ms))
		return true;
	e->operations++;
	e->rc = audit_op_lines(&e->line, e->app, e->ledger, op, e->err);
	return go_on(e);
}

static bool put_denied(void *ctx, const struct fm_audit_record *record)
{
	struct exporting *e = ctx;

	e->denied++;
	audit_denied_line(&e->line, e->app, record);
	return go_on(e);
}

static enum fm_code put_books(struct exporting *e)
{
	const struct fm_audit_filter denied = { .event = "denied",
						.since_ms = e->since_ms,
						.until_ms = e->until_ms };
	const struct fm_op_filter ops = { .payer = NULL };
	enum fm_code rc = FM_OK;

	if (e->line.format == AUDIT_CSV)
		audit_heading(&e->line);
	if (e->line.format == AUDIT_JSON)
		fm_buf_chr(&e->line.text, '[');
	if (e->ledger)
		rc = fm_audit_payments(e->ledger, e->since_ms, e->until_ms, put_payment,
				       e, e->err);
	if (!rc && !e->rc && e->ledger)
		rc = fm_ledger_op_each(e->ledger, &ops, SIZE_MAX, put_op, e, e->err);
	if (!rc && !e->rc && e->ledger)
		rc = fm_audit_each(e->ledger, &denied, 0, put_denied, e, e->err);
	if (e->line.format == AUDIT_JSON)
		fm_buf_str(&e->line.text, "\n]\n");
	return rc ? rc : e->rc;
}

/* ---- the journal ---- */

/* The body as text, letter for letter: it is what was hashed. */
static bool put_record(void *ctx, const struct fm_audit_record *record)
{
	struct exporting *e = ctx;
	struct fm_jw w;

	if (e->to && record->seq > e->to)
		return false;
	e->records++;
	fm_jw_init(&w, &e->line.text);
	fm_jw_object(&w);
	fm_jw_key(&w, "seq");
	fm_jw_i64(&w, record->seq);
	fm_jw_key(&w, "at_ms");
	fm_jw_i64(&w, record->at_ms);
	fm_jw_named_hash(&w, "prev", &record->prev);
	fm_jw_named_hash(&w, "hash", &record->hash);
	fm_jw_named_str(&w, "subject", record->subject);
	fm_jw_key(&w, "body");
	fm_jw_str(&w, record->body);
	fm_jw_end(&w, '}');
	fm_buf_chr(&e->line.text, '\n');
	return go_on(e);
}

static enum fm_code put_journal(struct exporting *e)
{
	const struct fm_audit_filter all = { .since_ms = e->since_ms,
					     .until_ms = e->until_ms };
	enum fm_code rc = FM_OK;

	if (e->ledger)
		rc = fm_audit_each(e->ledger, &all, 0, put_record, e, e->err);
	return rc ? rc : e->rc;
}

/* ---- retention ---- */

/* Only a journal that is whole is cut: afterwards nobody could tell any more. */
static enum fm_code may_prune(struct exporting *e)
{
	struct fm_audit_report report = { .removed_to = 0 };
	char question[200];
	int64_t before;
	enum fm_code rc =
		audit_time(&before, "--prune-before", e->args->prune_before, e->err);

	if (!rc && (!e->args->output || strcmp(e->args->output, "-") == 0))
		rc = fm_fail(e->err, FM_E_USAGE,
			     "--prune-before needs -o FILE for what is removed");
	if (!rc && (e->args->range.since || e->args->range.until))
		rc = fm_fail(e->err, FM_E_USAGE,
			     "--prune-before and --since or --until contradict each "
			     "other");
	if (!rc && e->args->format && e->line.format != AUDIT_JOURNAL)
		rc = fm_fail(e->err, FM_E_USAGE,
			     "--prune-before writes the journal: --format journal");
	if (!rc)
		rc = fm_client_ledger(&e->ledger, e->app->client, true, e->err);
	if (!rc)
		rc = fm_audit_verify(&report, e->ledger, e->err);
	if (!rc)
		rc = fm_audit_prunable(&e->to, e->ledger, before, e->err);
	if (rc || e->to <= report.removed_to)
		return rc;
	snprintf(
		question, sizeof(question),
		"remove records %lld to %lld from the journal, after writing them to the "
		"file?",
		(long long)report.first_seq, (long long)e->to);
	return ask_yes(e->app, question, e->err);
}

static enum fm_code prune(struct exporting *e)
{
	enum fm_code rc = fm_audit_checkpoint(e->ledger, e->to, &e->hash, e->err);

	if (rc)
		return fm_within(e->err, "%s is written, nothing was removed",
				 e->args->output);
	out_number(e->app->out, "removed_to", e->to);
	return FM_OK;
}

/* ---- the whole ---- */

static enum audit_format format_of(const struct export_args *args)
{
	const char *word = args->format		? args->format
			   : args->prune_before ? "journal"
						: "csv";

	return strcmp(word, "json") == 0      ? AUDIT_JSON
	       : strcmp(word, "jsonl") == 0   ? AUDIT_JSONL
	       : strcmp(word, "journal") == 0 ? AUDIT_JOURNAL
					      : AUDIT_CSV;
}

static enum fm_code prepare(struct exporting *e)
{
	bool to_stdout = !e->args->output || strcmp(e->args->output, "-") == 0;
	enum fm_code rc =
		audit_bounds(&e->since_ms, &e->until_ms, &e->args->range, e->err);

	if (!rc && to_stdout && out_is_json(e->app->out))
		rc = fm_fail(e->err, FM_E_USAGE,
			     "with --json standard output holds the document: give -o "
			     "FILE, or --format json without --json");
	if (!rc && !to_stdout && access(e->args->output, F_OK) == 0)
		rc = fm_fail(e->err, FM_E_USAGE, "%s is there already", e->args->output);
	if (!rc && e->args->prune_before)
		return may_prune(e);
	return rc ? rc : audit_ledger(&e->ledger, e->app, e->err);
}

static void report(struct exporting *e)
{
	static const char *const words[] = { [AUDIT_CSV] = "csv",
					     [AUDIT_JSON] = "json",
					     [AUDIT_JSONL] = "jsonl",
					     [AUDIT_JOURNAL] = "journal" };
	struct out *o = e->app->out;

	out_text(o, "output", e->temp ? e->args->output : NULL);
	out_text(o, "format", words[e->line.format]);
	out_number(o, "payments", (int64_t)e->payments);
	out_number(o, "operations", (int64_t)e->operations);
	out_number(o, "denied", (int64_t)e->denied);
	out_number(o, "records", (int64_t)e->records);
	out_hash(o, "sha256", &e->hash);
	if (e->temp && e->line.format == AUDIT_JOURNAL)
		out_note(o, "%s: %llu records", e->args->output,
			 (unsigned long long)e->records);
	else if (e->temp)
		out_note(o, "%s: %llu payments, %llu operations, %llu refusals",
			 e->args->output, (unsigned long long)e->payments,
			 (unsigned long long)e->operations,
			 (unsigned long long)e->denied);
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	struct exporting e = { .app = app, .args = values, .fd = -1, .err = err };
	enum fm_code rc;

	e.line.format = format_of(e.args);
	e.line.first = true;
	fm_buf_init(&e.line.text, LINE_MOST);
	fm_sha256_init(&e.sha);
	rc = prepare(&e);
	if (!rc && e.args->prune_before && !e.to) {
		out_note(app->out, "Nothing to remove: no record is older, or the oldest "
				   "is about a payment without an end.");
		return FM_OK;
	}
	if (!rc)
		rc = open_output(&e);
	if (!rc)
		rc = e.line.format == AUDIT_JOURNAL ? put_journal(&e) : put_books(&e);
	if (!rc)
		rc = close_output(&e);
	if (!rc && e.args->prune_before)
		rc = prune(&e);
	if (!rc)
		report(&e);
	drop_output(&e);
	return rc;
}

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica audit export --since 2026-06-01 --until 2026-07-01 -o june.csv", "a month" },
	{ "fourmica audit export --prune-before 2026-01-01 -o journal-2025.jsonl",
	  "keep the journal short: its oldest records go to the file" },
	{ 0 },
};
/* clang-format on */

const struct cmd audit_export_cmd = {
	.name = "export",
	.summary = "write payments, operations and refusals to a file for the books",
	.details =
		"One line for each payment, then for each transaction of a deposit or withdrawal, "
		"then for each refusal; what is not known is empty (null in JSON). amount is the "
		"number in units of symbol, amount_base the same in base units. CSV is that of RFC "
		"4180, with a heading. A cell that begins with = + - @, a tab or a carriage return "
		"gets an apostrophe in front, so that no spreadsheet takes what a seller said for a "
		"formula.\n\n"
		"--format journal writes the records as they are hashed: seq, at_ms, prev, hash, "
		"subject, body.\n\n"
		"--prune-before keeps the journal short. The records before that time go to the "
		"file, up to the first that is about a payment or operation without an end; when "
		"the file is on disk they are removed, and a checkpoint record says up to which, the "
		"hash of the last one and the SHA-256 of the file. Payments, operations, budgets, "
		"idempotency keys and request ids stay in the ledger.",
	.params = params,
	.size = sizeof(struct export_args),
	.fields = fields,
	.examples = examples,
	.needs = NEED_LEDGER | RAW_OUTPUT,
	.run = run,
};
