/* SPDX-License-Identifier: MIT */
#include "evm/erc20.h"

#include <string.h>

#define WORD 32

static size_t ask(struct fm_rpc_asks *asks, const struct fm_addr *token, enum fm_fn fn,
		  const struct fm_addr *one, const struct fm_addr *two, const char *tag)
{
	struct fm_abi_value args[2] = { 0 };
	size_t count = 0;

	if (one)
		args[count++] = fm_abi_of_addr(one);
	if (two)
		args[count++] = fm_abi_of_addr(two);
	return fm_rpc_ask_view(asks, token, fn, args, count, tag);
}

size_t fm_erc20_ask_balance(struct fm_rpc_asks *asks, const struct fm_addr *token,
			    const struct fm_addr *owner, const char *tag)
{
	return ask(asks, token, FM_FN_BALANCE, owner, NULL, tag);
}

size_t fm_erc20_ask_allowance(struct fm_rpc_asks *asks, const struct fm_addr *token,
			      const struct fm_addr *owner, const struct fm_addr *spender,
			      const char *tag)
{
	return ask(asks, token, FM_FN_ALLOWANCE, owner, spender, tag);
}

size_t fm_erc20_ask_decimals(struct fm_rpc_asks *asks, const struct fm_addr *token)
{
	return ask(asks, token, FM_FN_DECIMALS, NULL, NULL, "latest");
}

size_t fm_erc20_ask_symbol(struct fm_rpc_asks *asks, const struct fm_addr *token)
{
	return ask(asks, token, FM_FN_SYMBOL, NULL, NULL, "latest");
}

enum fm_code fm_erc20_take_amount(struct fm_u256 *out, struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err)
{
	struct fm_abi_value value;
	enum fm_code rc = fm_rpc_take_view(&value, 1, asks, at, err);

	if (!rc)
		*out = value.u;
	return rc;
}

enum fm_code fm_erc20_take_decimals(uint8_t *out, struct fm_rpc_asks *asks, size_t at,
				    struct fm_err *err)
{
	struct fm_abi_value value;
	enum fm_code rc = fm_rpc_take_view(&value, 1, asks, at, err);

	if (!rc)
		*out = (uint8_t)value.u.w[0]; /* a uint8 by the table */
	return rc;
}

enum fm_code fm_erc20_take_symbol(struct fm_buf *out, struct fm_rpc_asks *asks, size_t at,
				  struct fm_err *err)
{
	struct fm_span data = { 0 };
	enum fm_code rc = fm_rpc_take_data(&data, asks, at, err);

	if (!rc && !fm_erc20_text(out, data))
		rc = fm_rpc_wrong(asks, at, "the answer is no text", err);
	return rc;
}

/** A word holds its text from the left; behind it there are only zeros. */
static bool word_text(struct fm_span *out, struct fm_span answer)
{
	if (answer.len != WORD)
		return false;
	out->ptr = answer.ptr;
	out->len = strnlen(answer.ptr, WORD);
	for (size_t i = out->len; i < WORD; i++)
		if (answer.ptr[i])
			return false;
	return true;
}

static bool has_control(struct fm_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return true;
	return false;
}

bool fm_erc20_text(struct fm_buf *out, struct fm_span answer)
{
	struct fm_abi_value value;
	struct fm_span text;

	if (fm_fn_returns(&value, 1, FM_FN_SYMBOL, answer, NULL))
		text = value.bytes;
	else if (!word_text(&text, answer))
		return false;
	return text.len && text.len <= FM_ERC20_TEXT_MAX && fm_utf8_ok(text) &&
	       !has_control(text) && fm_buf_add(out, text.ptr, text.len);
}

enum fm_erc20_word fm_erc20_judge(struct fm_span answer)
{
	struct fm_abi_value value;

	if (!answer.len)
		return FM_ERC20_SILENT;
	if (!fm_fn_returns(&value, 1, FM_FN_APPROVE, answer, NULL))
		return FM_ERC20_JUNK;
	return fm_u256_is_zero(&value.u) ? FM_ERC20_REFUSED : FM_ERC20_DONE;
}
