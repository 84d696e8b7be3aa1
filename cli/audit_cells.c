/* SPDX-License-Identifier: MIT */
/* One payment, operation or refusal as a line of an export. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

/* Column, and what is in it. */
/* clang-format off */
#define CELLS(X)                                                                               \
	X(ID, "id") X(KIND, "kind") X(STATE, "state")                                          \
	X(CREATED, "created_at") X(SIGNED, "signed_at") X(SENT, "sent_at") X(ENDED, "ended_at") \
	X(WALLET, "wallet") X(SELLER, "seller") X(ROUTE, "route") X(METHOD, "method")          \
	X(PAY_TO, "pay_to") X(AMOUNT, "amount") X(BASE, "amount_base") X(SYMBOL, "symbol")     \
	X(ASSET, "asset") X(NETWORK, "network") X(SCHEME, "scheme") X(X402, "x402_version")    \
	X(VERSION, "guarantee_version") X(TASK, "task") X(CATEGORY, "category")                \
	X(REASON, "reason") X(REQ_ID, "req_id") X(NONCE, "nonce")                              \
	X(GUARANTEE, "guarantee_id") X(KEY, "idempotency_key") X(EVIDENCE, "evidence")         \
	X(STATUS, "http_status") X(RETRIES, "retries") X(CODE, "error_code") X(RULE, "rule")   \
	X(SAYS, "seller_reason") X(POLICY, "policy") X(APPROVAL, "approval")                   \
	X(RECEIPT, "receipt_path") X(BODY, "body_sha256") X(ARTEFACT, "artefact")              \
	X(TX, "tx_hash") X(TX_STATE, "tx_state") X(BLOCK, "block") X(GAS, "gas_used")          \
	X(FEE, "fee_wei") X(RESOLUTION, "resolution") X(NOTES, "notes")
/* clang-format on */

enum cell {
#define CELL_ENUM(id, name) CELL_##id,
	CELLS(CELL_ENUM)
#undef CELL_ENUM
	CELL_COUNT
};

static const char *const names[CELL_COUNT] = {
#define CELL_NAME(id, name) [CELL_##id] = name,
	CELLS(CELL_NAME)
#undef CELL_NAME
};

struct cells {
	struct fm_buf text[CELL_COUNT]; /* empty: not known */
};

/* ---- filling ---- */

static void set(struct cells *c, enum cell cell, const char *text)
{
	fm_buf_clear(&c->text[cell]);
	fm_buf_init(&c->text[cell], 1u << 20);
	if (text)
		fm_buf_str(&c->text[cell], text);
}

static void start(struct cells *c)
{
	for (size_t i = 0; i < CELL_COUNT; i++)
		fm_buf_init(&c->text[i], 1u << 20);
}

static void clear(struct cells *c)
{
	for (size_t i = 0; i < CELL_COUNT; i++)
		fm_buf_clear(&c->text[i]);
}

static void set_time(struct cells *c, enum cell cell, int64_t ms)
{
	char text[FM_TIME_TEXT];

	fm_time_text(text, ms / 1000);
	set(c, cell, ms ? text : NULL);
}

static void set_number(struct cells *c, enum cell cell, uint64_t number)
{
	char text[FM_U256_DEC];
	struct fm_u256 value = fm_u256_from_u64(number);

	fm_u256_dec(text, &value);
	set(c, cell, text);
}

static void set_u256(struct cells *c, enum cell cell, const struct fm_u256 *value)
{
	char text[FM_U256_DEC];

	fm_u256_dec(text, value);
	set(c, cell, fm_u256_is_zero(value) ? NULL : text);
}

static void set_hash(struct cells *c, enum cell cell, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	set(c, cell, audit_known(hash) ? text : NULL);
}

static void set_addr(struct cells *c, enum cell cell, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	set(c, cell, text);
}

/* The number alone, its unit in a column of its own: a spreadsheet can add it up. */
static void set_amount(struct cells *c, const struct app *app, uint64_t chain_id,
		       const struct fm_addr *asset, const struct fm_u256 *base)
{
	struct fm_amount amount = audit_amount(app, chain_id, asset, base);
	const struct fm_asset *known = app_asset(app, chain_id, asset);
	char text[FM_AMOUNT_TEXT], digits[FM_U256_DEC], caip2[FM_CAIP2_TEXT];

	fm_amount_text(text, &amount);
	text[strcspn(text, " ")] = '\0';
	fm_u256_dec(digits, base);
	fm_caip2_text(caip2, chain_id);
	set(c, CELL_AMOUNT, known ? text : NULL);
	set(c, CELL_BASE, digits);
	set(c, CELL_SYMBOL, known ? known->symbol : NULL);
	set_addr(c, CELL_ASSET, asset);
	set(c, CELL_NETWORK, caip2);
}

static void set_terms(struct cells *c, const struct app *app, const struct fm_payment *p)
{
	set(c, CELL_ID, p->id);
	set(c, CELL_KIND, "payment");
	set(c, CELL_STATE, fm_pay_state_word(p->state));
	set_addr(c, CELL_WALLET, &p->payer);
	set(c, CELL_SELLER, p->origin);
	set(c, CELL_ROUTE, p->route);
	set(c, CELL_METHOD, p->method);
	set_addr(c, CELL_PAY_TO, &p->pay_to);
	set_amount(c, app, p->chain_id, &p->asset, &p->amount);
	set(c, CELL_SCHEME, p->scheme);
	if (p->x402_version)
		set_number(c, CELL_X402, (uint64_t)p->x402_version);
	if (p->guarantee_version)
		set_number(c, CELL_VERSION, (uint64_t)p->guarantee_version);
	set(c, CELL_TASK, p->task);
	set(c, CELL_CATEGORY, p->category);
	set(c, CELL_REASON, p->purpose);
	set_u256(c, CELL_REQ_ID, &p->req_id);
	set_hash(c, CELL_NONCE, &p->nonce);
	set(c, CELL_KEY, p->idem_key);
	set_hash(c, CELL_POLICY, &p->policy_hash);
	set_hash(c, CELL_APPROVAL, &p->approval);
}

static void set_result(struct cells *c, const struct app *app, const struct fm_payment *p)
{
	char *receipt = audit_receipt(app, p->id);

	set_time(c, CELL_CREATED, p->created_ms);
	set_time(c, CELL_SIGNED, p->signed_ms);
	set_time(c, CELL_SENT, p->sent_ms);
	set_time(c, CELL_ENDED, p->ended_ms);
	set_hash(c, CELL_GUARANTEE, &p->guarantee);
	set(c, CELL_EVIDENCE, p->evidence);
	if (p->http_status)
		set_number(c, CELL_STATUS, (uint64_t)p->http_status);
	set_number(c, CELL_RETRIES, p->retries);
	set(c, CELL_CODE, p->error_code);
	set(c, CELL_SAYS, p->reason);
	set(c, CELL_RECEIPT, receipt);
	set_hash(c, CELL_BODY, &p->body_sha256);
	set(c, CELL_ARTEFACT, p->artefact);
	set(c, CELL_RESOLUTION, p->resolution);
	free(receipt);
}

static void set_tx(struct cells *c, const struct fm_tx_row *tx)
{
	set_hash(c, CELL_TX, &tx->hash);
	set(c, CELL_TX_STATE, fm_tx_state_word(tx->state));
	set_time(c, CELL_SIGNED, tx->created_ms);
	set_time(c, CELL_SENT, tx->sent_ms);
	set(c, CELL_BLOCK, NULL);
	set(c, CELL_GAS, NULL);
	set(c, CELL_FEE, NULL);
	if (!tx->block)
		return;
	set_number(c, CELL_BLOCK, tx->block);
	set_number(c, CELL_GAS, tx->gas_used);
	set_u256(c, CELL_FEE, &tx->fee);
}

/* ---- writing ---- */

/* RFC 4180. A spreadsheet takes a cell that begins like this for a formula: an apostrophe in front
 * makes it text. */
static void put_csv(struct fm_buf *out, struct fm_span text)
{
	bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]) && text.ptr[0];

	fm_buf_chr(out, '"');
	if (formula)
		fm_buf_chr(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			fm_buf_chr(out, '"');
		fm_buf_chr(out, text.ptr[i]);
	}
	fm_buf_chr(out, '"');
}

static void put_line_csv(struct audit_line *line, const struct cells *c)
{
	for (size_t i = 0; i < CELL_COUNT; i++) {
		if (i)
			fm_buf_chr(&line->text, ',');
		if (c->text[i].len)
			put_csv(&line->text, fm_buf_span(&c->text[i]));
	}
	fm_buf_str(&line->text, "\r\n");
}

static void put_line_json(struct audit_line *line, const struct cells *c)
{
	struct fm_jw w;

	if (line->format == AUDIT_JSON)
		fm_buf_str(&line->text, line->first ? "\n" : ",\n");
	line->first = false;
	fm_jw_init(&w, &line->text);
	fm_jw_object(&w);
	for (size_t i = 0; i < CELL_COUNT; i++) {
		fm_jw_key(&w, names[i]);
		if (c->text[i].len)
			fm_jw_str(&w, fm_buf_span(&c->text[i]));
		else
			fm_jw_null(&w);
	}
	fm_jw_end(&w, '}');
	if (line->format == AUDIT_JSONL)
		fm_buf_chr(&line->text, '\n');
}

static void put_line(struct audit_line *line, const struct cells *c)
{
	if (line->format == AUDIT_CSV)
		put_line_csv(line, c);
	else
		put_line_json(line, c);
}

void audit_heading(struct audit_line *line)
{
	for (size_t i = 0; i < CELL_COUNT; i++)
		fm_buf_fmt(&line->text, "%s%s", i ? "," : "", names[i]);
	fm_buf_str(&line->text, "\r\n");
}

/* ---- what there is ---- */

static enum fm_code set_notes(struct cells *c, struct app *app, struct fm_ledger *ledger,
			      const char *id, uint64_t chain_id,
			      const struct fm_addr *asset, struct fm_err *err)
{
	struct fm_buf notes;
	enum fm_code rc;

	fm_buf_init(&notes, 1u << 20);
	rc = audit_notes(&notes, app, ledger, id, chain_id, asset, err);
	if (!rc)
		set(c, CELL_NOTES, notes.ptr);
	fm_buf_clear(&notes);
	return rc;
}

enum fm_code audit_payment_line(struct audit_line *line, struct app *app,
				struct fm_ledger *ledger, const struct fm_payment *p,
				struct fm_err *err)
{
	struct cells c;
	enum fm_code rc;

	start(&c);
	set_terms(&c, app, p);
	set_result(&c, app, p);
	rc = set_notes(&c, app, ledger, p->id, p->chain_id, &p->asset, err);
	if (!rc)
		put_line(line, &c);
	clear(&c);
	return rc;
}

enum fm_code audit_op_lines(struct audit_line *line, struct app *app,
			    struct fm_ledger *ledger, const struct fm_op *op,
			    struct fm_err *err)
{
	struct fm_tx_row *rows;
	struct cells c;
	size_t count;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, ledger, op->id, err);

	start(&c);
	set(&c, CELL_ID, op->id);
	set(&c, CELL_KIND, fm_op_word(op->kind));
	set(&c, CELL_STATE, fm_op_state_word(op->state));
	set_addr(&c, CELL_WALLET, &op->payer);
	set_addr(&c, CELL_PAY_TO, &op->target);
	set_amount(&c, app, op->chain_id, &op->asset, &op->amount);
	set_time(&c, CELL_CREATED, op->created_ms);
	set_time(&c, CELL_ENDED, op->ended_ms);
	set_hash(&c, CELL_POLICY, &op->policy_hash);
	if (!rc)
		rc = set_notes(&c, app, ledger, op->id, op->chain_id, &op->asset, err);
	for (size_t i = 0; !rc && i < count; i++) {
		set_tx(&c, &rows[i]);
		put_line(line, &c);
		/* Whoever adds the column up must not count it again. */
		set(&c, CELL_AMOUNT, NULL);
		set(&c, CELL_BASE, NULL);
	}
	if (!rc && !count)
		put_line(line, &c);
	clear(&c);
	fm_tx_rows_free(&rows, count);
	return rc;
}

static void set_member(struct cells *c, enum cell cell, const struct fm_json *json,
		       const char *name)
{
	struct fm_buf text;

	set(c, cell, audit_text(&text, json, name));
	fm_buf_clear(&text);
}

static void set_wanted(struct cells *c, struct app *app, const struct fm_json *json)
{
	char text[FM_ADDR_TEXT];
	struct fm_addr asset;
	struct fm_u256 base;
	uint64_t chain_id;

	if (fm_json_u64(&chain_id, fm_json_get(json, "chain_id")) &&
	    fm_json_u256(&base, fm_json_get(json, "amount")) &&
	    fm_json_cstr(text, sizeof(text), fm_json_get(json, "asset")) &&
	    fm_addr_parse(&asset, NULL, fm_span_of(text)))
		set_amount(c, app, chain_id, &asset, &base);
}

void audit_denied_line(struct audit_line *line, struct app *app,
		       const struct fm_audit_record *record)
{
	static const struct {
		enum cell cell;
		const char *name;
	} members[] = {
		{CELL_WALLET,    "payer"     },
		   { CELL_SELLER,	  "origin"	   },
		{ CELL_ROUTE,    "route"     },
		   { CELL_METHOD,	  "method"	   },
		{ CELL_PAY_TO,   "pay_to"	},
		   { CELL_SCHEME,	  "scheme"	   },
		{ CELL_TASK,     "task"	    },
		   { CELL_CATEGORY, "category"  },
		{ CELL_REASON,   "reason"	},
		   { CELL_CODE,	"error_code"},
		{ CELL_RULE,     "rule"	    },
		   { CELL_POLICY,	  "policy"	   },
	};
	struct cells c;

	start(&c);
	set(&c, CELL_ID, record->subject);
	set(&c, CELL_KIND, "denied");
	set(&c, CELL_STATE, "denied");
	set_time(&c, CELL_CREATED, record->at_ms);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		set_member(&c, members[i].cell, record->json, members[i].name);
	set_wanted(&c, app, record->json);
	put_line(line, &c);
	clear(&c);
}
