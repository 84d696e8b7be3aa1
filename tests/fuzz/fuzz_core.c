/* SPDX-License-Identifier: MIT */
/* Core's public parameters. */
#include <fuzz.h>

#include <fourmica/credit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_core_params params;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_core_params_read(&params, fuzz_span(data, size), &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		return 0;
	}
	MUST(params.accepted_count <=
	     sizeof(params.accepted) / sizeof(params.accepted[0]));
	MUST(params.registry_count <=
	     sizeof(params.registries) / sizeof(params.registries[0]));
	MUST(memchr(params.rpc_url, 0, sizeof(params.rpc_url)));
	MUST(memchr(params.domain.name, 0, sizeof(params.domain.name)));
	MUST(memchr(params.domain.version, 0, sizeof(params.domain.version)));
	MUST(memchr(params.canonicalization, 0, sizeof(params.canonicalization)));
	return 0;
}
