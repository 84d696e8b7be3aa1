/* SPDX-License-Identifier: MIT */
/* `audit list`: records of the journal, also as they come. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIMIT 50
#define LIMIT_MOST 100000
#define PAUSE_MS 250
#define LINE_MOST 4096

struct list {
	struct audit_range range;
	const char *task, *seller, *category, *scheme, *event, *subject;
	uint64_t limit;
	bool follow;
};

struct listing {
	struct app *app;
	struct fm_ledger *ledger;
	const struct list *args;
	struct fm_audit_filter filter;
	int64_t last;	 /* shown */
	int64_t *newest; /* ring of the seqs that match */
	size_t most, count;
};

/* clang-format off */
static const struct param params[] = {
	AUDIT_RANGE(struct list),
	OPTX(struct list, task, "task", 0, "ID", "only payments of this task", .known = KNOWN_TASK),
	OPTX(struct list, seller, "seller", 0, "ORIGIN", "only payments to https://HOST[:PORT]", .known = KNOWN_SELLER),
	OPT(struct list, category, "category", 0, "NAME", "only this kind of spending"),
	OPT(struct list, scheme, "scheme", 0, "SCHEME", "only 4mica-credit, or exact"),
	OPT(struct list, event, "event", 0, "NAME", "only this event: paid, denied, in_doubt and the like"),
	OPTX(struct list, subject, "id", 0, "ID", "only what is about this payment or operation", .known = KNOWN_PAYMENT),
	OPT(struct list, limit, "limit", 0, "N", "the newest N (50; with --since all)"),
	OPT(struct list, follow, "follow", 'f', NULL, "go on with records as they come, until Ctrl-C"),
	{ 0 },
};

static const struct field fields[] = {
	{ "records", "Records", FIELD_LIST, "oldest first; with --jsonl a line each instead",
	  audit_record_fields },
	{ "older", NULL, FIELD_BOOL, "whether there are older ones that match", NULL },
	{ 0 },
};
/* clang-format on */

/* ---- where to begin ---- */

static bool remember(void *ctx, const struct fm_audit_record *record)
{
	struct listing *l = ctx;

	l->newest[l->count++ % l->most] = record->seq;
	return !app_signal;
}

/* Behind which record the newest `most` that match begin. */
static enum fm_code find_start(struct listing *l, struct fm_err *err)
{
	enum fm_code rc;

	l->newest = calloc(l->most, sizeof(*l->newest));
	if (!l->newest)
		return fm_nomem(err);
	rc = fm_audit_each(l->ledger, &l->filter, 0, remember, l, err);
	if (!rc && l->count > l->most)
		l->last = l->newest[l->count % l->most] - 1;
	free(l->newest);
	return rc;
}

/* ---- showing ---- */

/* A line for people, as it comes. */
static void put_line(struct listing *l, const struct fm_audit_record *record)
{
	char at[FM_TIME_TEXT];
	struct fm_buf line, raw;

	fm_time_text(at, record->at_ms / 1000);
	fm_buf_init(&raw, LINE_MOST);
	fm_buf_init(&line, 8 * LINE_MOST);
	fm_buf_fmt(&raw, "%s  %s", at, record->event);
	if (record->subject)
		fm_buf_fmt(&raw, "  %s", record->subject);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "origin", "rule", "error_code" };
		struct fm_buf text;
		const char *value = audit_text(&text, record->json, names[i]);

		if (value && *value)
			fm_buf_fmt(&raw, "  %s", value);
		fm_buf_clear(&text);
	}
	fm_text_escape(&line, fm_buf_span(&raw), LINE_MOST);
	fm_buf_chr(&line, '\n');
	out_raw(l->app->out, line.ptr, line.len);
	fm_buf_clear(&raw);
	fm_buf_clear(&line);
}

static bool show(void *ctx, const struct fm_audit_record *record)
{
	struct listing *l = ctx;
	struct out *o = l->app->out;

	l->last = record->seq;
	if (l->app->opt.jsonl) {
		out_record(o, audit_record_fields);
		audit_put_record(l->app, l->ledger, record);
		out_record_end(o, "record");
	} else if (l->args->follow) {
		put_line(l, record);
	} else {
		out_row(o, "records");
		audit_put_record(l->app, l->ledger, record);
		out_end(o);
	}
	return !app_signal;
}

static enum fm_code show_new(struct listing *l, struct fm_err *err)
{
	enum fm_code rc = fm_audit_each(l->ledger, &l->filter, l->last, show, l, err);

	/* What nobody takes any more ends it. */
	if (!rc && !out_flush(l->app->out))
		rc = fm_fail(err, FM_E_IO, "standard output takes no more");
	return rc;
}

/* ---- following ---- */

/* Nothing is locked and no transaction is open while it waits. */
static enum fm_code follow(struct listing *l, struct fm_err *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int64_t newest;
	enum fm_code rc = FM_OK;

	while (!rc && !app_signal) {
		if (!l->ledger)
			rc = audit_ledger(&l->ledger, l->app, err);
		newest = l->last;
		if (!rc && l->ledger)
			rc = fm_audit_newest(&newest, l->ledger, err);
		if (!rc && newest > l->last)
			rc = show_new(l, err);
		/* What did not match need not be looked at again. */
		if (!rc && newest > l->last)
			l->last = newest;
		nanosleep(&pause, NULL);
	}
	return rc ? rc : app_interrupted(err);
}

/* ---- the whole ---- */

static enum fm_code make_filter(struct listing *l, struct fm_err *err)
{
	const struct list *a = l->args;

	l->filter = (struct fm_audit_filter){
		.seller = a->seller,
		.scheme = a->scheme,
		.task = a->task,
		.category = a->category,
		.event = a->event,
		.chain_id = l->app->given.network ? app_network(l->app)->chain_id : 0,
	};
	l->most = a->limit ? a->limit : a->range.since || a->follow ? 0 : LIMIT;
	if (a->limit > LIMIT_MOST)
		return fm_fail(err, FM_E_USAGE, "--limit: at most %d", LIMIT_MOST);
	if (a->follow && l->app->opt.json && !l->app->opt.jsonl)
		return fm_fail(err, FM_E_USAGE,
			       "--follow and --json contradict each other: use --jsonl");
	return audit_bounds(&l->filter.since_ms, &l->filter.until_ms, &a->range, err);
}

/* With --follow what is past counts only when it was asked for. */
static enum fm_code begin(struct listing *l, struct fm_err *err)
{
	if (l->args->follow && !l->args->limit && !l->args->range.since)
		return fm_audit_newest(&l->last, l->ledger, err);
	return l->most ? find_start(l, err) : FM_OK;
}

static enum fm_code list_run(struct app *app, const void *args, struct fm_err *err)
{
	struct listing l = { .app = app, .args = args };
	char id[FM_PAY_ID];
	enum fm_code rc = make_filter(&l, err);

	if (!rc)
		rc = audit_ledger(&l.ledger, app, err);
	if (!rc && l.args->subject) {
		rc = audit_find(id, l.ledger, l.args->subject, err);
		l.filter.subject = id;
	}
	if (!rc && l.ledger)
		rc = begin(&l, err);
	if (!rc && l.ledger &&
	    !(l.args->follow && l.last && !l.most && !l.args->range.since))
		rc = show_new(&l, err);
	if (!rc && l.args->follow)
		return follow(&l, err);
	out_bool(app->out, "older", l.most && l.count > l.most);
	if (!rc && l.most && l.count > l.most)
		out_note(app->out,
			 "There are %zu older ones: --limit or --since shows them.",
			 l.count - l.most);
	if (!rc && !l.last)
		out_note(app->out, "Nothing.");
	return rc;
}

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica audit list --event denied --since 24h", "what was refused today" },
	{ "fourmica audit list --follow --jsonl", "for alarms: a line for each event, as it comes" },
	{ 0 },
};
/* clang-format on */

const struct cmd audit_list_cmd = {
	.name = "list",
	.summary = "show what happened, newest last",
	.details =
		"Every reservation, signature, sending and outcome, every refusal, operation, "
		"transaction, note and pinned value is a record of the journal, and so is what a "
		"person did: stop, resume, policy.accepted, task.reset, wallet.export. Without --since "
		"the newest 50 that match are shown.\n\n"
		"With --follow it waits for more; what happened before is shown as well with "
		"--since or --limit. Nothing is locked meanwhile. With --jsonl each record is one "
		"line, written at once.\n\n"
		"The same refusal again within ten minutes is only counted, as is what exceeds 600 "
		"refusals in an hour: the next record of a refusal says how many there were "
		"(not_recorded_before).",
	.params = params,
	.size = sizeof(struct list),
	.fields = fields,
	.examples = examples,
	.needs = NEED_LEDGER,
	.run = list_run,
};
