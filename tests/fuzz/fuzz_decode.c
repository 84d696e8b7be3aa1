/* SPDX-License-Identifier: MIT */
/* `decode` takes anything and says what it is, always in JSON. */
#include <fuzz.h>

#include <fourmica/client.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum fm_thing what = FM_THING_UNKNOWN;
	struct fm_json *doc = NULL;
	struct fm_buf out;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	fm_buf_init(&out, 1u << 23);
	rc = fm_decode(&what, &out, fuzz_span(data, size), &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		MUST(fm_json_parse(&doc, fm_buf_span(&out), false, &err) == FM_OK);
	MUST(fm_thing_word(what)[0]);
	fm_json_free(&doc);
	fm_buf_clear(&out);
	return 0;
}
