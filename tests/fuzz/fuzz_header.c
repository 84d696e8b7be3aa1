/* SPDX-License-Identifier: MIT */
/* A header value, read as a challenge of either version and as a receipt; and a header block
 * walked by name. */
#include <fuzz.h>

#include <fourmica/http.h>
#include <fourmica/x402.h>

static void challenge(struct fm_span value)
{
	static const char name[] = "HTTP/1.1 402 Payment Required\r\nPAYMENT-REQUIRED: ";
	struct fm_challenge *read = NULL;
	struct fm_buf head;
	struct fm_err err;
	enum fm_code rc;

	fm_buf_init(&head, 1u << 21);
	fm_buf_str(&head, name);
	fm_buf_add(&head, value.ptr, value.len);
	fm_buf_str(&head, "\r\n\r\n");
	MUST(fm_buf_ok(&head));
	fm_err_init(&err);
	rc = fm_challenge_read(&read, 402, fm_buf_span(&head), fm_span_of(""), false,
			       &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	fm_challenge_free(&read);
	fm_buf_clear(&head);
}

static void receipt(struct fm_span value)
{
	struct fm_receipt read;
	struct fm_err err;

	fm_err_init(&err);
	fm_receipt_init(&read);
	MUST(fm_receipt_value(&read, value, &err) == FM_OK);
	MUST(!read.success || read.readable);
	MUST(memchr(read.transaction, 0, sizeof(read.transaction)));
	MUST(memchr(read.reason, 0, sizeof(read.reason)));
	for (const char *at = read.reason; *at; at++)
		MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
	if (read.has_certificate)
		MUST(read.claims.len && read.signature.len);
	fm_receipt_clear(&read);
}

static void walk(struct fm_span head)
{
	struct fm_span value;
	size_t at = 0, last = 0, seen = 0;

	while (fm_head_next(&value, &at, head, "x")) {
		MUST(fuzz_inside(value, head));
		MUST(at > last && at <= head.len && ++seen <= head.len);
		last = at;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span value = fuzz_span(data, size);

	challenge(value);
	receipt(value);
	walk(value);
	return 0;
}
