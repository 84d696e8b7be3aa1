/* SPDX-License-Identifier: MIT */
/* Where nodes put the bytes of a revert. geth, Erigon, Reth, Nethermind, Besu, Anvil: "data" of the
 * error. OpenEthereum: there, behind "Reverted ". Wallets and proxies wrap the error of their own
 * node as data.data or data.originalError.data, Ganache has data.result or, one level down under
 * the hash of the transaction, "return". */
#include "evm/revert.h"
#include "evm/rpc.h"

#include <string.h>

#define DEPTH 4
#define WORD 32
#define SELECTOR_DIGITS ((size_t)2 * FM_SELECTOR)

/** "0x..." behind an optional "Reverted ". */
static bool read_hex(struct fm_buf *out, struct fm_span text)
{
	static const char before[] = "Reverted ";
	size_t skip = sizeof(before) - 1;
	char *at;

	if (text.len >= skip && memcmp(text.ptr, before, skip) == 0) {
		text.ptr += skip;
		text.len -= skip;
	}
	if (text.len < 2 || text.len % 2 || memcmp(text.ptr, "0x", 2) != 0)
		return false;
	text = fm_hex_strip(text);
	for (size_t i = 0; i < text.len; i++)
		if (!strchr("0123456789abcdefABCDEF", text.ptr[i]) || !text.ptr[i])
			return false;
	at = fm_buf_grow(out, text.len / 2);
	return at && fm_hex_read(at, text.len / 2, text);
}

static bool read_string(struct fm_buf *out, const struct fm_json *node)
{
	struct fm_buf text;
	bool found;

	fm_buf_init(&text, node->src.len);
	found = fm_json_str(&text, node) && read_hex(out, fm_buf_span(&text));
	fm_buf_clear(&text);
	return found;
}

static bool find(struct fm_buf *out, const struct fm_json *node, unsigned depth)
{
	static const char *const names[] = { "data", "originalError", "result",
					     "return" };
	const struct fm_json *at;

	if (!node || depth == DEPTH)
		return false;
	if (node->type == FM_JSON_STRING)
		return read_string(out, node);
	if (node->type != FM_JSON_OBJECT)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (find(out, fm_json_get(node, names[i]), depth + 1))
			return true;
	for (at = fm_json_first(node); at; at = fm_json_next(node, at)) {
		at++; /* from the name to the value */
		if (at->type == FM_JSON_OBJECT && find(out, at, depth + 1))
			return true;
	}
	return false;
}

/** In the words, behind "revert": a selector and whole words, for an address is no revert. */
static bool find_in_words(struct fm_buf *out, const struct fm_json *message)
{
	struct fm_buf text;
	const char *at;
	bool found = false;

	fm_buf_init(&text, FM_RPC_ANSWER_MAX);
	at = fm_json_str(&text, message) ? strstr(text.ptr, "evert") : NULL;
	while (at && !found && (at = strstr(at, "0x"))) {
		size_t len = strspn(at + 2, "0123456789abcdefABCDEF");
		if (len >= SELECTOR_DIGITS &&
		    (len - SELECTOR_DIGITS) % ((size_t)2 * WORD) == 0)
			found = read_hex(out, (struct fm_span){ at, len + 2 });
		at += 2;
	}
	fm_buf_clear(&text);
	return found;
}

bool fm_revert_of_error(struct fm_buf *out, const struct fm_json *error)
{
	return find(out, fm_json_get(error, "data"), 0) ||
	       find_in_words(out, fm_json_get(error, "message"));
}
