/* SPDX-License-Identifier: MIT */
/** The values everything else is made of: addresses, hashes, 256-bit integers, assets, amounts. */
#ifndef FOURMICA_TYPES_H
#define FOURMICA_TYPES_H

#include <fourmica/err.h>

#include <stdint.h>

/** Borrowed bytes. */
struct fm_span {
	const char *ptr;
	size_t len;
};

/** A span of a C string, without its terminator. */
FM_API struct fm_span fm_span_of(const char *text);
FM_API bool fm_span_is(struct fm_span span, const char *text) FM_MUST_USE;

struct fm_addr {
	uint8_t b[20];
};

struct fm_hash {
	uint8_t b[32];
};

/** r, s, v of a recoverable ECDSA signature; v is 27 or 28, s is low. */
struct fm_sig {
	uint8_t b[65];
};

#define FM_ADDR_TEXT 43	 /**< "0x", 40 digits, terminator */
#define FM_HASH_TEXT 67	 /**< "0x", 64 digits, terminator */
#define FM_SIG_TEXT 133	 /**< "0x", 130 digits, terminator */
#define FM_U256_DEC 79	 /**< 78 digits, terminator */
#define FM_U256_HEX 67	 /**< "0x", 64 digits, terminator */
#define FM_CAIP2_TEXT 32 /**< "eip155:", 20 digits, terminator */

/** How the letters of an address text were written. */
enum fm_addr_case {
	FM_ADDR_CHECKED,   /**< mixed case, EIP-55 correct */
	FM_ADDR_UNCHECKED, /**< all lower or all upper case: no checksum to check */
	FM_ADDR_MISCASED, /**< mixed case, EIP-55 wrong: refuse from users, warn on the wire */
};

/** Read "0x" and exactly 40 hex digits. False when the text is no address.
 *  Out: how   how the case relates to EIP-55; may be NULL.
 *  Rule: vectors/addresses.json; EIP-55. */
FM_API bool fm_addr_parse(struct fm_addr *out, enum fm_addr_case *how,
			  struct fm_span text) FM_MUST_USE;

/** As fm_addr_parse, for text a person typed: a wrong EIP-55 case is an error that says so. */
FM_API enum fm_code fm_addr_from_user(struct fm_addr *out, const char *text,
				      struct fm_err *err) FM_MUST_USE;

/** The EIP-55 form. */
FM_API void fm_addr_text(char out[FM_AT_LEAST(FM_ADDR_TEXT)], const struct fm_addr *addr);
/** The lower-case form, as 4Mica claims write it. */
FM_API void fm_addr_lower(char out[FM_AT_LEAST(FM_ADDR_TEXT)],
			  const struct fm_addr *addr);
FM_API bool fm_addr_equal(const struct fm_addr *a, const struct fm_addr *b) FM_MUST_USE;
FM_API bool fm_addr_is_zero(const struct fm_addr *addr) FM_MUST_USE;

/** "0x" and exactly 64 hex digits. */
FM_API bool fm_hash_parse(struct fm_hash *out, struct fm_span text) FM_MUST_USE;
FM_API void fm_hash_text(char out[FM_AT_LEAST(FM_HASH_TEXT)], const struct fm_hash *hash);
FM_API bool fm_hash_equal(const struct fm_hash *a, const struct fm_hash *b) FM_MUST_USE;

/** "0x" and 130 lower-case digits. */
FM_API void fm_sig_text(char out[FM_AT_LEAST(FM_SIG_TEXT)], const struct fm_sig *sig);

/** Unsigned 256-bit integer, least significant limb first. */
struct fm_u256 {
	uint64_t w[4];
};

/** Zero, as an initializer or a value. */
#define FM_U256_ZERO ((struct fm_u256){ .w = { 0 } })

FM_API struct fm_u256 fm_u256_from_u64(uint64_t value);
FM_API struct fm_u256 fm_u256_from_be(const uint8_t bytes[FM_AT_LEAST(32)]);
FM_API void fm_u256_to_be(uint8_t out[FM_AT_LEAST(32)], const struct fm_u256 *value);
FM_API bool fm_u256_to_u64(uint64_t *out, const struct fm_u256 *value) FM_MUST_USE;
/** -1, 0, 1. */
FM_API int fm_u256_cmp(const struct fm_u256 *a, const struct fm_u256 *b) FM_MUST_USE;
FM_API bool fm_u256_is_zero(const struct fm_u256 *value) FM_MUST_USE;
/** False on overflow (add, mul) or underflow (sub); *out is then untouched. */
FM_API bool fm_u256_add(struct fm_u256 *out, const struct fm_u256 *a,
			const struct fm_u256 *b) FM_MUST_USE;
FM_API bool fm_u256_sub(struct fm_u256 *out, const struct fm_u256 *a,
			const struct fm_u256 *b) FM_MUST_USE;
FM_API bool fm_u256_mul_u64(struct fm_u256 *out, const struct fm_u256 *a,
			    uint64_t b) FM_MUST_USE;
/** Divide in place, return the remainder. divisor is not 0. */
FM_API uint64_t fm_u256_divmod_u64(struct fm_u256 *value, uint64_t divisor);

/** Strict decimal: "0" or [1-9][0-9]{0,77}, at most 2^256-1. The x402 amount rule. */
FM_API bool fm_u256_from_dec(struct fm_u256 *out, struct fm_span text) FM_MUST_USE;
/** "0x" and 1 or more hex digits in any case, leading zeros allowed, at most 2^256-1. */
FM_API bool fm_u256_from_hex(struct fm_u256 *out, struct fm_span text) FM_MUST_USE;
/** The tolerant form of Core and tab answers: decimal digits (leading zeros as the vectors
 *  say) or 0x hex. Rule: vectors/u256.json. */
FM_API bool fm_u256_from_text(struct fm_u256 *out, struct fm_span text) FM_MUST_USE;
FM_API void fm_u256_dec(char out[FM_AT_LEAST(FM_U256_DEC)], const struct fm_u256 *value);
/** "0x" and lower-case digits without leading zeros ("0x0" for zero). */
FM_API void fm_u256_hex(char out[FM_AT_LEAST(FM_U256_HEX)], const struct fm_u256 *value);

/** What is known of a token (or of ETH: zero address, 18 decimals) on one chain. */
struct fm_asset {
	uint64_t chain_id;
	struct fm_addr address;
	uint8_t decimals;
	char symbol[16];
	char domain_name
		[48]; /**< EIP-712 domain of EIP-3009; empty when the token has none */
	char domain_version[8];
};

/** An amount of an asset, in base units. Touch the members only in amount.c. */
struct fm_amount {
	struct fm_u256 base;
	struct fm_asset asset;
};

/** An amount as a person writes it, before the asset behind the unit is known: "0.05usdc". */
struct fm_quantity {
	char number[96]; /**< digits, optionally a point and digits */
	char unit[24];	 /**< lower case: an asset's symbol, or "base" */
};

#define FM_AMOUNT_TEXT 128

FM_API struct fm_amount fm_amount_of(const struct fm_u256 *base,
				     const struct fm_asset *asset);
FM_API struct fm_u256 fm_amount_base(const struct fm_amount *amount);
FM_API const struct fm_asset *fm_amount_asset(const struct fm_amount *amount);
/** "0.05 USDC". */
FM_API void fm_amount_text(char out[FM_AT_LEAST(FM_AMOUNT_TEXT)],
			   const struct fm_amount *amount);

/** Number text with `decimals` places to base units: digits, optionally a point with digits
 *  behind it, at most `decimals` of them; no sign, exponent, blank. Rule: vectors/amounts.json. */
FM_API bool fm_units_parse(struct fm_u256 *out, struct fm_span text,
			   unsigned decimals) FM_MUST_USE;
/** The shortest text that reads back as the same value. */
FM_API void fm_units_text(char out[FM_AT_LEAST(FM_AMOUNT_TEXT)],
			  const struct fm_u256 *base, unsigned decimals);

/** Split "0.05usdc" into number and unit. A number without a unit is refused with the rule. */
FM_API enum fm_code fm_quantity_parse(struct fm_quantity *out, const char *text,
				      struct fm_err *err) FM_MUST_USE;
/** Does the unit name this asset (its symbol without case, or "base")? */
FM_API bool fm_quantity_names(const struct fm_quantity *quantity,
			      const struct fm_asset *asset) FM_MUST_USE;
/** Base units of `asset`. FM_E_USAGE when the unit is another or the number has too many places. */
FM_API enum fm_code fm_quantity_resolve(struct fm_u256 *out,
					const struct fm_quantity *quantity,
					const struct fm_asset *asset,
					struct fm_err *err) FM_MUST_USE;

#endif
