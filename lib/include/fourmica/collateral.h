/* SPDX-License-Identifier: MIT */
/** A wallet's collateral: what chain, Core and ledger say of it, and the transactions that move
 *  it. Rules: contracts.md, 2, 5 and 6; 4mica.md, 2.3; design, Decisions 2, 3, 8, 10, 11. */
#ifndef FOURMICA_COLLATERAL_H
#define FOURMICA_COLLATERAL_H

#include <fourmica/client.h>

#define FM_HOLDINGS_MAX 24 /**< ETH and this many tokens less one */

/* ---- looking ---- */

/** One asset of a wallet. Amounts are base units of `asset`. */
struct fm_holding {
	struct fm_asset asset;
	bool known;    /**< in a table of ours: configuration, built-in */
	bool accepted; /**< the vault takes deposits of it: ETH, or listed and set up */
	bool listed;   /**< the vault has a row for it */
	bool broken;   /**< its contract answers nonsense: nothing else is known */
	char why_broken[200];
	bool lies; /**< its contract says other decimals than a table of ours ... */
	uint8_t says_decimals;	     /**< ... these */
	struct fm_u256 wallet;	     /**< in the wallet itself */
	struct fm_u256 withdrawable; /**< in the vault, yield included */
	struct fm_u256 capacity;  /**< of that, what may back guarantees: the principal */
	struct fm_u256 allowance; /**< what the vault may take from the wallet */
	/** With FM_LOOK_REST: */
	bool has_yield;
	struct fm_u256 yield; /**< of withdrawable; it varies, and can shrink */
	struct fm_u256 to_house, to_permit2; /**< what these may take */
	struct fm_u256 requested;	     /**< of a pending withdrawal; zero: none */
	int64_t requested_s, unlock_s;	     /**< chain time; 0: none */
	bool core_known;		     /**< Core said the next three */
	struct fm_u256 core_total, core_locked;
	int64_t core_updated_s;
	struct fm_u256 outstanding; /**< signed here, not known to be settled */
	struct fm_u256 in_doubt;    /**< of that, what Core may not know of */
	/** Free for new guarantees: capacity less pending withdrawal, less what Core has locked
	 *  and what is in doubt; without Core's word, less all that is outstanding. */
	struct fm_u256 free;
};

/** Everything about a wallet on one chain, from one round of questions. */
struct fm_position {
	uint64_t chain_id;
	struct fm_addr who, vault;
	bool chain_known; /**< the chain answered: else nothing of it is known */
	bool has_house;
	struct fm_addr house;	/**< ClearingHouse, when configuration names it */
	char rpc[FM_TRUST_URL]; /**< origin of the endpoint that answered */
	uint64_t block;		/**< latest */
	int64_t block_s;	/**< its time */
	int64_t chain_now_s;	/**< time of the pending block: "now" for deadlines */
	bool paused;
	int64_t grace_s; /**< from request to unlock, as the vault has it now */
	uint64_t nonce, pending_nonce;
	struct fm_u256 base_fee;
	bool core_asked; /**< false: no Core is known, or it was not to be asked */
	struct fm_err core_error; /**< code FM_OK: Core answered all */
	bool core_answered;	  /**< `health` is its word */
	struct fm_core_health health;
	bool signed_in; /**< Core's part needs a token; false: there was none */
	uint64_t payments_in_doubt, open_txs; /**< of the ledger, this wallet and chain */
	struct fm_holding holdings[FM_HOLDINGS_MAX]; /**< ETH first */
	size_t count;
};

enum fm_look {
	FM_LOOK_CHAIN = 1,   /**< the chain's part; always read */
	FM_LOOK_CORE = 2,    /**< ask Core too, with a token that is at hand */
	FM_LOOK_SIGN_IN = 4, /**< sign in for one, unlocking the wallet */
	FM_LOOK_REST = 8,    /**< yield, and what others than the vault may take */
};

/** Ask chain and, with FM_LOOK_CORE, Core: once vault and tokens are known and a token is at hand,
 *  one batched request to the node (one more for every few tokens) and one per asset to Core, all
 *  at the same time.
 *  Errors: those of fm_client_trust (FM_TRUST_FIRST_USE); FM_E_CHAIN, FM_E_NETWORK,
 *  FM_E_TIMEOUT, FM_E_INTERRUPTED of the chain; what Core and the ledger said is in *out after
 *  those, too. What Core refuses is in core_error. */
FM_API enum fm_code fm_position_read(struct fm_position *out, struct fm_client *client,
				     uint64_t chain_id, const struct fm_addr *who,
				     unsigned look, struct fm_err *err) FM_MUST_USE;
/** The holding of an asset; NULL: neither listed nor held. */
FM_API const struct fm_holding *fm_position_of(const struct fm_position *position,
					       const struct fm_addr *asset);
/** Find the asset a person means: `name` a symbol (as the chain or a table has it, without case)
 *  or an address; NULL: what the unit of `quantity` says. Amount in base units in *base when
 *  quantity is given.
 *  Errors: FM_E_USAGE unknown or ambiguous; FM_E_ASSET a token that lies about itself. */
FM_API enum fm_code fm_position_asset(const struct fm_holding **out, struct fm_u256 *base,
				      const struct fm_position *position,
				      const char *name,
				      const struct fm_quantity *quantity,
				      struct fm_err *err) FM_MUST_USE;

/* ---- moving ---- */

/** How long a call stays with its transaction. */
enum fm_wait {
	FM_WAIT_MINED,	/**< until it is in a block */
	FM_WAIT_SENT,	/**< until the node took it */
	FM_WAIT_SYNCED, /**< deposit: until Core counts it; that it does not is no error */
};

/** What a transaction will cost at most and do: for whoever has to agree. */
struct fm_move_ask {
	const struct fm_op *op;
	struct fm_amount amount;
	struct fm_addr target;
	const char *purpose;  /**< of the transaction: "approve", "deposit", ... */
	unsigned step, steps; /**< from 1 */
	uint64_t gas_limit;
	struct fm_u256 fee_max; /**< wei */
	bool test;		/**< a network without value */
};

/** Fees a person chose instead of what the node says; wei a unit of gas. */
struct fm_fees_wanted {
	bool has_max, has_priority;
	struct fm_u256 max, priority;
	uint64_t
		gas_limit; /**< of each transaction; 0: what the node estimates, and a fifth */
};

#define FM_MOVE_WAIT_MS (2 * 60 * 1000)

struct fm_move_options {
	struct fm_fees_wanted fees;
	enum fm_wait wait;
	int64_t wait_ms; /**< for each transaction, 0: FM_MOVE_WAIT_MS; for Core, 0: half an hour */
	bool replace; /**< an unmined one of this operation gets higher fees, same nonce */
	/** Asked before the first signature; with `confirm_each` before each. May be NULL. */
	bool confirm_each;
	enum fm_code (*confirm)(void *ctx, const struct fm_move_ask *ask,
				struct fm_err *err);
	void *ctx;
};

#define FM_MOVE_TXS 4

/** What an operation did. Owner: fm_moved_clear. */
struct fm_moved {
	struct fm_op op;
	struct fm_asset asset; /**< of op.amount */
	bool resumed; /**< an earlier run's operation was brought to its end; nothing new */
	struct fm_tx_row txs[FM_MOVE_TXS]; /**< in the order of their nonces */
	size_t count;
	unsigned steps; /**< transactions it takes */
	struct fm_u256
		fee_max; /**< of those that were looked at, wei: the most they cost */
	struct fm_u256 effect; /**< what the contract's event says was moved */
	bool has_effect;
	int64_t requested_s; /**< of a withdrawal's request: its time on chain; 0: not known */
	bool has_allowance;
	struct fm_u256 allowance_left; /**< to the vault, when the operation ended */
	bool left_open; /**< its end was not waited for: sent only, or for others to send */
	bool synced;	/**< Core counts it */
	char why_not[200]; /**< FM_WAIT_SYNCED: what kept Core from it; "" when synced */
};

FM_API void fm_moved_init(struct fm_moved *moved);
FM_API void fm_moved_clear(struct fm_moved *moved);
/** The result reached its reader: a later call with the same wish is a new operation.
 *  Errors: FM_E_BUSY a living process works on it. */
FM_API enum fm_code fm_move_told(struct fm_client *client, struct fm_op *op,
				 struct fm_err *err) FM_MUST_USE;

/** By its id, or the hash of one of its transactions. */
FM_API enum fm_code fm_move_find(struct fm_op *op, bool *found, struct fm_client *client,
				 const char *id, struct fm_err *err) FM_MUST_USE;

enum fm_approve {
	FM_APPROVE_EXACT,
	FM_APPROVE_AMOUNT,
	FM_APPROVE_NONE,
};

struct fm_deposit {
	uint64_t chain_id;
	const char *asset; /**< symbol or address; NULL: the unit of `quantity` */
	struct fm_quantity quantity;
	enum fm_approve approve;
	struct fm_quantity allowance; /**< FM_APPROVE_AMOUNT */
};

/** Deposit: checks, approvals, the deposit itself; every transaction is on disk before it leaves.
 *  A wish equal to one whose process died before its end was told brings that one to its end.
 *  Out:  moved     also after an error: what was signed; txs[].hash names it
 *        position  as read under the wallet's lock, before the operation
 *  Errors: the policy's as for payments; FM_E_USAGE, FM_E_ASSET; FM_E_STOPPED; FM_E_BUSY another
 *  process moves this wallet's money for too long; FM_E_REVERT refused in simulation, nothing
 *  left; FM_E_CHAIN, FM_E_NETWORK, FM_E_TIMEOUT before anything left; FM_E_TX_PENDING sent, or an
 *  earlier one is, and not in a block; FM_E_REVERTED. */
FM_API enum fm_code fm_deposit(struct fm_moved *moved, struct fm_position *position,
			       struct fm_client *client, const struct fm_deposit *wish,
			       const struct fm_move_options *options,
			       struct fm_err *err) FM_MUST_USE;

/** A deposit signed for another machine to send; no network is used, the vault must be pinned.
 *  The transactions count as signed: the ledger has them, settling only looks for them. The same
 *  again, nonce and fees included, signs nothing new and gives the same.
 *  In:  nonce    of the first transaction; the next has the next
 *       options  all of its fees, and whom to ask
 *  Errors: those of fm_deposit that need no network; FM_E_USAGE a nonce that is taken;
 *  FM_E_CERT_KEY nothing is pinned. */
FM_API enum fm_code fm_deposit_offline(struct fm_moved *moved, struct fm_client *client,
				       const struct fm_deposit *wish, uint64_t nonce,
				       const struct fm_move_options *options,
				       struct fm_err *err) FM_MUST_USE;

struct fm_withdraw {
	enum fm_op_kind kind; /**< FM_OP_WITHDRAW_REQUEST, _CANCEL, _FINALIZE */
	uint64_t chain_id;
	const char *asset; /**< NULL: the quantity's unit; else the one with a request */
	struct fm_quantity quantity; /**< request */
	bool with_obligations;	     /**< request: also what open guarantees lean on */
};

/** Request, cancel or finalize a withdrawal. Errors as fm_deposit; and
 *  FM_E_APPROVAL rule "open-obligations": what would stay does not cover what is owed;
 *  FM_E_NOT_YET too early to finalize (position tells when), nothing left. */
FM_API enum fm_code fm_withdraw(struct fm_moved *moved, struct fm_position *position,
				struct fm_client *client, const struct fm_withdraw *wish,
				const struct fm_move_options *options,
				struct fm_err *err) FM_MUST_USE;

/** What a contract may take from the wallet. */
struct fm_allowance {
	struct fm_asset asset;
	struct fm_addr spender;
	const char *who; /**< "vault", "clearing house", "Permit2" */
	struct fm_u256 amount;
};
/** Uniswap's Permit2, the same on every chain: x402 offers may ask for an allowance to it. */
FM_API_DATA const struct fm_addr fm_permit2;
#define FM_ALLOWANCES_MAX (3 * FM_HOLDINGS_MAX)

/** Of every listed token, to vault, clearing house (NULL: unknown) and Permit2; zeros included. */
FM_API enum fm_code fm_allowances(struct fm_allowance out[FM_AT_LEAST(FM_ALLOWANCES_MAX)],
				  size_t *count, const struct fm_position *position,
				  struct fm_client *client,
				  const struct fm_addr *clearing_house,
				  struct fm_err *err) FM_MUST_USE;
/** Set one to zero. */
FM_API enum fm_code fm_allowance_revoke(struct fm_moved *moved, struct fm_client *client,
					uint64_t chain_id,
					const struct fm_allowance *allowance,
					const struct fm_move_options *options,
					struct fm_err *err) FM_MUST_USE;

/* ---- afterwards ---- */

/** What became of a signed transaction when it was looked for. */
struct fm_settled {
	struct fm_tx_row tx; /**< state now */
	struct fm_op op;
	enum fm_tx_state before;
	bool sent_again; /**< the same bytes went to the node once more */
};

/** Look for every open transaction of a wallet on a chain (of one operation or with one hash
 *  only, when `id` says so), send again what the node does not know, unless stopped, and wait at
 *  most wait_ms for them. With `replace` the lowest open one gets higher fees first.
 *  `each` is told what became of each one.
 *  Errors: FM_E_TX_PENDING one is still open; as fm_deposit. */
FM_API enum fm_code fm_settle(struct fm_client *client, uint64_t chain_id, const char *id,
			      const struct fm_move_options *options,
			      void (*each)(void *ctx, const struct fm_settled *settled),
			      void *ctx, struct fm_err *err) FM_MUST_USE;

#endif
