/* SPDX-License-Identifier: MIT */
/* What comes through the key holder's socket, from both sides, and from programs that sign. */
#include <fuzz.h>

#include <client/document.h>
#include <keystore/holder.h>

/* What is read is signed as it says: written and read again it is the same. */
static void read_document(const struct fm_json *json)
{
	struct fm_document doc, again;
	struct fm_hash digest, second;
	struct fm_json *root = NULL;
	struct fm_buf text;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_document_read(&doc, json, &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		fm_document_clear(&doc);
		return;
	}
	fm_buf_init(&text, 4 * FM_DOCUMENT_MAX);
	if (fm_document_digest(&digest, &doc, &err) == FM_OK) {
		MUST(fm_document_write(&text, &doc, &err) == FM_OK);
		MUST(fm_json_parse(&root, fm_buf_span(&text), false, &err) == FM_OK);
		MUST(fm_document_read(&again, root, &err) == FM_OK);
		MUST(fm_document_digest(&second, &again, &err) == FM_OK);
		MUST(fm_hash_equal(&digest, &second));
		fm_document_clear(&again);
		fm_json_free(&root);
	}
	fm_buf_clear(&text);
	fm_document_clear(&doc);
}

static void read_request(struct fm_span text)
{
	struct fm_holder_request request;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_holder_request_read(&request, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else if (request.word == FM_HOLDER_SIGN)
		read_document(request.document);
	fm_holder_request_clear(&request);
}

static void read_answers(struct fm_span text)
{
	struct fm_holder_answer answer;
	struct fm_err err;
	struct fm_sig sig;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_holder_answer_read(&answer, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else if (answer.refused.code)
		MUST(!answer.has_signature && !answer.has_key && !answer.has_state);
	fm_err_init(&err);
	rc = fm_program_answer(&sig, text, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		MUST(sig.b[64] == 27 || sig.b[64] == 28);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_init();
	if (size > FM_HOLDER_FRAME)
		return 0;
	read_request(fuzz_span(data, size));
	read_answers(fuzz_span(data, size));
	return 0;
}
