/* SPDX-License-Identifier: MIT */
/* Ethereum v3 key files: the text as it comes. What is accepted asks for no more than the caps,
 * and is written as a text that says the same. */
#include <fuzz.h>

#include <keystore/v3.h>

static bool read_text(struct fm_v3 *out, struct fm_span text)
{
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_v3_read(out, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	return rc == FM_OK;
}

static void within_caps(const struct fm_v3 *v3)
{
	MUST(v3->salt_len >= 1 && v3->salt_len <= sizeof(v3->salt));
	if (v3->scrypt)
		MUST(v3->n >= 2 && v3->r >= 1 && v3->p >= 1 &&
		     v3->n <= FM_V3_SCRYPT_TABLE && v3->r <= FM_V3_SCRYPT_SMALL &&
		     v3->p <= FM_V3_SCRYPT_SMALL && v3->n * v3->r <= FM_V3_SCRYPT_TABLE &&
		     v3->n * v3->r * v3->p <= FM_V3_SCRYPT_WORK);
	else
		MUST(v3->rounds >= 1 && v3->rounds <= FM_V3_ROUNDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_v3 file, again;
	struct fm_buf text;

	if (!read_text(&file, fuzz_span(data, size)))
		return 0;
	within_caps(&file);
	fm_buf_init(&text, FM_V3_MAX);
	fm_v3_write(&text, &file);
	MUST(fm_buf_ok(&text));
	MUST(read_text(&again, fm_buf_span(&text)));
	/* What is written always tells an address; the reader may have met none. */
	again.named = file.named;
	MUST(memcmp(&file, &again, sizeof(file)) == 0);
	fm_buf_clear(&text);
	return 0;
}
