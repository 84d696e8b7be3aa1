/* SPDX-License-Identifier: MIT */
/* Clearing proofs and actions: the first byte chooses. Whatever is read is judged, too: a check
 * that fails names a member, and one that passes does not pass for anybody else. */
#include <fuzz.h>

#include <fourmica/clearing.h>

/** House and chain of the corpus. */
static struct fm_clearing_want want_of(const char *text, const struct fm_addr *asset,
				       const struct fm_addr *participant)
{
	struct fm_clearing_want want = {
		.chain_id = 11155111,
		.cycle_text = text,
		.asset = *asset,
		.participant = *participant,
	};

	MUST(fm_addr_parse(&want.house, NULL,
			   fm_span_of("0xbcA46805D4Fa2daD7A56d99024B83dfc6365fff5")));
	return want;
}

static void judged(enum fm_code rc, const struct fm_err *err)
{
	if (!rc)
		return;
	fuzz_err_ok(rc, err);
	MUST(rc == FM_E_CORE && err->rule[0]);
}

static void text_ok(const char text[static FM_CYCLE_TEXT])
{
	struct fm_addr asset;
	uint64_t start;

	MUST(memchr(text, 0, FM_CYCLE_TEXT));
	MUST(fm_cycle_parse(&asset, &start, fm_span_of(text)));
}

static enum fm_code proof(struct fm_span json, struct fm_err *err)
{
	struct fm_clearing_proof read;
	struct fm_clearing_want want;
	enum fm_code rc = fm_clearing_proof_read(&read, json, err);

	if (rc)
		return rc;
	text_ok(read.cycle_text);
	MUST(read.path.count <= FM_CLEARING_PROOF);
	want = want_of(read.cycle_text, &read.asset, &read.participant);
	rc = fm_clearing_proof_check(&read, &want, err);
	judged(rc, err);
	if (!rc) {
		want.house.b[0] ^= 1;
		MUST(fm_clearing_proof_check(&read, &want, err) == FM_E_CORE);
	}
	return FM_OK;
}

static enum fm_code action(struct fm_span json, struct fm_err *err)
{
	struct fm_clearing_action read;
	struct fm_clearing_want want;
	struct fm_hash root;
	struct fm_buf data;
	enum fm_code rc = fm_clearing_action_read(&read, json, err);

	if (rc)
		return rc;
	text_ok(read.cycle_text);
	MUST(read.path.count <= FM_CLEARING_PROOF);
	MUST(read.action < FM_CLEARING_VERB_COUNT &&
	     read.function < FM_CLEARING_VERB_COUNT);
	want = want_of(read.cycle_text, &read.asset, &read.participant);
	MUST(fm_hash_parse(
		&root, fm_span_of("0x1eba2c48a3966e0b5959e98bd6d1b09b47f514eb5e0c2658027e"
				  "d21a410148f7")));
	want.root = &root;
	rc = fm_clearing_action_check(&read, read.action, &want, err);
	judged(rc, err);
	if (!rc) {
		want.participant.b[0] ^= 1;
		MUST(fm_clearing_action_check(&read, read.action, &want, err));
	}
	fm_buf_init(&data, 65536);
	MUST(fm_clearing_calldata(&data, read.action, &read.cycle_id, &read.participant,
				  &read.amount, &read.path));
	fm_buf_clear(&data);
	return FM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text;
	struct fm_err err;
	enum fm_code rc;

	if (!size || (data[0] != 'p' && data[0] != 'a'))
		return 0;
	text = fuzz_span(data + 1, size - 1);
	fm_err_init(&err);
	rc = data[0] == 'p' ? proof(text, &err) : action(text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	return 0;
}
