/* SPDX-License-Identifier: MIT */
/* A certificate in the forms it comes in, and a batch of them as a stream: the first byte says
 * how large the pieces are. Nothing here believes anything. */
#include <fuzz.h>

#include <fourmica/client.h>

#define LINE_MOST 300u

static void one(struct fm_span text)
{
	struct fm_cert_input input;
	struct fm_cert_expect expect;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_cert_input_read(&input, text, &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		MUST(rc == FM_E_CERT || rc == FM_E_NOMEM);
		MUST(rc == FM_E_NOMEM || err.rule[0]);
		return;
	}
	MUST(input.claims_len <= sizeof(input.claims));
	MUST(input.signature_len <= sizeof(input.signature));
	MUST(fm_cert_source_word(input.source)[0]);
	/* Only a receipt says anything besides, and then all of what was signed. */
	MUST((input.terms.has != 0) == (input.source == FM_CERT_RECEIPT));
	fm_cert_terms_expect(&expect, &input.terms);
	MUST((expect.payer != NULL) == (input.source == FM_CERT_RECEIPT));
	MUST(input.terms.policy.tag_len <= FM_TAG_MAX);
}

static void receipt(struct fm_span text)
{
	struct fm_cert_terms terms;
	struct fm_err err;
	uint64_t chain_id;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_receipt_terms(&terms, &chain_id, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		MUST(terms.has && chain_id);
}

/* Every byte is in one line, or in a line that was dropped for its length. */
static void stream(struct fm_span text, size_t piece)
{
	struct fm_lines lines;
	struct fm_span line;
	struct fm_err err;
	enum fm_line_kind what;
	size_t at = 0, room;
	uint64_t count = 0, ends = 0;

	for (size_t i = 0; i < text.len; i++)
		ends += text.ptr[i] == '\n';
	ends += text.len && text.ptr[text.len - 1] != '\n';
	MUST(fm_lines_init(&lines, LINE_MOST, &err) == FM_OK);
	while ((what = fm_lines_next(&line, &lines)) != FM_LINE_END) {
		size_t part = text.len - at < piece ? text.len - at : piece;

		if (what == FM_LINE_NONE) {
			char *to = fm_lines_room(&lines, &room);
			MUST(room >= LINE_MOST);
			part = part < room ? part : room;
			if (part)
				memcpy(to, text.ptr + at, part);
			fm_lines_fed(&lines, part);
			at += part;
			continue;
		}
		MUST(lines.number == ++count);
		if (what == FM_LINE_LONG)
			continue;
		MUST(line.len <= LINE_MOST && !memchr(line.ptr, '\n', line.len));
		one(line);
	}
	MUST(count == ends && at == text.len);
	fm_lines_clear(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text = fuzz_span(data, size);

	one(text);
	receipt(text);
	if (size)
		stream((struct fm_span){ text.ptr + 1, size - 1 },
		       1 + (size_t)data[0] * data[0]);
	return 0;
}
