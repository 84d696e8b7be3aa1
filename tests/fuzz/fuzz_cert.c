/* SPDX-License-Identifier: MIT */
/* Certificate claims as bytes, in the current envelope and the forms before it; and
 * claims of a given content, encoded and then changed in one byte, because chance does
 * not get that far. */
#include <fuzz.h>

#include <fourmica/cert.h>

static enum fm_code decode(struct fm_cert *out, struct fm_span bytes, bool legacy)
{
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_cert_decode(out, bytes, legacy, &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		MUST(rc == FM_E_CERT && err.rule[0]);
	}
	return rc;
}

static bool encodes_to(const struct fm_cert *cert, struct fm_span bytes)
{
	struct fm_buf out;
	bool same;

	fm_buf_init(&out, FM_CERT_MAX);
	fm_cert_encode(&out, cert);
	MUST(fm_buf_ok(&out));
	same = fuzz_same(fm_buf_span(&out), bytes);
	fm_buf_clear(&out);
	return same;
}

/* There is one encoding: what was decoded gives the same bytes, and they the same
 * values. */
static void settle(const struct fm_cert *cert, struct fm_span bytes, bool legacy)
{
	struct fm_cert again;
	struct fm_buf out;

	MUST(cert->version == 1 || cert->version == 2);
	MUST(cert->claims.version == cert->version);
	MUST(cert->claims.validation.tag_len <= FM_TAG_MAX);
	MUST(legacy || cert->envelope);
	MUST(encodes_to(cert, bytes));
	fm_buf_init(&out, FM_CERT_MAX);
	fm_cert_encode(&out, cert);
	MUST(decode(&again, fm_buf_span(&out), legacy) == FM_OK);
	MUST(again.envelope == cert->envelope && encodes_to(&again, bytes));
	fm_buf_clear(&out);
}

static void judge(struct fm_span bytes)
{
	struct fm_cert strict, tolerant;
	bool is_strict, is_tolerant;

	is_strict = decode(&strict, bytes, false) == FM_OK;
	is_tolerant = decode(&tolerant, bytes, true) == FM_OK;
	if (is_strict)
		settle(&strict, bytes, false);
	if (is_tolerant)
		settle(&tolerant, bytes, true);
	/* Tolerance adds the legacy forms and changes nothing else. */
	MUST(is_strict == (is_tolerant && tolerant.envelope));
}

/* Values straight from the input; what is left over is the tag. */
static void fill(struct fm_cert *cert, const uint8_t *data, size_t size)
{
	struct fm_validation *v = &cert->claims.validation;
	uint8_t plain[288] = { 0 };

	memset(cert, 0, sizeof(*cert));
	memcpy(plain, data, size < sizeof(plain) ? size : sizeof(plain));
	cert->version = cert->claims.version = 1 + (plain[0] & 1);
	cert->envelope = plain[0] & 2;
	memcpy(cert->domain.b, plain + 1, 32);
	cert->domain.b[0] |= 1; /* so that no domain is a small number, an offset */
	cert->cycle_id = fm_u256_from_be(plain + 33);
	cert->claims.req_id = fm_u256_from_be(plain + 65);
	memcpy(cert->claims.user.b, plain + 97, 20);
	cert->claims.amount = fm_u256_from_be(plain + 117);
	memcpy(&cert->claims.timestamp, plain + 149, 8);
	if (cert->version == 1)
		return;
	memcpy(v->request_hash.b, plain + 157, 32);
	memcpy(&v->chain_id, plain + 189, 8);
	v->agent_id = fm_u256_from_be(plain + 197);
	v->min_score = plain[229];
	memcpy(v->job_hash.b, plain + 230, 32);
	v->tag_len = size > sizeof(plain) ? size - sizeof(plain) : 0;
	if (v->tag_len > FM_TAG_MAX)
		v->tag_len = FM_TAG_MAX;
	if (v->tag_len)
		memcpy(v->tag, data + sizeof(plain), v->tag_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_cert cert, got;
	struct fm_buf made;

	judge(fuzz_span(data, size));
	if (size < 4)
		return 0;
	fill(&cert, data + 3, size - 3);
	fm_buf_init(&made, FM_CERT_MAX);
	fm_cert_encode(&made, &cert);
	MUST(fm_buf_ok(&made));
	MUST(decode(&got, fm_buf_span(&made), true) == FM_OK);
	MUST(got.envelope == cert.envelope && encodes_to(&got, fm_buf_span(&made)));
	made.ptr[(data[0] | (size_t)data[1] << 8) % made.len] ^= (char)data[2];
	judge(fuzz_span((const uint8_t *)made.ptr, made.len));
	fm_buf_clear(&made);
	return 0;
}
