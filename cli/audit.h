/* SPDX-License-Identifier: MIT */
/** What the commands of `audit` share. */
#ifndef AUDIT_H
#define AUDIT_H

#include "app.h"

struct audit_range {
	const char *since, *until;
};

/* clang-format off */
#define AUDIT_RANGE(s)                                                                         \
	OPT(s, range.since, "since", 0, "TIME",                                                \
	    "from here on: 2026-06-01, 2026-06-22T10:00:00Z, or 24h (ago)"),                   \
	OPT(s, range.until, "until", 0, "TIME", "up to here, itself not included")
/* clang-format on */

/** Milliseconds; 0: no bound. Errors: FM_E_USAGE. */
enum fm_code audit_bounds(int64_t *since_ms, int64_t *until_ms,
			  const struct audit_range *range, struct fm_err *err);
enum fm_code audit_time(int64_t *ms, const char *option, const char *text,
			struct fm_err *err);

/** The ledger, to be read; *ledger NULL: there is none yet. */
enum fm_code audit_ledger(struct fm_ledger **ledger, struct app *app, struct fm_err *err);
/** Record what a person did, in the ledger if there is one. Best effort, with a warning: neither a
 *  damaged ledger nor one that is held keeps a stop from being one. */
void audit_tell(struct app *app, const char *event, const struct fm_fact *facts,
		size_t count);
/** The payment or operation a person means. FM_E_USAGE: none, or several. */
enum fm_code audit_find(char id[static FM_PAY_ID], struct fm_ledger *ledger,
			const char *word, struct fm_err *err);

/** Amounts of tokens nobody knows have no unit. */
struct fm_amount audit_amount(const struct app *app, uint64_t chain_id,
			      const struct fm_addr *asset, const struct fm_u256 *base);
bool audit_known(const struct fm_hash *hash);
/** "RECEIPTS/pay_....json" if it is there, else NULL. Owner: free. */
char *audit_receipt(const struct app *app, const char *payment_id);
/** Text member of a record; NULL: none. Starts the buffer. */
const char *audit_text(struct fm_buf *buf, const struct fm_json *json, const char *name);
/** Append the notes of a payment or operation in one line: "refund 0.05 USDC: they gave it back; ...". */
enum fm_code audit_notes(struct fm_buf *out, struct app *app, struct fm_ledger *ledger,
			 const char *id, uint64_t chain_id, const struct fm_addr *asset,
			 struct fm_err *err);

/** A record of the journal as a row of `records`. */
extern const struct field audit_record_fields[];
void audit_put_record(struct app *app, struct fm_ledger *ledger,
		      const struct fm_audit_record *record);

/* audit_cells.c: what is exported of one payment, operation or refusal */
enum audit_format {
	AUDIT_CSV,
	AUDIT_JSON,
	AUDIT_JSONL,
	AUDIT_JOURNAL,
};

struct audit_line {
	struct fm_buf text;
	enum audit_format format;
	bool first;
};

/** The first line of a CSV file. */
void audit_heading(struct audit_line *line);
enum fm_code audit_payment_line(struct audit_line *line, struct app *app,
				struct fm_ledger *ledger,
				const struct fm_payment *payment, struct fm_err *err);
/** One line per transaction, at least one. */
enum fm_code audit_op_lines(struct audit_line *line, struct app *app,
			    struct fm_ledger *ledger, const struct fm_op *op,
			    struct fm_err *err);
void audit_denied_line(struct audit_line *line, struct app *app,
		       const struct fm_audit_record *record);

extern const struct cmd audit_list_cmd, audit_show_cmd, audit_verify_cmd,
	audit_export_cmd, audit_stats_cmd, audit_note_cmd, audit_import_cert_cmd;

#endif
