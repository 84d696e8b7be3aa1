/* SPDX-License-Identifier: MIT */
/** ERC-20 tokens as they are in the wild: texts that are words, calls that return nothing. */
#ifndef FOURMICA_EVM_ERC20_H
#define FOURMICA_EVM_ERC20_H

#include <evm/rpc.h>

/** Questions to a token; what they return is taken as in rpc.h. Balance and allowance are taken
 *  with fm_erc20_take_amount. */
size_t fm_erc20_ask_balance(struct fm_rpc_asks *asks, const struct fm_addr *token,
			    const struct fm_addr *owner, const char *tag);
size_t fm_erc20_ask_allowance(struct fm_rpc_asks *asks, const struct fm_addr *token,
			      const struct fm_addr *owner, const struct fm_addr *spender,
			      const char *tag);
size_t fm_erc20_ask_decimals(struct fm_rpc_asks *asks, const struct fm_addr *token);
size_t fm_erc20_ask_symbol(struct fm_rpc_asks *asks, const struct fm_addr *token);

/** Base units. */
enum fm_code fm_erc20_take_amount(struct fm_u256 *out, struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_erc20_take_decimals(uint8_t *out, struct fm_rpc_asks *asks, size_t at,
				    struct fm_err *err) FM_MUST_USE;
/** Appended to `out`: see fm_erc20_text. */
enum fm_code fm_erc20_take_symbol(struct fm_buf *out, struct fm_rpc_asks *asks, size_t at,
				  struct fm_err *err) FM_MUST_USE;

#define FM_ERC20_TEXT_MAX 64 /**< bytes of a symbol or name */

/** Append the text a token answered with: a string, or the bytes of a word up to its zeros. Never
 *  empty, UTF-8, without control characters, but still a stranger's: escape it before it is
 *  shown. False: it is none. */
bool fm_erc20_text(struct fm_buf *out, struct fm_span answer) FM_MUST_USE;

/** What a token says to approve, transfer and transferFrom. */
enum fm_erc20_word {
	FM_ERC20_DONE,	  /**< true */
	FM_ERC20_SILENT,  /**< nothing: done, if there is code at the address */
	FM_ERC20_REFUSED, /**< false */
	FM_ERC20_JUNK,
};

enum fm_erc20_word fm_erc20_judge(struct fm_span answer);

#endif
