/* SPDX-License-Identifier: MIT */
/** The Core4Mica vault on chain: what it says about guarantees. Rules: 4mica.md, 5.2, 5.3 and 9;
 *  contracts.md, 2 and 4. */
#ifndef FOURMICA_CREDIT_VAULT_H
#define FOURMICA_CREDIT_VAULT_H

#include <fourmica/cert.h>

#include "evm/rpc.h"

#define FM_VAULT_KEY 96u /**< a point of G1 as the vault holds it: x, y, each 48 bytes */

/** getGuaranteeVersionConfig(n): all zero for a version nobody configured. */
struct fm_vault_version {
	bool enabled;
	uint8_t key[FM_VAULT_KEY];
	struct fm_hash domain;
	struct fm_addr decoder;
};

/** The vault's word on guarantees at one block. */
struct fm_vault_view {
	struct fm_vault_version version[FM_GUARANTEE_VERSIONS];
	uint8_t key[FM_VAULT_KEY]; /**< GUARANTEE_VERIFICATION_KEY(): that of version 1 */
	struct fm_hash domain;	   /**< guaranteeDomainSeparator(): that of version 1 */
};

/** Read it, in one batch with the chain's id and the vault's code. What the vault says twice must
 *  be the same, version 1's domain must be what its constructor computes, an enabled version
 *  must have a key and a domain, and one must be enabled.
 *  Errors: FM_E_NETWORK, FM_E_TIMEOUT, FM_E_INTERRUPTED; FM_E_CHAIN for another chain, an address
 *  without code, answers that are no such words, and words that contradict each other. */
enum fm_code fm_vault_view_read(struct fm_vault_view *out, struct fm_rpc *rpc,
				uint64_t chain_id, const struct fm_addr *vault,
				struct fm_err *err) FM_MUST_USE;

#define FM_VAULT_KEY_TEXT (FM_VAULT_KEY + 3) /**< "0x", 96 digits, terminator */

/** The compressed form, as Core and people write a key: for messages. No check of the point. */
void fm_vault_key_text(char out[static FM_VAULT_KEY_TEXT],
		       const uint8_t key[static FM_VAULT_KEY]);

#endif
