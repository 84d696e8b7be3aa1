/* SPDX-License-Identifier: MIT */
/* What a look for collateral learnt, kept as a pin of the ledger for a while, so that payments do not
 * cost a request more each time. It may say yes, never no. */
#include "client/cover.h"

#include <stdio.h>
#include <string.h>

/* Collateral changes with deposits and withdrawals. Those of this ledger are known at once; another
 * machine's are seen this late, and until then Core refuses what the vault no longer covers. */
#define FRESH_S (10 * 60)
#define RETRY_S 60  /* a chain that is down is not waited for with every payment */
#define NOTHING "-" /* a memory that was given up */
#define WORDS 7
#define MEMORY_MAX (WORDS * FM_U256_DEC)
#define KEY_MAX (FM_CAIP2_TEXT + 3 * FM_ADDR_TEXT)

static void memory_key(char out[static KEY_MAX], uint64_t chain_id,
		       const struct fm_addr *vault, const struct fm_addr *who,
		       const struct fm_addr *asset)
{
	char caip2[FM_CAIP2_TEXT], text[3][FM_ADDR_TEXT];

	fm_caip2_text(caip2, chain_id);
	fm_addr_lower(text[0], vault);
	fm_addr_lower(text[1], who);
	fm_addr_lower(text[2], asset);
	snprintf(out, KEY_MAX, "%s %s %s %s", caip2, text[0], text[1], text[2]);
}

static void key_of(char out[static KEY_MAX], const struct fm_looking *l)
{
	memory_key(out, l->wanted->chain_id, &l->vault, &l->client->config.payer,
		   &l->h.asset.address);
}

/** The next word of a line whose words have one blank between them. */
static struct fm_span word(struct fm_span *rest)
{
	struct fm_span first = *rest;
	const char *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;

	if (!blank) {
		*rest = fm_span_of("");
		return first;
	}
	first.len = (size_t)(blank - rest->ptr);
	*rest = (struct fm_span){ blank + 1, rest->len - first.len - 1 };
	return first;
}

/** Two numbers, or `otherwise` in the place of both. */
static bool pair(struct fm_u256 *a, struct fm_u256 *b, bool *known, struct fm_span *rest,
		 const char *otherwise)
{
	struct fm_span one = word(rest), two = word(rest);

	*known = !fm_span_is(one, otherwise) || !fm_span_is(two, otherwise);
	return !*known || (fm_u256_from_dec(a, one) && fm_u256_from_dec(b, two));
}

/** "TIME CAPACITY REQUESTED TOTAL LOCKED OUTSTANDING IN-DOUBT". "-" is what nobody told, "?" what
 *  Core was asked for in vain. */
static bool read_memory(struct fm_looking *l, struct fm_span text)
{
	struct fm_span rest = text, core;
	struct fm_u256 at;
	uint64_t at_s;
	bool told;

	if (!fm_u256_from_dec(&at, word(&rest)) || !fm_u256_to_u64(&at_s, &at) ||
	    at_s > INT64_MAX ||
	    !pair(&l->h.capacity, &l->h.requested, &l->on_chain, &rest, NOTHING))
		return false;
	l->at_s = (int64_t)at_s;
	core = rest;
	l->core_asked = !fm_span_is(word(&core), NOTHING);
	return pair(&l->h.core_total, &l->h.core_locked, &l->h.core_known, &rest,
		    l->core_asked ? "?" : NOTHING) &&
	       pair(&l->then, &l->then_in_doubt, &told, &rest, "") && told && !rest.len;
}

void fm_cover_unlearn(struct fm_looking *l)
{
	l->fresh = l->on_chain = l->core_asked = l->h.core_known = false;
}

static bool is_fresh(const struct fm_looking *l)
{
	int64_t now_s = fm_wall_s(l->client->config.clock);

	/* Authority that was resolved meanwhile may have been replaced by new. */
	if (l->h.core_known && fm_u256_cmp(&l->h.outstanding, &l->then) < 0)
		return false;
	return l->at_s <= now_s &&
	       now_s - l->at_s < (l->on_chain || l->h.core_known ? FRESH_S : RETRY_S);
}

enum fm_code fm_cover_recall(struct fm_looking *l, struct fm_err *err)
{
	char key[KEY_MAX];
	struct fm_buf text;
	bool found = false;
	enum fm_code rc;

	key_of(key, l);
	fm_buf_init(&text, MEMORY_MAX);
	rc = fm_pin_get(&text, NULL, &found, l->ledger, FM_COVER_PIN, key, err);
	l->fresh = !rc && found && read_memory(l, fm_buf_span(&text)) && is_fresh(l);
	if (!l->fresh)
		fm_cover_unlearn(l);
	fm_buf_clear(&text);
	return rc;
}

static void put_pair(struct fm_buf *out, const struct fm_u256 *a, const struct fm_u256 *b,
		     const char *otherwise)
{
	char one[FM_U256_DEC], two[FM_U256_DEC];

	fm_u256_dec(one, a);
	fm_u256_dec(two, b);
	fm_buf_fmt(out, " %s %s", otherwise ? otherwise : one,
		   otherwise ? otherwise : two);
}

static void store(const struct fm_client *client, struct fm_ledger *ledger,
		  const char *key, struct fm_span text)
{
	struct fm_err ignored;

	fm_err_init(&ignored);
	if (fm_pin_set(ledger, FM_COVER_PIN, key, text, &ignored))
		fm_log(client->config.log, FM_LOG_WARN, "collateral not remembered: %s",
		       ignored.msg);
}

void fm_cover_remember(const struct fm_looking *l)
{
	char key[KEY_MAX];
	struct fm_buf text;

	if (!l->ledger || !l->client->ledger_writable)
		return;
	key_of(key, l);
	fm_buf_init(&text, MEMORY_MAX);
	fm_buf_fmt(&text, "%lld", (long long)l->at_s);
	put_pair(&text, &l->h.capacity, &l->h.requested, l->on_chain ? NULL : NOTHING);
	put_pair(&text, &l->h.core_total, &l->h.core_locked,
		 l->h.core_known ? NULL
		 : l->core_asked ? "?"
				 : NOTHING);
	put_pair(&text, &l->then, &l->then_in_doubt, NULL);
	if (fm_buf_ok(&text))
		store(l->client, l->ledger, key, fm_buf_span(&text));
	fm_buf_clear(&text);
}

void fm_cover_forget(struct fm_client *client, struct fm_ledger *ledger,
		     const struct fm_op *op)
{
	char key[KEY_MAX];
	struct fm_err ignored;
	struct fm_buf text;
	bool found = false;

	if (op->kind != FM_OP_DEPOSIT && op->kind != FM_OP_WITHDRAW_REQUEST &&
	    op->kind != FM_OP_WITHDRAW_CANCEL && op->kind != FM_OP_WITHDRAW_FINALIZE)
		return;
	fm_err_init(&ignored);
	fm_buf_init(&text, MEMORY_MAX);
	memory_key(key, op->chain_id, &op->target, &op->payer, &op->asset);
	if (fm_pin_get(&text, NULL, &found, ledger, FM_COVER_PIN, key, &ignored) || found)
		store(client, ledger, key, fm_span_of(NOTHING));
	fm_buf_clear(&text);
}
