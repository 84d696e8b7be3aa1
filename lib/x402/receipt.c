/* SPDX-License-Identifier: MIT */
/* The receipt of a paid request. x402.md, section 7; 4mica.md, section 6. */
#include "x402/header.h"

#include <fourmica/http.h>

#define RECEIPT_MAX FM_X402_HEADER_MAX

void fm_receipt_init(struct fm_receipt *receipt)
{
	*receipt = (struct fm_receipt){ .present = false };
	fm_buf_init(&receipt->claims, RECEIPT_MAX);
	fm_buf_init(&receipt->signature, RECEIPT_MAX);
	fm_buf_init(&receipt->raw, RECEIPT_MAX);
}

void fm_receipt_clear(struct fm_receipt *receipt)
{
	fm_buf_clear(&receipt->claims);
	fm_buf_clear(&receipt->signature);
	fm_buf_clear(&receipt->raw);
	fm_receipt_init(receipt);
}

static bool read_hex(struct fm_buf *out, const struct fm_json *node)
{
	struct fm_buf text;
	bool ok = false;
	fm_buf_init(&text, RECEIPT_MAX);
	if (!fm_json_str(&text, node))
		goto out;
	struct fm_span digits = fm_hex_strip(fm_buf_span(&text));
	if (!digits.len || digits.len % 2)
		goto out;
	char *bytes = fm_buf_grow(out, digits.len / 2);
	ok = bytes && fm_hex_read(bytes, digits.len / 2, digits);
out:
	fm_buf_clear(&text);
	return ok;
}

/* Sellers put the certificate in several places; a null means that it is not there. */
const struct fm_json *fm_certificate_find(const struct fm_json *root)
{
	const struct fm_json *node = fm_json_get(root, "certificate");
	if (fm_json_absent(node))
		node = fm_json_get(root, "guarantee");
	if (fm_json_absent(node))
		node = fm_json_get(fm_json_get(root, "extra"), "certificate");
	if (fm_json_absent(node) && fm_json_get(root, "claims") &&
	    fm_json_get(root, "signature"))
		node = root; /* Core's own answer, passed on as it is */
	return fm_json_absent(node) ? NULL : node;
}

static void read_certificate(struct fm_receipt *out, const struct fm_json *root)
{
	const struct fm_json *node = fm_certificate_find(root);
	if (!node)
		return;
	out->has_certificate = read_hex(&out->claims, fm_json_get(node, "claims")) &&
			       read_hex(&out->signature, fm_json_get(node, "signature"));
	if (out->has_certificate)
		return;
	out->bad_certificate = true;
	fm_buf_clear(&out->claims);
	fm_buf_clear(&out->signature);
}

static void show_either(char *out, size_t size, const struct fm_json *root,
			const char *name, const char *other)
{
	fm_node_show(out, size, fm_json_get(root, name));
	if (!out[0])
		fm_node_show(out, size, fm_json_get(root, other));
}

static void read_members(struct fm_receipt *out, const struct fm_json *root)
{
	out->readable = fm_json_bool(&out->success, fm_json_get(root, "success"));
	if (!out->readable)
		return;
	show_either(out->transaction, sizeof(out->transaction), root, "transaction",
		    "txHash");
	show_either(out->network, sizeof(out->network), root, "network", "networkId");
	fm_node_show(out->payer, sizeof(out->payer), fm_json_get(root, "payer"));
	fm_node_show(out->amount, sizeof(out->amount), fm_json_get(root, "amount"));
	fm_reason_show(out->reason, sizeof(out->reason), root);
	read_certificate(out, root);
}

enum fm_code fm_receipt_value(struct fm_receipt *out, struct fm_span value,
			      struct fm_err *err)
{
	struct fm_buf text;
	struct fm_json *doc = NULL;
	struct fm_err detail;
	enum fm_code rc = FM_OK;
	fm_err_init(&detail);
	fm_receipt_clear(out);
	fm_buf_init(&text, RECEIPT_MAX);
	out->present = true;
	if (value.len > FM_X402_HEADER_MAX)
		goto out;
	if (!fm_buf_add(&out->raw, value.ptr, value.len)) {
		rc = fm_nomem(err);
		goto out;
	}
	if (!fm_carried_json(&text, value)) {
		if (text.failed)
			rc = fm_nomem(err);
		goto out;
	}
	if (fm_json_parse(&doc, fm_buf_span(&text), false, &detail) == FM_OK)
		read_members(out, doc);
	else if (detail.code == FM_E_NOMEM)
		rc = fm_nomem(err);
out:
	fm_json_free(&doc);
	fm_buf_clear(&text);
	return rc;
}

enum fm_code fm_receipt_read(struct fm_receipt *out, struct fm_span head,
			     struct fm_err *err)
{
	struct fm_span value;
	fm_receipt_clear(out);
	switch (fm_carried_find(&value, head, "PAYMENT-RESPONSE", "X-PAYMENT-RESPONSE")) {
	case FM_CARRIED_NOT:
		break;
	case FM_CARRIED_DIFFERS:
	case FM_CARRIED_TOO_LONG:
		out->present = true; /* and unreadable: which one would be believed? */
		break;
	case FM_CARRIED_ONE:
		return fm_receipt_value(out, value, err);
	}
	return FM_OK;
}
