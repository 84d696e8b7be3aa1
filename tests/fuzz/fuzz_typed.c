/* SPDX-License-Identifier: MIT */
/* A document of eth_signTypedData_v4 hashes the same each time it is read. */
#include <fuzz.h>

#include <evm/eip712.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text = fuzz_span(data, size);
	struct fm_typed *typed = NULL, *again = NULL;
	struct fm_hash digest;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_typed_parse(&typed, text, &err);
	if (rc) {
		MUST(!typed);
		fuzz_err_ok(rc, &err);
		return 0;
	}
	fm_eip712_digest(&digest, &typed->domain_hash, &typed->struct_hash);
	MUST(fm_hash_equal(&digest, &typed->digest));
	MUST(fm_typed_parse(&again, text, &err) == FM_OK);
	MUST(fm_hash_equal(&again->digest, &typed->digest));
	fm_typed_free(&again);
	fm_typed_free(&typed);
	MUST(!typed);
	return 0;
}
