/* SPDX-License-Identifier: MIT */
/* `verify-cert --batch`: certificate after certificate, in memory that does not grow. A window of
 * them is checked at once, which is much faster than one by one; a stream that pauses does not
 * wait for its window to fill. */
#include "cert.h"

#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 128		 /* certificates checked at once */
#define LINE_MOST (512u * 1024u) /* bytes of one line: as long as receipts get */
#define PAUSE_MS 50		 /* a stream that is silent for so long pauses */
#define SHOWN_MOST 4096

/* clang-format off */
const struct field cert_batch_fields[] = {
	{ "lines", "Lines", FIELD_NUMBER, "lines read", NULL },
	{ "blank", NULL, FIELD_NUMBER, "of them empty, which are skipped", NULL },
	{ "certificates", "Certificates", FIELD_NUMBER, "the others", NULL },
	{ "verified", "Verified", FIELD_NUMBER, "certificates that passed every check", NULL },
	{ "invalid", "Invalid", FIELD_NUMBER, "as of exit status 60", NULL },
	{ "mismatched", "Of something else", FIELD_NUMBER, "as of exit status 61", NULL },
	{ "unknown_key", "Without a key", FIELD_NUMBER, "as of exit status 62", NULL },
	{ "unknown_cycles", "Unknown cycles", FIELD_NUMBER, "verified, of a cycle whose text was not found", NULL },
	{ 0 },
};

static const struct field line_fields[] = {
	{ "line", NULL, FIELD_NUMBER, "line it stands on, from 1", NULL },
	{ "source", NULL, FIELD_TEXT, "certificate, answer, receipt; null when unreadable", NULL },
	{ "code", NULL, FIELD_TEXT, "as error.code; null when verified", NULL },
	{ "exit", NULL, FIELD_NUMBER, "exit status it would have by itself", NULL },
	{ "message", NULL, FIELD_TEXT, "what failed; null when verified", NULL },
	CERT_VERDICT_FIELDS,
	{ 0 },
};
/* clang-format on */

struct slot {
	uint64_t line;
	bool readable;
	struct cert_job job;
};

struct batch {
	struct app *app;
	const struct verify_cert *args;
	const struct cert_wanted *wanted;
	struct cert_wanted resolved; /**< for the chain of `trust` */
	struct cert_trust trust;
	bool has_trust, trust_changed;
	uint64_t chain_id; /**< what a receipt said, for which `trust` was found */
	struct fm_addr vault;
	struct slot *slots; /**< WINDOW and one being read */
	size_t count;
	struct fm_lines lines;
	uint64_t blank, certificates, verified, invalid, mismatched, unknown_key,
		unknown_cycles;
	enum fm_code worst;
	struct fm_err first; /**< first verdict as bad as `worst` */
	uint64_t first_line;
};

/* ---- telling ---- */

static enum fm_code closed(struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];

	return fm_fail(err, FM_E_IO, "cannot write to standard output: %s",
		       sys_error(why, errno));
}

static void base_units(char out[static FM_AMOUNT_TEXT], const struct fm_claims *claims)
{
	char digits[FM_U256_DEC], token[FM_ADDR_TEXT];

	fm_u256_dec(digits, &claims->amount);
	fm_addr_text(token, &claims->asset);
	snprintf(out, FM_AMOUNT_TEXT, "%s of %s", digits, token);
}

static void say_terms(struct fm_buf *text, const struct batch *b, const struct fm_cert *c)
{
	struct fm_amount amount =
		cert_amount(b->app, b->trust.trust.chain_id, &c->claims);
	char shown[FM_AMOUNT_TEXT], payer[FM_ADDR_TEXT], recipient[FM_ADDR_TEXT],
		id[FM_U256_DEC];

	if (fm_amount_asset(&amount)->symbol[0])
		fm_amount_text(shown, &amount);
	else
		base_units(shown, &c->claims);
	fm_addr_text(payer, &c->claims.user);
	fm_addr_text(recipient, &c->claims.recipient);
	fm_u256_dec(id, &c->claims.req_id);
	fm_buf_fmt(text, "%s from %s to %s, request %s", shown, payer, recipient, id);
}

/* One line for people: number, verdict or failed check, what it is about. */
static void say(const struct batch *b, const struct slot *slot)
{
	const struct fm_cert_verdict *v = &slot->job.verdict;
	struct fm_buf text, line;

	fm_buf_init(&text, SHOWN_MOST);
	fm_buf_init(&line, 8 * SHOWN_MOST);
	if (v->why.code)
		fm_buf_str(&text, v->why.msg);
	else
		say_terms(&text, b, &v->cert);
	fm_buf_fmt(&line, "%-6llu %-13s ", (unsigned long long)slot->line,
		   v->why.code ? v->why.rule : "verified");
	fm_text_escape(&line, fm_buf_span(&text), SHOWN_MOST);
	fm_buf_chr(&line, '\n');
	if (fm_buf_ok(&line))
		out_raw(b->app->out, line.ptr, line.len);
	fm_buf_clear(&text);
	fm_buf_clear(&line);
}

static void record(const struct batch *b, const struct slot *slot)
{
	const struct fm_cert_verdict *v = &slot->job.verdict;
	const struct fm_code_info *info = fm_code_info(v->why.code);
	struct out *o = b->app->out;

	out_record(o, line_fields);
	out_number(o, "line", (int64_t)slot->line);
	if (slot->readable)
		out_text(o, "source", fm_cert_source_word(slot->job.input.source));
	out_text(o, "code", v->why.code ? info->word : NULL);
	out_number(o, "exit", info->exit_status);
	out_text(o, "message", v->why.code ? v->why.msg : NULL);
	(void)cert_report(b->app, &slot->job, slot->readable ? &b->trust : NULL);
	out_record_end(o, "certificate");
}

static void count(struct batch *b, const struct slot *slot)
{
	const struct fm_cert_verdict *v = &slot->job.verdict;
	struct fm_cycle_guess cycle;
	enum fm_code code = v->why.code;

	b->certificates++;
	b->verified += code == FM_OK;
	b->invalid += code == FM_E_CERT;
	b->mismatched += code == FM_E_CERT_DIFF;
	b->unknown_key += code == FM_E_CERT_KEY;
	if (!code && !fm_cycle_guess(&cycle, &v->cert.cycle_id, &v->cert.claims.asset,
				     v->cert.claims.timestamp))
		b->unknown_cycles++;
	if (cert_worse(b->worst, code) == b->worst)
		return;
	b->worst = code;
	b->first = v->why;
	b->first_line = slot->line;
}

/* ---- checking ---- */

static enum fm_code flush(struct batch *b, struct fm_err *err)
{
	struct cert_job *jobs[WINDOW] = { NULL };
	size_t readable = 0, done = b->count;
	enum fm_code rc;

	for (size_t i = 0; i < done; i++)
		if (b->slots[i].readable)
			jobs[readable++] = &b->slots[i].job;
	b->count = 0;
	rc = cert_check(jobs, readable, b->app, &b->trust, &b->resolved, b->args->legacy,
			err);
	for (size_t i = 0; !rc && i < done; i++) {
		count(b, &b->slots[i]);
		if (out_is_json(b->app->out))
			record(b, &b->slots[i]);
		else
			say(b, &b->slots[i]);
	}
	out_waits(b->app->out, "%llu certificates checked",
		  (unsigned long long)b->certificates);
	if (!rc && done && !out_flush(b->app->out))
		rc = closed(err);
	return rc;
}

/* Does what this receipt names ask for another key? */
static bool same_place(const struct batch *b, const struct fm_cert_input *input)
{
	bool told = b->wanted->place.chain_id && b->wanted->place.has_vault;

	return b->has_trust && (told || (input->chain_id == b->chain_id &&
					 fm_addr_equal(&input->vault, &b->vault)));
}

/* The key for the certificate behind the last one of the window. */
static enum fm_code find_trust(struct batch *b, struct fm_err *err)
{
	struct slot *next = &b->slots[b->count];
	enum fm_code rc;

	if (same_place(b, &next->job.input))
		return FM_OK;
	rc = flush(b, err);
	if (!rc)
		rc = cert_trust_find(&b->trust, b->app, b->args, b->wanted,
				     &next->job.input, err);
	if (!rc)
		rc = cert_wanted_resolve(&b->resolved, b->wanted, b->app,
					 b->trust.trust.chain_id, err);
	b->trust_changed = b->has_trust;
	b->has_trust = true;
	b->chain_id = next->job.input.chain_id;
	b->vault = next->job.input.vault;
	if (next != b->slots)
		b->slots[0] = *next;
	return rc;
}

/* ---- reading ---- */

static struct slot *next_slot(struct batch *b)
{
	struct slot *slot = &b->slots[b->count];

	memset(slot, 0, sizeof(*slot));
	slot->line = b->lines.number;
	return slot;
}

static enum fm_code keep(struct batch *b, struct fm_err *err)
{
	return ++b->count == WINDOW ? flush(b, err) : FM_OK;
}

static bool is_blank(struct fm_span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!strchr(" \t\r", line.ptr[i]) || !line.ptr[i])
			return false;
	return true;
}

static enum fm_code take(struct batch *b, struct fm_span line, struct fm_err *err)
{
	struct slot *slot;
	enum fm_code rc;

	if (is_blank(line)) {
		b->blank++;
		return FM_OK;
	}
	slot = next_slot(b);
	rc = fm_cert_input_read(&slot->job.input, line, err);
	slot->readable = rc == FM_OK;
	if (rc == FM_E_CERT) {
		slot->job.verdict.why = *err;
		fm_err_init(err);
		rc = FM_OK;
	} else if (!rc) {
		rc = find_trust(b, err);
	}
	return rc ? rc : keep(b, err);
}

static enum fm_code take_long(struct batch *b, struct fm_err *err)
{
	struct fm_err *why = &next_slot(b)->job.verdict.why;

	fm_fail(why, FM_E_CERT, "a line of more than %u bytes", LINE_MOST);
	fm_rule(why, "%s", fm_cert_rule_word(FM_CERT_LENGTH));
	return keep(b, err);
}

static enum fm_code read_more(struct batch *b, int fd, const char *name,
			      struct fm_err *err)
{
	size_t room;
	char *to = fm_lines_room(&b->lines, &room);
	ssize_t got = 0;
	enum fm_code rc =
		sys_read_some(&got, fd, to, room, b->count ? PAUSE_MS : -1, name, err);

	if (!rc && got < 0)
		return flush(b, err);
	if (!rc)
		fm_lines_fed(&b->lines, (size_t)got);
	return rc;
}

static enum fm_code read_all(struct batch *b, int fd, const char *name,
			     struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	while (!rc) {
		struct fm_span line;

		switch (fm_lines_next(&line, &b->lines)) {
		case FM_LINE_READY:
			rc = take(b, line, err);
			break;
		case FM_LINE_LONG:
			rc = take_long(b, err);
			break;
		case FM_LINE_NONE:
			rc = read_more(b, fd, name, err);
			break;
		case FM_LINE_END:
			return flush(b, err);
		}
	}
	return rc;
}

/* ---- all of it ---- */

static void report(struct batch *b)
{
	struct out *o = b->app->out;

	out_bool(o, "verified", b->certificates && b->verified == b->certificates);
	if (b->has_trust && !b->trust_changed) {
		cert_report_trust(o, &b->trust);
		out_text(o, "trust", cert_trust_words(&b->trust));
	}
	out_object(o, "batch");
	out_number(o, "lines", (int64_t)b->lines.number);
	out_number(o, "blank", (int64_t)b->blank);
	out_number(o, "certificates", (int64_t)b->certificates);
	out_number(o, "verified", (int64_t)b->verified);
	out_number(o, "invalid", (int64_t)b->invalid);
	out_number(o, "mismatched", (int64_t)b->mismatched);
	out_number(o, "unknown_key", (int64_t)b->unknown_key);
	out_number(o, "unknown_cycles", (int64_t)b->unknown_cycles);
	out_end(o);
	if (b->unknown_cycles)
		out_warn(o, "unknown cycle in %llu of the verified certificates",
			 (unsigned long long)b->unknown_cycles);
}

static enum fm_code verdict(const struct batch *b, struct fm_err *err)
{
	if (!b->certificates) {
		fm_fail(err, FM_E_CERT, "there was no certificate");
		return fm_rule(err, "missing");
	}
	if (!b->worst)
		return FM_OK;
	*err = b->first;
	return fm_within(err, "%llu of %llu not verified; line %llu",
			 (unsigned long long)(b->certificates - b->verified),
			 (unsigned long long)b->certificates,
			 (unsigned long long)b->first_line);
}

static enum fm_code open_input(int *fd, const char **name, const char *path,
			       struct fm_err *err)
{
	*name = strcmp(path, "-") == 0 ? "standard input" : path;
	if (*name == path)
		return app_open_file(fd, path, err);
	*fd = STDIN_FILENO;
	return FM_OK;
}

enum fm_code cert_batch(struct app *app, const struct verify_cert *args,
			const struct cert_wanted *wanted, struct fm_err *err)
{
	struct batch b = { .app = app, .args = args, .wanted = wanted };
	const char *name;
	int fd = -1;
	enum fm_code rc;

	b.slots = malloc((WINDOW + 1) * sizeof(*b.slots));
	rc = b.slots ? fm_lines_init(&b.lines, LINE_MOST, err) : fm_nomem(err);
	if (!rc)
		rc = open_input(&fd, &name, args->batch, err);
	if (!rc)
		rc = read_all(&b, fd, name, err);
	report(&b);
	if (!rc)
		rc = verdict(&b, err);
	if (fd > STDIN_FILENO)
		close(fd);
	fm_lines_clear(&b.lines);
	free(b.slots);
	return rc;
}
