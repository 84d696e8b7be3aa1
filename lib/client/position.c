/* SPDX-License-Identifier: MIT */
/* A wallet's collateral as the chain has it. Vault and tokens are mostly known from the ledger's
 * pins, so one round of requests, with Core's among them, is all it takes. Rules: contracts.md, 1 (facts 1 to 5) and 2. */
#include "client/position.h"

#include "evm/erc20.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKENS_ASKED 5 /* of one request to the node */
#define BATCHES ((FM_HOLDINGS_MAX + TOKENS_ASKED - 1) / TOKENS_ASKED)
#define TOKEN_FRESH_S (24 * 60 * 60)
#define TOKEN_LINE 96 /* "0x... DECIMALS SYMBOL", or just the address */
#define TOKENS_TEXT (FM_HOLDINGS_MAX * TOKEN_LINE)
#define DECIMALS_MOST 36

/** Where the answers about one token are; NONE: not asked. */
#define NONE SIZE_MAX
struct token_at {
	size_t balance, capacity, allowance, a_token, decimals, symbol, yield, permit2,
		house;
};

/** One request to the node. */
struct batch {
	struct fm_rpc_asks asks;
	struct fm_rpc_post post;
	size_t from, upto; /* holdings */
	struct token_at token[TOKENS_ASKED];
};

struct reading {
	struct fm_chain chain;
	struct fm_position *out;
	unsigned look;
	struct fm_buf kept; /* what is remembered of the tokens, as it was read */
	bool stale;	    /* ... longer ago than it may be believed */
	bool described[FM_HOLDINGS_MAX]; /* decimals and symbol are known */
	struct batch *batches;
	size_t batch_count;
	struct fm_core_round core;
	bool core_sent;
	/* of the first batch of the first round */
	size_t chain_id, code, latest, pending, balance, nonce, next, fees, all, paused,
		grace;
};

/* ---- tokens ---- */

void fm_symbol_tidy(char out[static 16], struct fm_span text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool fine = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';

		if (!fine || len == 15) {
			len = 0;
			break;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	if (!len)
		snprintf(out, 16, "token");
}

/** The place of an asset among the holdings, added when it is new; FM_HOLDINGS_MAX: no room. */
static size_t place(struct reading *r, const struct fm_addr *address)
{
	struct fm_position *p = r->out;
	const struct fm_asset *known;
	size_t i = 0;

	while (i < p->count && !fm_addr_equal(&p->holdings[i].asset.address, address))
		i++;
	if (i < p->count || i == FM_HOLDINGS_MAX)
		return i;
	known = fm_client_asset(r->chain.client, p->chain_id, address);
	p->holdings[i].asset =
		(struct fm_asset){ .chain_id = p->chain_id, .address = *address };
	if (known)
		p->holdings[i].asset = *known;
	p->holdings[i].known = known;
	r->described[i] = known;
	return p->count++;
}

static void pin_key(char *out, size_t size, const struct fm_position *p)
{
	char caip2[FM_CAIP2_TEXT], vault[FM_ADDR_TEXT];

	fm_caip2_text(caip2, p->chain_id);
	fm_addr_text(vault, &p->vault);
	snprintf(out, size, "%s %s", caip2, vault);
}

/** "DECIMALS SYMBOL". */
static bool read_described(struct fm_asset *asset, struct fm_span text)
{
	const char *blank = memchr(text.ptr, ' ', text.len);
	size_t digits = blank ? (size_t)(blank - text.ptr) : 0;
	struct fm_u256 decimals, most = fm_u256_from_u64(DECIMALS_MOST);

	if (!blank ||
	    !fm_u256_from_dec(&decimals, (struct fm_span){ text.ptr, digits }) ||
	    fm_u256_cmp(&decimals, &most) > 0)
		return false;
	asset->decimals = (uint8_t)decimals.w[0];
	fm_symbol_tidy(asset->symbol,
		       (struct fm_span){ blank + 1, text.len - digits - 1 });
	return true;
}

/** One remembered token, "ADDRESS DECIMALS SYMBOL": what is not of that form, or old, is asked for. */
static void recall(struct reading *r, struct fm_span line)
{
	const size_t head = FM_ADDR_TEXT - 1;
	struct fm_addr address;
	size_t i;

	if (line.len < head ||
	    !fm_addr_parse(&address, NULL, (struct fm_span){ line.ptr, head }))
		return;
	i = place(r, &address);
	if (i == FM_HOLDINGS_MAX || r->described[i] || r->stale || line.len <= head + 1)
		return;
	r->described[i] = read_described(&r->out->holdings[i].asset,
					 (struct fm_span){ line.ptr + head + 1,
							   line.len - head - 1 });
}

static enum fm_code recall_all(struct reading *r, struct fm_ledger *ledger,
			       struct fm_err *err)
{
	char key[FM_CAIP2_TEXT + FM_ADDR_TEXT];
	int64_t at_s = 0, now_s = fm_wall_s(r->chain.client->config.clock);
	struct fm_span rest;
	bool found = false;
	enum fm_code rc = FM_OK;

	pin_key(key, sizeof(key), r->out);
	if (ledger)
		rc = fm_pin_get(&r->kept, &at_s, &found, ledger, "tokens", key, err);
	r->stale = now_s < at_s || now_s - at_s >= TOKEN_FRESH_S;
	rest = fm_buf_span(&r->kept);
	while (!rc && found && rest.len) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		recall(r, (struct fm_span){ rest.ptr, len });
		len += end ? 1 : 0;
		rest = (struct fm_span){ rest.ptr + len, rest.len - len };
	}
	return rc;
}

/** Keep what was learnt; a ledger that cannot be written now does not stop the looking. Of a token
 *  that cannot be asked only the address: it is asked again. */
static void remember(struct reading *r, struct fm_ledger *ledger)
{
	char key[FM_CAIP2_TEXT + FM_ADDR_TEXT], address[FM_ADDR_TEXT];
	struct fm_buf text;
	struct fm_err ignored;

	fm_err_init(&ignored);
	pin_key(key, sizeof(key), r->out);
	fm_buf_init(&text, TOKENS_TEXT);
	for (size_t i = 1; i < r->out->count; i++) {
		const struct fm_holding *h = &r->out->holdings[i];

		fm_addr_lower(address, &h->asset.address);
		fm_buf_str(&text, address);
		if (!h->broken)
			fm_buf_fmt(&text, " %u %s", h->asset.decimals, h->asset.symbol);
		fm_buf_chr(&text, '\n');
	}
	if (fm_buf_ok(&text) && text.len &&
	    (r->stale || !r->kept.len || strcmp(r->kept.ptr, text.ptr) != 0) &&
	    fm_pin_set(ledger, "tokens", key, fm_buf_span(&text), &ignored))
		fm_log(r->chain.client->config.log, FM_LOG_INFO,
		       "tokens not remembered: %s", ignored.msg);
	fm_buf_clear(&text);
}

/* ---- asking ---- */

static size_t ask_vault(struct batch *b, const struct reading *r, enum fm_fn fn,
			const struct fm_abi_value *args, size_t count)
{
	return fm_rpc_ask_view(&b->asks, &r->out->vault, fn, args, count, "latest");
}

static void put_wallet(struct batch *b, struct reading *r)
{
	const struct fm_position *p = r->out;
	const struct fm_abi_value who = fm_abi_of_addr(&p->who);

	r->chain_id = fm_rpc_ask_chain_id(&b->asks);
	r->code = fm_rpc_ask_code(&b->asks, &p->vault);
	r->latest = fm_rpc_ask_block(&b->asks, "latest");
	r->pending = fm_rpc_ask_block(&b->asks, "pending");
	r->balance = fm_rpc_ask_balance(&b->asks, &p->who, "latest");
	r->nonce = fm_rpc_ask_nonce(&b->asks, &p->who, "latest");
	r->next = fm_rpc_ask_nonce(&b->asks, &p->who, "pending");
	r->fees = fm_rpc_ask_fees(&b->asks);
	r->all = ask_vault(b, r, FM_FN_ALL_ASSETS, &who, 1);
	r->paused = ask_vault(b, r, FM_FN_PAUSED, NULL, 0);
	r->grace = ask_vault(b, r, FM_FN_GRACE, NULL, 0);
}

static void put_rest(struct batch *b, const struct reading *r, size_t i)
{
	const struct fm_position *p = r->out;
	const struct fm_addr *token = &p->holdings[i].asset.address;
	const struct fm_abi_value who_asset[] = { fm_abi_of_addr(&p->who),
						  fm_abi_of_addr(token) };
	struct token_at *at = &b->token[i - b->from];

	at->yield = ask_vault(b, r, FM_FN_NET_YIELD, who_asset, 2);
	at->permit2 =
		fm_erc20_ask_allowance(&b->asks, token, &p->who, &fm_permit2, "latest");
	if (p->has_house)
		at->house = fm_erc20_ask_allowance(&b->asks, token, &p->who, &p->house,
						   "latest");
}

static void put_token(struct batch *b, const struct reading *r, size_t i)
{
	const struct fm_position *p = r->out;
	const struct fm_addr *token = &p->holdings[i].asset.address;
	const struct fm_abi_value asset = fm_abi_of_addr(token);
	const struct fm_abi_value who_asset[] = { fm_abi_of_addr(&p->who), asset };
	struct token_at *at = &b->token[i - b->from];

	at->symbol = NONE;
	at->decimals = fm_erc20_ask_decimals(&b->asks, token);
	at->balance = fm_erc20_ask_balance(&b->asks, token, &p->who, "latest");
	at->allowance =
		fm_erc20_ask_allowance(&b->asks, token, &p->who, &p->vault, "latest");
	at->capacity = ask_vault(b, r, FM_FN_CAPACITY, who_asset, 2);
	at->a_token = ask_vault(b, r, FM_FN_A_TOKEN, &asset, 1);
	if (!r->described[i])
		at->symbol = fm_erc20_ask_symbol(&b->asks, token);
	if (r->look & FM_LOOK_REST)
		put_rest(b, r, i);
}

/* ---- taking ---- */

static enum fm_code take_blocks(const struct batch *b, struct reading *r,
				struct fm_err *err)
{
	struct fm_position *p = r->out;
	struct fm_rpc_block latest, pending;
	struct fm_rpc_fees fees;
	enum fm_code rc = fm_rpc_take_block(&latest, &b->asks, r->latest, err);

	if (!rc)
		rc = fm_rpc_take_block(&pending, &b->asks, r->pending, err);
	if (!rc)
		rc = fm_rpc_take_fees(&fees, &b->asks, r->fees, err);
	if (rc)
		return rc;
	p->block = latest.number;
	p->block_s = latest.timestamp_s;
	p->chain_now_s = pending.timestamp_s;
	p->base_fee = fees.base_fee;
	return FM_OK;
}

static enum fm_code take_word(struct fm_u256 *out, struct batch *b, size_t at,
			      struct fm_err *err)
{
	struct fm_abi_value v;
	enum fm_code rc = fm_rpc_take_view(&v, 1, &b->asks, at, err);

	if (!rc)
		*out = v.u;
	return rc;
}

/** A time or a length of it; two of them can be added. */
static bool to_seconds(int64_t *out, const struct fm_u256 *value)
{
	uint64_t seconds;

	if (!fm_u256_to_u64(&seconds, value) || seconds > INT64_MAX / 4)
		return false;
	*out = (int64_t)seconds;
	return true;
}

/** The vault's rows: ETH first, then every token it lists. */
static enum fm_code take_rows(struct batch *b, struct reading *r, struct fm_err *err)
{
	struct fm_position *p = r->out;
	struct fm_abi_value all, row[4];
	enum fm_code rc = fm_rpc_take_view(&all, 1, &b->asks, r->all, err);

	for (size_t i = 0; !rc && i < all.count; i++) {
		struct fm_holding *h;
		size_t at = FM_HOLDINGS_MAX;

		if (fm_fn_item(row, 4, FM_FN_ALL_ASSETS, &all, i))
			at = place(r, &row[0].addr);
		if (at == FM_HOLDINGS_MAX)
			return fm_rpc_fail(&r->chain.rpc, err,
					   "the vault lists more than %d assets",
					   FM_HOLDINGS_MAX);
		h = &p->holdings[at];
		h->listed = true;
		h->withdrawable = row[1].u;
		h->requested = row[3].u;
		if (!to_seconds(&h->requested_s, &row[2].u))
			return fm_rpc_fail(&r->chain.rpc, err,
					   "getUserAllAssets: a time out of range");
	}
	return rc;
}

static enum fm_code take_wallet(struct batch *b, struct reading *r, struct fm_err *err)
{
	struct fm_position *p = r->out;
	struct fm_u256 word;
	bool code = false;
	char vault[FM_ADDR_TEXT];
	enum fm_code rc = fm_rpc_take_chain(&b->asks, r->chain_id, p->chain_id, err);

	if (!rc)
		rc = fm_rpc_take_code(&code, &b->asks, r->code, err);
	fm_addr_text(vault, &p->vault);
	if (!rc && !code)
		return fm_rpc_fail(&r->chain.rpc, err,
				   "chain %llu has no contract at the vault's address %s",
				   (unsigned long long)p->chain_id, vault);
	if (!rc)
		rc = take_blocks(b, r, err);
	if (!rc)
		rc = fm_rpc_take_u256(&p->holdings[0].wallet, &b->asks, r->balance, err);
	if (!rc)
		rc = fm_rpc_take_u64(&p->nonce, &b->asks, r->nonce, err);
	if (!rc)
		rc = fm_rpc_take_u64(&p->pending_nonce, &b->asks, r->next, err);
	if (!rc)
		rc = take_rows(b, r, err);
	if (!rc)
		rc = take_word(&word, b, r->paused, err);
	p->paused = !rc && !fm_u256_is_zero(&word);
	if (!rc)
		rc = take_word(&word, b, r->grace, err);
	if (!rc && !to_seconds(&p->grace_s, &word))
		rc = fm_rpc_fail(&r->chain.rpc, err,
				 "withdrawalGracePeriod: out of range");
	return rc;
}

/** Decimals and symbol as the token has them. One that cannot be asked is no token. */
static enum fm_code describe(struct batch *b, struct reading *r, size_t i,
			     struct fm_err *err)
{
	const struct token_at *at = &b->token[i - b->from];
	struct fm_holding *h = &r->out->holdings[i];
	struct fm_buf symbol;
	enum fm_code rc =
		fm_erc20_take_decimals(&h->says_decimals, &b->asks, at->decimals, err);

	if (rc)
		return rc;
	if (at->symbol == NONE) {
		h->lies = h->says_decimals != h->asset.decimals;
		return FM_OK;
	}
	if (h->says_decimals > DECIMALS_MOST)
		return fm_rpc_fail(&r->chain.rpc, err, "a token with %u decimals",
				   h->says_decimals);
	h->asset.decimals = h->says_decimals;
	fm_buf_init(&symbol, FM_ERC20_TEXT_MAX);
	rc = fm_erc20_take_symbol(&symbol, &b->asks, at->symbol, err);
	if (!rc)
		fm_symbol_tidy(h->asset.symbol, fm_buf_span(&symbol));
	fm_buf_clear(&symbol);
	return rc;
}

static enum fm_code take_rest(struct batch *b, struct reading *r, size_t i,
			      struct fm_err *err)
{
	const struct token_at *at = &b->token[i - b->from];
	struct fm_holding *h = &r->out->holdings[i];
	struct fm_err ignored;
	enum fm_code rc =
		fm_erc20_take_amount(&h->to_permit2, &b->asks, at->permit2, err);

	if (!rc && r->out->has_house)
		rc = fm_erc20_take_amount(&h->to_house, &b->asks, at->house, err);
	/* A vault need not have yield at all. */
	fm_err_init(&ignored);
	h->has_yield =
		!rc && h->listed && take_word(&h->yield, b, at->yield, &ignored) == FM_OK;
	return rc;
}

static enum fm_code take_token_words(struct batch *b, struct reading *r, size_t i,
				     struct fm_err *err)
{
	const struct token_at *at = &b->token[i - b->from];
	struct fm_holding *h = &r->out->holdings[i];
	struct fm_abi_value a_token;
	enum fm_code rc = describe(b, r, i, err);

	if (!rc)
		rc = fm_erc20_take_amount(&h->wallet, &b->asks, at->balance, err);
	if (!rc)
		rc = fm_erc20_take_amount(&h->allowance, &b->asks, at->allowance, err);
	if (!rc && r->look & FM_LOOK_REST)
		rc = take_rest(b, r, i, err);
	if (!rc && !h->listed) /* no longer: the vault has no word on it */
		return FM_OK;
	if (!rc)
		rc = take_word(&h->capacity, b, at->capacity, err);
	if (!rc)
		rc = fm_rpc_take_view(&a_token, 1, &b->asks, at->a_token, err);
	if (!rc)
		h->accepted = !fm_addr_is_zero(&a_token.addr);
	return rc;
}

/** One contract that answers nonsense must not hide the others. */
static enum fm_code take_token(struct batch *b, struct reading *r, size_t i,
			       struct fm_err *err)
{
	struct fm_holding *h = &r->out->holdings[i];
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = take_token_words(b, r, i, &why);
	h->broken = rc == FM_E_CHAIN || rc == FM_E_REVERT;
	if (rc && !h->broken) {
		*err = why;
		return rc;
	}
	if (h->broken) {
		h->accepted = false;
		snprintf(h->why_broken, sizeof(h->why_broken), "%.190s", why.msg);
		if (!h->asset.symbol[0])
			fm_symbol_tidy(h->asset.symbol, fm_span_of(""));
	}
	return FM_OK;
}

/* ---- rounds ---- */

/** The requests of a round: the wallet (when `from` is 0) and the tokens from there on. */
static enum fm_code make_batches(struct reading *r, size_t from, struct fm_err *err)
{
	size_t next = from ? from : 1;

	r->batches = calloc(BATCHES + 1, sizeof(*r->batches));
	if (!r->batches)
		return fm_nomem(err);
	for (r->batch_count = 0; next < r->out->count || (!from && !r->batch_count);
	     r->batch_count++) {
		struct batch *b = &r->batches[r->batch_count];

		b->from = next;
		for (b->upto = next;
		     b->upto < r->out->count && b->upto < next + TOKENS_ASKED;)
			b->upto++;
		next = b->upto;
		fm_rpc_asks_init(&b->asks);
		fm_rpc_post_init(&b->post);
		if (!from && !r->batch_count)
			put_wallet(b, r);
		for (size_t i = b->from; i < b->upto; i++)
			put_token(b, r, i);
	}
	return FM_OK;
}

static void clear_batches(struct reading *r)
{
	for (size_t i = 0; i < r->batch_count; i++) {
		fm_rpc_asks_clear(&r->batches[i].asks);
		fm_rpc_post_clear(&r->batches[i].post);
	}
	free(r->batches);
	r->batches = NULL;
	r->batch_count = 0;
}

/** Ask one endpoint. Core is asked with the first; another gets what the node was asked only. */
static enum fm_code ask_endpoint(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct reading *r = arg;
	struct fm_http_job *jobs[BATCHES + 1];
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < r->batch_count; i++) {
		struct batch *b = &r->batches[i];

		rc = fm_rpc_run_put(&b->post, &b->asks, rpc, err);
		jobs[i] = &b->post.job;
	}
	if (rc)
		return rc;
	if (r->core_sent)
		rc = fm_http_together(rpc->http, jobs, r->batch_count, err);
	else
		rc = fm_core_round_send(&r->core, r->out, jobs, r->batch_count, err);
	r->core_sent = true;
	for (size_t i = 0; !rc && i < r->batch_count; i++)
		rc = fm_rpc_run_take(&r->batches[i].asks, &r->batches[i].post, err);
	return rc;
}

static enum fm_code take_batches(struct reading *r, bool wallet, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (wallet)
		rc = take_wallet(&r->batches[0], r, err);
	for (size_t k = 0; k < r->batch_count; k++) {
		struct batch *b = &r->batches[k];

		for (size_t i = b->from; !rc && i < b->upto; i++)
			rc = take_token(b, r, i, err);
	}
	return rc;
}

/** Core's word does not depend on whether the chain answers. */
static enum fm_code core_alone(struct reading *r, enum fm_code rc, struct fm_err *err)
{
	struct fm_err nomem;

	fm_err_init(&nomem);
	if (r->core_sent || !r->chain.client->config.http ||
	    !fm_core_round_send(&r->core, r->out, NULL, 0, &nomem))
		return rc;
	*err = nomem;
	return nomem.code;
}

/** What is known already, from holding `from` on; then what came to be known by that. */
static enum fm_code one_round(struct reading *r, size_t from, struct fm_err *err)
{
	enum fm_code rc = make_batches(r, from, err);

	r->core_sent = false;
	if (!rc)
		rc = fm_core_round_put(&r->core, r->out, r->chain.client, r->look, from,
				       err);
	if (!rc) {
		rc = fm_rpc_each(&r->chain.rpc, &r->chain.endpoints, ask_endpoint, r,
				 err);
		rc = core_alone(r, rc, err);
		fm_core_round_take(&r->core, r->out);
	}
	if (!rc)
		rc = take_batches(r, !from, err);
	fm_core_round_clear(&r->core);
	clear_batches(r);
	return rc;
}

/** Any contract can call itself USDC: one that does is shown by its address. */
static void unmask(struct fm_position *p, struct fm_holding *h)
{
	char address[FM_ADDR_TEXT];

	for (size_t i = 0; !h->known && i < p->count; i++) {
		if (!p->holdings[i].known ||
		    strcasecmp(p->holdings[i].asset.symbol, h->asset.symbol) != 0)
			continue;
		fm_addr_text(address, &h->asset.address);
		snprintf(h->asset.symbol, sizeof(h->asset.symbol), "%.10s", address);
	}
}

static void finish(struct reading *r)
{
	struct fm_position *p = r->out;

	p->chain_known = true;
	fm_rpc_origin(p->rpc, &r->chain.rpc);
	for (size_t i = 0; i < p->count; i++) {
		struct fm_holding *h = &p->holdings[i];

		unmask(p, h);
		if (h->requested_s)
			h->unlock_s = h->requested_s + p->grace_s;
		if (i == 0) {
			h->accepted = true;
			h->capacity = h->withdrawable;
		}
	}
}

static void find_house(struct fm_position *p, const struct fm_client *client)
{
	const struct fm_client_config *config = &client->config;
	const struct fm_addr *house =
		config->clearing_house ? config->clearing_house(config->ctx, p->chain_id)
				       : NULL;

	p->has_house = house;
	if (house)
		p->house = *house;
}

enum fm_code fm_position_ask(struct fm_position *out, struct fm_client *client,
			     struct fm_ledger *ledger, unsigned look, struct fm_err *err)
{
	static const struct fm_addr ether;
	struct reading *r = calloc(1, sizeof(*r));
	size_t from = 0;
	enum fm_code rc;

	if (!r)
		return fm_nomem(err);
	out->count = 0;
	r->out = out;
	r->look = look;
	fm_buf_init(&r->kept, TOKENS_TEXT);
	fm_chain_init(&r->chain, client, out->chain_id);
	find_house(out, client);
	place(r, &ether);
	rc = recall_all(r, ledger, err);
	while (!rc && from < out->count) {
		size_t asked = out->count;

		rc = one_round(r, from, err);
		from = asked;
	}
	if (!rc)
		finish(r);
	if (!rc && ledger && client->ledger_writable)
		remember(r, ledger);
	fm_buf_clear(&r->kept);
	free(r);
	return rc;
}
