/* SPDX-License-Identifier: MIT */
/* Keys that certificates are checked with, from what people and servers write. */
#include "credit/cert.h"

enum fm_cert_rule fm_cert_fault_rule(enum fm_bls_fault fault, enum fm_cert_rule point)
{
	switch (fault) {
	case FM_BLS_OK:
		return FM_CERT_VERIFIED;
	case FM_BLS_FORM:
	case FM_BLS_CURVE:
		return point;
	case FM_BLS_INFINITY:
		return FM_CERT_INFINITY;
	case FM_BLS_SUBGROUP:
		return FM_CERT_SUBGROUP;
	case FM_BLS_PAIRING:
		return FM_CERT_PAIRING;
	}
	return FM_CERT_PAIRING;
}

enum fm_cert_rule fm_cert_key_read(struct fm_bls_key *out, struct fm_span bytes,
				   struct fm_err *err)
{
	if (bytes.len != FM_BLS_KEY)
		return fm_cert_refuse(err, FM_CERT_LENGTH,
				      "the key has %zu bytes, a compressed key has %u",
				      bytes.len, FM_BLS_KEY);
	enum fm_bls_fault fault = fm_bls_key_decode(out, (const uint8_t *)bytes.ptr);
	if (!fault)
		return FM_CERT_VERIFIED;
	return fm_cert_refuse(err, fm_cert_fault_rule(fault, FM_CERT_PUBKEY_POINT),
			      "the key %s", fm_bls_fault_text(fault));
}

enum fm_cert_rule fm_cert_key_hex(struct fm_bls_key *out, struct fm_span text,
				  struct fm_err *err)
{
	uint8_t bytes[2 * FM_BLS_KEY]; /* an uncompressed key is told its length, too */
	size_t len;
	enum fm_cert_rule rule =
		fm_cert_hex(bytes, sizeof(bytes), &len, text, "key", err);

	if (rule)
		return rule;
	return fm_cert_key_read(out, (struct fm_span){ (const char *)bytes, len }, err);
}
