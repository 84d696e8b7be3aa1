/* SPDX-License-Identifier: MIT */
/* What Core and the facilitator say of themselves: the first byte chooses the answer. */
#include <fuzz.h>

#include <fourmica/credit.h>

static enum fm_code read_tokens(struct fm_span text, struct fm_err *err)
{
	struct fm_core_tokens list;
	enum fm_code rc = fm_core_tokens_read(&list, text, err);

	if (rc)
		return rc;
	MUST(list.count <= FM_CORE_TOKENS_MAX && list.chain_id);
	for (size_t i = 0; i < list.count; i++) {
		MUST(memchr(list.token[i].symbol, 0, sizeof(list.token[i].symbol)));
		MUST(list.token[i].symbol[0] && list.token[i].decimals <= 77);
		MUST(!fm_addr_is_zero(&list.token[i].address));
	}
	return rc;
}

static enum fm_code read_balance(struct fm_span text, struct fm_err *err)
{
	const struct fm_addr user = { .b = { 0x11 } }, asset = { .b = { 0x22 } };
	struct fm_core_balance money;
	enum fm_code rc = fm_core_balance_read(&money, text, &user, &asset, err);

	if (rc)
		return rc;
	MUST(money.updated_s >= 0 && money.updated_s <= INT64_C(253402300799));
	MUST(money.known ||
	     (fm_u256_is_zero(&money.total) && fm_u256_is_zero(&money.locked)));
	return rc;
}

static enum fm_code read_kinds(struct fm_span text, struct fm_err *err)
{
	static struct fm_facilitator_kinds list;
	enum fm_code rc = fm_facilitator_kinds_read(&list, text, err);

	if (rc)
		return rc;
	MUST(list.count <= FM_FACILITATOR_KINDS_MAX);
	for (size_t i = 0; i < list.count; i++) {
		MUST(memchr(list.kind[i].scheme, 0, sizeof(list.kind[i].scheme)));
		MUST(memchr(list.kind[i].network, 0, sizeof(list.kind[i].network)));
	}
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_core_health well;
	struct fm_span text;
	struct fm_err err;
	enum fm_code rc;
	bool ok;

	if (!size)
		return 0;
	text = fuzz_span(data + 1, size - 1);
	fm_err_init(&err);
	switch (data[0]) {
	case 'h':
		rc = fm_core_health_read(&well, text, &err);
		break;
	case 't':
		rc = read_tokens(text, &err);
		break;
	case 'b':
		rc = read_balance(text, &err);
		break;
	case 'k':
		rc = read_kinds(text, &err);
		break;
	case 'f':
		rc = fm_facilitator_health_read(&ok, text, &err);
		break;
	default:
		return 0;
	}
	if (rc)
		fuzz_err_ok(rc, &err);
	return 0;
}
