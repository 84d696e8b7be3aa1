/* SPDX-License-Identifier: MIT */
/* What a contract would refuse with, told without asking it. */
#include "evm/revert.h"

#define BYTES_MOST 1024u

enum fm_code fm_revert_say(struct fm_err *err, enum fm_code otherwise,
			   const struct fm_revert_context *context, enum fm_revert revert,
			   const struct fm_abi_value *args, size_t count)
{
	const char *name = fm_revert_name(revert);
	uint8_t selector[FM_SELECTOR];
	struct fm_buf bytes;
	enum fm_code rc;

	fm_buf_init(&bytes, BYTES_MOST);
	fm_selector(selector, name);
	fm_buf_add(&bytes, selector, sizeof(selector));
	if (fm_abi_encode(&bytes, fm_signature_types(name), args, count))
		rc = fm_revert_explain(err, otherwise, context, fm_buf_span(&bytes));
	else
		rc = fm_nomem(err);
	fm_buf_clear(&bytes);
	return rc;
}
