/* SPDX-License-Identifier: MIT */
/* Key files: the text as it comes; and a good file made from the input with one byte changed,
 * because the checksum keeps chance away from what lies behind it. */
#include <fuzz.h>

#include <keystore/file.h>

static void write_text(struct fm_buf *out, const struct fm_keyfile *file)
{
	fm_buf_init(out, FM_KEYFILE_MAX);
	fm_keyfile_write(out, file);
	MUST(fm_buf_ok(out));
}

static bool read_text(struct fm_keyfile *out, struct fm_span text)
{
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_keyfile_read(out, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		MUST(fm_wallet_name_ok(out->wallet.name) &&
		     (!out->wallet.watch || out->wallet.kdf == FM_KDF_NONE));
	return rc == FM_OK;
}

/* What was read is written as a text that reads the same. */
static void settle(const struct fm_keyfile *file)
{
	struct fm_keyfile again;
	struct fm_buf one, two;

	write_text(&one, file);
	MUST(read_text(&again, fm_buf_span(&one)));
	write_text(&two, &again);
	MUST(fuzz_same(fm_buf_span(&one), fm_buf_span(&two)));
	fm_buf_clear(&one);
	fm_buf_clear(&two);
}

static void alter(const uint8_t *data, size_t size)
{
	struct fm_keyfile file = { .wallet = { .name = "main" } }, read;
	struct fm_buf text, again;
	size_t at;

	if (size < 8)
		return;
	file.wallet.watch = data[0] % 5 == 4;
	if (!file.wallet.watch)
		file.wallet.kdf = (enum fm_kdf)(data[0] % 5);
	file.wallet.created_s = data[1] * (int64_t)7654321;
	memset(file.wallet.address.b, data[2], sizeof(file.wallet.address.b));
	if (file.wallet.kdf != FM_KDF_NONE)
		memset(file.salt, data[3], sizeof(file.salt));
	if (!file.wallet.watch && data[0] >= 128) {
		struct fm_spending *spending = &file.wallet.spending;

		spending->bound = true;
		memset(spending->ledger.b, data[1], sizeof(spending->ledger.b));
		spending->builtin = data[0] % 2;
		if (!spending->builtin)
			memset(spending->policy.b, data[2], sizeof(spending->policy.b));
	}
	if (!file.wallet.watch) {
		memset(file.nonce, data[4], sizeof(file.nonce));
		memset(file.box, data[5], sizeof(file.box));
	}
	write_text(&text, &file);
	at = ((size_t)data[6] << 8 | data[7]) % text.len;
	text.ptr[at] = (char)(size > 8 ? data[8] : 0);
	/* Accepted means that the change said nothing (white space): the file is the same. */
	if (read_text(&read, fm_buf_span(&text))) {
		fm_buf_clear(&text);
		write_text(&text, &file);
		write_text(&again, &read);
		MUST(fuzz_same(fm_buf_span(&text), fm_buf_span(&again)));
		fm_buf_clear(&again);
	}
	fm_buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_keyfile file;

	if (read_text(&file, fuzz_span(data, size)))
		settle(&file);
	alter(data, size);
	return 0;
}
