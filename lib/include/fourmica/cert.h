/* SPDX-License-Identifier: MIT */
/** Guarantee certificates: what Core signs when it accepts a guarantee. Decoding, and
 *  the checks that must pass before one is believed. Rules: 4mica.md, section 5. */
#ifndef FOURMICA_CERT_H
#define FOURMICA_CERT_H

#include <fourmica/bls.h>
#include <fourmica/credit.h>

/** Room for claims bytes as they arrive: more than the longest certificate has, so
 *  that one that is too long is refused for its length and not cut. */
#define FM_CERT_MAX 16384u
#define FM_CERT_LONGEST (736u + FM_TAG_MAX) /**< version 2 with the longest tag */
#define FM_GUARANTEE_VERSIONS 2		    /**< versions 1 and 2 */

/** A decoded certificate. Nothing here says it is genuine. */
struct fm_cert {
	int version;
	bool envelope; /**< false: a legacy form (bare V1, or V2 without tuple offset) */
	struct fm_hash domain;
	struct fm_u256 cycle_id;
	struct fm_claims claims; /**< client in .user */
};

/** The checks in their order, each once: enumerator, word (error.rule), code. The
 *  first that fails decides. */
/* clang-format off */
#define FM_CERT_RULES(X)                                                                       \
	X(FM_CERT_VERIFIED, "verified", FM_OK)                                                 \
	X(FM_CERT_HEX, "hex", FM_E_CERT)                                                       \
	X(FM_CERT_LENGTH, "length", FM_E_CERT)                                                 \
	X(FM_CERT_SIG_POINT, "sig_point", FM_E_CERT)                                           \
	X(FM_CERT_PUBKEY_POINT, "pubkey_point", FM_E_CERT)                                     \
	X(FM_CERT_INFINITY, "infinity", FM_E_CERT)                                             \
	X(FM_CERT_SUBGROUP, "subgroup", FM_E_CERT)                                             \
	X(FM_CERT_KEY, "untrusted_key", FM_E_CERT_KEY)                                         \
	X(FM_CERT_PAIRING, "pairing", FM_E_CERT)                                               \
	X(FM_CERT_ABI, "abi", FM_E_CERT)                                                       \
	X(FM_CERT_CANONICAL, "canonical", FM_E_CERT)                                           \
	X(FM_CERT_VERSION, "version", FM_E_CERT)                                               \
	X(FM_CERT_DOMAIN, "domain", FM_E_CERT_DIFF)                                            \
	X(FM_CERT_POLICY, "policy", FM_E_CERT)                                                 \
	X(FM_CERT_EXPECTATION, "expectation", FM_E_CERT_DIFF)
/* clang-format on */
#define FM_CERT_RULE_ENUM(name, word, code) name,
enum fm_cert_rule {
	FM_CERT_RULES(FM_CERT_RULE_ENUM)
};
#undef FM_CERT_RULE_ENUM
/** "sig_point", ...; static text. */
FM_API const char *fm_cert_rule_word(enum fm_cert_rule rule);
FM_API enum fm_code fm_cert_rule_code(enum fm_cert_rule rule) FM_MUST_USE;

/** Where the belief in a key and its domains comes from. */
enum fm_anchor {
	FM_ANCHOR_NONE,	 /**< nowhere: the key is not believed, nothing verifies */
	FM_ANCHOR_GIVEN, /**< named by the user for this run */
	FM_ANCHOR_PIN,	 /**< pinned here after Core and the chain agreed */
	FM_ANCHOR_CHAIN, /**< read from Core and the chain just now, and they agree */
	FM_ANCHOR_CORE, /**< Core's own word: it can show a certificate wrong, not right */
};
/** "none", "given", "pinned", "chain", "public-params"; static text. */
FM_API const char *fm_anchor_word(enum fm_anchor anchor);

/** One guarantee version of a vault. */
struct fm_trust_version {
	bool enabled;
	bool has_domain;
	struct fm_hash domain;
};

/** What certificates of one vault on one chain are held against. */
struct fm_cert_trust {
	enum fm_anchor anchor;
	struct fm_bls_key key;
	uint64_t chain_id; /**< 0: unknown, then V2's own chain id is not compared */
	struct fm_addr vault;
	struct fm_trust_version version[FM_GUARANTEE_VERSIONS]; /**< [version - 1] */
	struct fm_addr registries[32]; /**< validation registries V2 may name */
	size_t registry_count;	       /**< 0: not known, not compared */
};

/** The usual domain separator of a guarantee version, 1 or 2: what the vault's
 *  constructor computes. Rule: 4mica.md, section 5.2. */
FM_API void fm_cert_domain(struct fm_hash *out, int version, uint64_t chain_id,
			   const struct fm_addr *vault);

/** What the asker insists on; a NULL member is no opinion. Compared in this order:
 *  version, payer, recipient, amount, asset, req_id, timestamp, cycle_id, then of the
 *  policy: registry, chain id, validator, agent id, score, job hash, tag (its two
 *  hashes follow from these). */
struct fm_cert_expect {
	const struct fm_addr *payer, *recipient, *asset;
	const struct fm_u256 *amount, *req_id, *cycle_id;
	const uint64_t *timestamp;
	int version;				/**< 0: no opinion */
	const struct fm_validation *validation; /**< then the version must be 2 */
};

/** Expect exactly what was signed: every field but the cycle, which Core chooses.
 *  Borrows from `claims`. */
FM_API void fm_cert_expect_claims(struct fm_cert_expect *out,
				  const struct fm_claims *claims);

#define FM_CERT_VALUE_TEXT 160

/** What was found out about one certificate. */
struct fm_cert_verdict {
	enum fm_cert_rule rule; /**< FM_CERT_VERIFIED, or the first check that failed */
	struct fm_err why; /**< its words, .rule its word; code FM_OK when verified */
	bool decoded;	   /**< cert is filled, believed only when verified */
	struct fm_cert cert;
	/** Domain, expectation: the first that differs ("amount"), static text; else
	 *  NULL. */
	const char *field;
	/** With field: both values. Addresses EIP-55, hashes and cycle_id 0x and 64
	 *  digits, numbers decimal, a tag escaped and shortened; expected is "" when
	 *  none is known. */
	char expected[FM_CERT_VALUE_TEXT], actual[FM_CERT_VALUE_TEXT];
};

/** Hex as certificates come: "0x" or not, either case. Writes at most `room` bytes to
 *  `out` and their number to *len. `what` names them in the words: "claims".
 *  Returns: FM_CERT_VERIFIED; FM_CERT_HEX (odd, or no digit, with its position);
 *  FM_CERT_LENGTH (more than `room`). */
FM_API enum fm_cert_rule fm_cert_hex(void *out, size_t room, size_t *len,
				     struct fm_span text, const char *what,
				     struct fm_err *err) FM_MUST_USE;
/** A key from its 48 bytes; *out is written only for FM_CERT_VERIFIED.
 *  Returns also: FM_CERT_LENGTH, _PUBKEY_POINT, _INFINITY, _SUBGROUP. */
FM_API enum fm_cert_rule fm_cert_key_read(struct fm_bls_key *out, struct fm_span bytes,
					  struct fm_err *err) FM_MUST_USE;
/** A key from its hex; also FM_CERT_HEX. */
FM_API enum fm_cert_rule fm_cert_key_hex(struct fm_bls_key *out, struct fm_span text,
					 struct fm_err *err) FM_MUST_USE;

/** Decode the claims bytes of a certificate: V1 and V2 in their envelope; bare forms only
 *  with `legacy`. Bounds-checked, canonical, versions equal; *out is written only for
 *  FM_OK. Says nothing about the signature. No heap.
 *  Errors: FM_E_CERT, err->rule one of length, abi, canonical, version. The 10-word
 *  form of the tab generation is refused by name. */
FM_API enum fm_code fm_cert_decode(struct fm_cert *out, struct fm_span claims,
				   bool legacy, struct fm_err *err) FM_MUST_USE;
/** Append the one encoding of a certificate; versions 1 and 2. */
FM_API void fm_cert_encode(struct fm_buf *out, const struct fm_cert *cert);

/** One certificate of a batch: bytes in (borrowed), verdict out. */
struct fm_cert_item {
	struct fm_span claims, signature;    /**< raw bytes, not hex */
	const struct fm_cert_expect *expect; /**< NULL: nothing */
	struct fm_cert_verdict verdict;
};

/** Run every check on `count` certificates (1 to FM_BLS_BATCH_MAX) against one trust. A
 *  verdict does not depend on its neighbours.
 *  Returns: the worst of the verdicts' codes (60 over 61 over 62), then *err is the
 *  first verdict with that code; FM_E_NOMEM and what `rand` says when the checks could
 *  not be run: then no verdict is FM_CERT_VERIFIED. */
FM_API enum fm_code fm_cert_verify(struct fm_cert_item *items, size_t count,
				   const struct fm_cert_trust *trust, bool legacy,
				   const struct fm_rand *rand,
				   struct fm_err *err) FM_MUST_USE;

#define FM_CYCLE_TEXT 64 /**< 42 of the asset, ":", 20 digits, terminator */

/** A cycle's text id, "0x<asset, lower case>:<period start>". 4mica.md, section 8. */
FM_API void fm_cycle_text(char out[FM_AT_LEAST(FM_CYCLE_TEXT)],
			  const struct fm_addr *asset, uint64_t start_s);
/** Its id on chain and in certificates: the hash of the text. */
FM_API void fm_cycle_id(struct fm_u256 *out, const struct fm_addr *asset,
			uint64_t start_s);

/** Core's id of a guarantee: Keccak-256 over tag, cycle text id, payer, recipient, asset, request
 *  id and version as texts, each behind its length. Addresses as we send them: lower case.
 *  Zero when memory ran out. 4mica.md, section 4. */
FM_API void fm_guarantee_id(struct fm_hash *out, const char *cycle_text,
			    const struct fm_addr *payer, const struct fm_addr *recipient,
			    const struct fm_addr *asset, const struct fm_u256 *req_id,
			    int version);

/** A cycle's text id, guessed from its hash. */
struct fm_cycle_guess {
	char text[FM_CYCLE_TEXT];
	uint64_t start_s;
	uint32_t length_s; /**< the first usual length that fits; not proved */
};
/** Find the text behind a cycle id: the usual lengths, for each the period of
 *  `issued_s`, the one before and the one after. False: unknown. Rule: 4mica.md,
 *  section 8. */
FM_API bool fm_cycle_guess(struct fm_cycle_guess *out, const struct fm_u256 *cycle_id,
			   const struct fm_addr *asset, uint64_t issued_s) FM_MUST_USE;

#endif
