/* SPDX-License-Identifier: MIT */
/* Sign-in answers: the first byte chooses which. Whatever is accepted makes the one text. */
#include <fuzz.h>

#include <credit/auth.h>

static const struct fm_siwe_rules rules = {
	.chain_id = 84532,
	.core_url = "https://core.example",
	.now_s = 1782122400,
};

/** The text has the template's lines, whatever the server said. */
static void check_text(const struct fm_siwe *siwe)
{
	const struct fm_addr wallet = { .b = { 0x11 } };
	struct fm_buf text;
	size_t lines = 0;

	fm_buf_init(&text, 8192);
	MUST(fm_siwe_text(&text, siwe, &wallet));
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		lines += c == '\n';
		MUST(c == '\n' || (c >= 0x20 && c != 0x7f));
	}
	MUST(lines == 10);
	MUST(strstr(text.ptr, " wants you to sign in with your Ethereum account:\n0x11"));
	fm_buf_clear(&text);
}

static enum fm_code read_message(struct fm_span text, struct fm_err *err)
{
	struct fm_siwe siwe;
	struct fm_err why;
	enum fm_code rc = fm_siwe_read(&siwe, text, err);

	if (rc)
		return rc;
	check_text(&siwe);
	fm_err_init(&why);
	rc = fm_siwe_check(&siwe, &rules, &why);
	if (rc)
		fuzz_err_ok(rc, &why);
	else
		MUST(siwe.chain_id == rules.chain_id && strstr(siwe.uri, "://"));
	return FM_OK;
}

static enum fm_code read_tokens(struct fm_span text, struct fm_err *err)
{
	struct fm_tokens tokens;
	enum fm_code rc = fm_tokens_read(&tokens, text, err);

	if (rc)
		return rc;
	MUST(fm_bearer_ok(fm_span_of(tokens.access)));
	MUST(fm_bearer_ok(fm_span_of(tokens.refresh)));
	MUST(tokens.expires_in_s > 0 && tokens.expires_in_s <= UINT32_MAX);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text;
	struct fm_err err;
	enum fm_code rc = FM_OK;
	int64_t when;
	bool revoked;

	if (!size)
		return 0;
	text = fuzz_span(data + 1, size - 1);
	fm_err_init(&err);
	switch (data[0]) {
	case 'n':
		rc = read_message(text, &err);
		break;
	case 'v':
		rc = read_tokens(text, &err);
		break;
	case 'l':
		rc = fm_auth_revoked_read(&revoked, text, &err);
		break;
	case 't':
		if (fm_auth_time(&when, text))
			MUST(when >= -86400 && when <= INT64_C(253402387200));
		break;
	case 'd':
		if (fm_auth_http_date(&when, text))
			MUST(text.len == 29 && when >= 0 &&
			     when <= INT64_C(253402300800));
		break;
	default:
		break;
	}
	if (rc)
		fuzz_err_ok(rc, &err);
	return 0;
}
