/* SPDX-License-Identifier: MIT */
/** The functions and events of the contracts this program talks to: the vault, the clearing house,
 *  ERC-20 tokens. One table each; selectors and topics follow from the signatures. Rules:
 *  contracts.md, 2 and 3. */
#ifndef FOURMICA_EVM_CONTRACT_H
#define FOURMICA_EVM_CONTRACT_H

#include <evm/codec.h>

/** Enumerator, signature, types of the answer (codec.h) under the names messages use. */
/* clang-format off */
#define FM_USER_ROW "uint256 collateral,uint256 requested_at,uint256 requested"
#define FM_KEY_ROW "bytes32 x_a,bytes32 x_b,bytes32 y_a,bytes32 y_b"
#define FM_SIGNATURE_TYPE "(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32)"
#define FM_CYCLE_ROW                                                                           \
	"address asset,bytes32 merkle_root,uint256 net_debit,uint256 net_credit,"              \
	"uint256 paid_in,uint256 claimed_out,uint256 default_covered,uint256 resolved_debit,"  \
	"uint64 pay_by,uint64 final_at,enum4 status,bool exists"
#define FM_GUARANTEE_ROW                                                                       \
	"bytes32 domain,uint256 tab_id,uint256 req_id,address client,address recipient,"       \
	"uint256 amount,uint256 total_amount,address asset,uint64 timestamp,uint64 version"
#define FM_FUNCTIONS(X)                                                                        \
	X(FM_FN_DEPOSIT, "deposit()", "")                                                      \
	X(FM_FN_DEPOSIT_TOKEN, "depositStablecoin(address,uint256)", "")                       \
	X(FM_FN_REQUEST, "requestWithdrawal(uint256)", "")                                     \
	X(FM_FN_REQUEST_OF, "requestWithdrawal(address,uint256)", "")                          \
	X(FM_FN_CANCEL, "cancelWithdrawal()", "")                                              \
	X(FM_FN_CANCEL_OF, "cancelWithdrawal(address)", "")                                    \
	X(FM_FN_FINALIZE, "finalizeWithdrawal()", "")                                          \
	X(FM_FN_FINALIZE_OF, "finalizeWithdrawal(address)", "")                                \
	X(FM_FN_PAY_TAB, "payTabInERC20Token(uint256,address,uint256,address)", "")            \
	X(FM_FN_REMUNERATE, "remunerate(bytes," FM_SIGNATURE_TYPE ")", "")                     \
	X(FM_FN_ALL_ASSETS, "getUserAllAssets(address)", "(address asset," FM_USER_ROW ")[]")  \
	X(FM_FN_USER, "getUser(address)", FM_USER_ROW)                                         \
	X(FM_FN_USER_OF, "getUser(address,address)", FM_USER_ROW)                              \
	X(FM_FN_COLLATERAL, "collateral(address)", "uint256")                                  \
	X(FM_FN_COLLATERAL_OF, "collateral(address,address)", "uint256")                       \
	X(FM_FN_WITHDRAWABLE, "withdrawableBalance(address,address)", "uint256")               \
	X(FM_FN_PRINCIPAL, "principalBalance(address,address)", "uint256")                     \
	X(FM_FN_CAPACITY, "guaranteeCapacity(address,address)", "uint256")                     \
	X(FM_FN_GROSS_YIELD, "grossYield(address,address)", "uint256")                         \
	X(FM_FN_YIELD_SHARE, "protocolYieldShare(address,address)", "uint256")                 \
	X(FM_FN_NET_YIELD, "userNetYield(address,address)", "uint256")                         \
	X(FM_FN_REQUESTS, "withdrawalRequests(address,address)",                               \
	  "uint256 requested_at,uint256 requested")                                            \
	X(FM_FN_TOKENS, "getERC20Tokens()", "address[]")                                       \
	X(FM_FN_A_TOKEN, "stablecoinAToken(address)", "address")                               \
	X(FM_FN_PAUSED, "paused()", "bool")                                                    \
	X(FM_FN_DOMAIN, "guaranteeDomainSeparator()", "bytes32 domain")                        \
	X(FM_FN_CONFIG, "getGuaranteeVersionConfig(uint64)",                                   \
	  FM_KEY_ROW ",bytes32 domain,address decoder,bool enabled")                           \
	X(FM_FN_KEY, "GUARANTEE_VERIFICATION_KEY()", FM_KEY_ROW)                               \
	X(FM_FN_VERIFY, "verifyAndDecodeGuarantee(bytes," FM_SIGNATURE_TYPE ")",               \
	  FM_GUARANTEE_ROW)                                                                    \
	X(FM_FN_PAYMENT_STATUS, "getPaymentStatus(uint256)",                                   \
	  "uint256 paid,bool remunerated,address asset")                                       \
	X(FM_FN_YIELD_FEE, "yieldFeeBps()", "uint256")                                         \
	X(FM_FN_AUTHORITY, "authority()", "address")                                           \
	X(FM_FN_GRACE, "withdrawalGracePeriod()", "uint256")                                   \
	X(FM_FN_TAB_EXPIRATION, "tabExpirationTime()", "uint256")                              \
	X(FM_FN_REMUNERATION_GRACE, "remunerationGracePeriod()", "uint256")                    \
	X(FM_FN_SYNC_DELAY, "synchronizationDelay()", "uint256")                               \
	X(FM_FN_COMMIT_CYCLE,                                                                  \
	  "commitCycle(bytes32,address,bytes32,uint256,uint256,uint64,uint64)", "")            \
	X(FM_FN_PAY_DEBIT, "payNetDebit(bytes32,uint256,bytes32[])", "")                       \
	X(FM_FN_CLAIM_CREDIT, "claimNetCredit(bytes32,uint256,bytes32[])", "")                 \
	X(FM_FN_MARK_DEFAULTED, "markDefaulted(bytes32,address,uint256,bytes32[])", "")        \
	X(FM_FN_SETTLE, "settleDefaultFromCollateral(bytes32,address,uint256,bytes)", "")      \
	X(FM_FN_FINALIZE_CYCLE, "finalizeCycle(bytes32)", "")                                  \
	X(FM_FN_CYCLE, "getCycle(bytes32)", FM_CYCLE_ROW)                                      \
	X(FM_FN_PARTICIPANT, "getParticipantState(bytes32,address)",                           \
	  "uint256 net_debit,uint256 net_credit,bool paid,bool claimed,bool defaulted")        \
	X(FM_FN_LEAF, "participantLeaf(bytes32,address,address,uint256,uint8)", "bytes32")     \
	X(FM_FN_VALIDATION, "getValidationStatus(bytes32)",                                    \
	  "address,uint256,uint8,bytes32,string,uint256")                                      \
	X(FM_FN_APPROVE, "approve(address,uint256)", "bool")                                   \
	X(FM_FN_ALLOWANCE, "allowance(address,address)", "uint256")                            \
	X(FM_FN_BALANCE, "balanceOf(address)", "uint256")                                      \
	X(FM_FN_DECIMALS, "decimals()", "uint8")                                               \
	X(FM_FN_SYMBOL, "symbol()", "string")                                                  \
	X(FM_FN_NAME, "name()", "string")                                                      \
	X(FM_FN_SUPPLY, "totalSupply()", "uint256")                                            \
	X(FM_FN_TRANSFER, "transfer(address,uint256)", "bool")                                 \
	X(FM_FN_TRANSFER_FROM, "transferFrom(address,address,uint256)", "bool")                \
	X(FM_FN_AUTH_STATE, "authorizationState(address,bytes32)", "bool")

/** Enumerator, signature, how many of its values are topics: always the first ones. */
#define FM_EVENTS(X)                                                                           \
	X(FM_EV_DEPOSITED, "CollateralDeposited(address,address,uint256)", 2)                  \
	X(FM_EV_REQUESTED, "WithdrawalRequested(address,address,uint256,uint256)", 2)          \
	X(FM_EV_CANCELED, "WithdrawalCanceled(address,address)", 2)                            \
	X(FM_EV_WITHDRAWN, "CollateralWithdrawn(address,address,uint256)", 2)                  \
	X(FM_EV_REMUNERATED, "RecipientRemunerated(uint256,address,uint256)", 2)               \
	X(FM_EV_TAB_PAID, "TabPaid(uint256,address,address,address,uint256)", 3)               \
	X(FM_EV_PAYMENT_RECORDED, "PaymentRecorded(uint256,address,uint256)", 2)               \
	X(FM_EV_VERSION_UPDATED,                                                               \
	  "GuaranteeVersionUpdated(uint64,(bytes32,bytes32,bytes32,bytes32),bytes32,address,"  \
	  "bool)", 1)                                                                          \
	X(FM_EV_KEY_UPDATED, "VerificationKeyUpdated((bytes32,bytes32,bytes32,bytes32))", 0)   \
	X(FM_EV_GRACE_UPDATED, "WithdrawalGracePeriodUpdated(uint256)", 0)                     \
	X(FM_EV_PAUSED, "Paused(address)", 0)                                                  \
	X(FM_EV_UNPAUSED, "Unpaused(address)", 0)                                              \
	X(FM_EV_ASSET_UPDATED, "StablecoinAssetUpdated(address,bool)", 1)                      \
	X(FM_EV_CYCLE_COMMITTED,                                                               \
	  "CycleCommitted(bytes32,address,bytes32,uint256,uint256,uint64,uint64)", 2)          \
	X(FM_EV_DEBTOR_PAID, "DebtorPaid(bytes32,address,uint256)", 2)                         \
	X(FM_EV_CLAIMED, "CreditorClaimed(bytes32,address,uint256)", 2)                        \
	X(FM_EV_DEFAULTED, "DebtorDefaulted(bytes32,address,uint256)", 2)                      \
	X(FM_EV_COVERED, "DefaultCovered(bytes32,address,uint256)", 2)                         \
	X(FM_EV_CYCLE_FINALIZED, "CycleFinalized(bytes32)", 1)                                 \
	X(FM_EV_TRANSFER, "Transfer(address,address,uint256)", 2)                              \
	X(FM_EV_APPROVAL, "Approval(address,address,uint256)", 2)
/* clang-format on */

enum fm_fn {
#define FM_FN_ENUM(id, signature, returns) id,
	FM_FUNCTIONS(FM_FN_ENUM)
#undef FM_FN_ENUM
	FM_FN_COUNT
};

enum fm_event {
#define FM_EVENT_ENUM(id, signature, indexed) id,
	FM_EVENTS(FM_EVENT_ENUM)
#undef FM_EVENT_ENUM
	FM_EV_COUNT
};

#define FM_SELECTOR 4

/** The first bytes of the hash of a signature. */
void fm_selector(uint8_t out[static FM_SELECTOR], const char *signature);
/** What stands between the outer brackets of a signature; nothing when it has none. */
struct fm_span fm_signature_types(const char *signature);
/** What stands before them. */
struct fm_span fm_signature_name(const char *signature);

/** The signature. Static storage. */
const char *fm_fn_name(enum fm_fn fn);
/** Which function has this signature? */
bool fm_fn_by_name(enum fm_fn *out, struct fm_span signature) FM_MUST_USE;
/** Which function does this calldata call? */
bool fm_fn_by_calldata(enum fm_fn *out, struct fm_span calldata) FM_MUST_USE;
/** "getCycle(0x26...)": a call as messages name it. */
void fm_fn_show(struct fm_buf *out, enum fm_fn fn, const struct fm_abi_value *args,
		size_t count);

/** How many values a function takes; a tuple is as many as it has members. */
size_t fm_fn_arg_count(enum fm_fn fn);
/** Append the calldata. False when the arguments are not those of the signature, or the buffer
 *  failed. */
bool fm_fn_calldata(struct fm_buf *out, enum fm_fn fn, const struct fm_abi_value *args,
		    size_t count) FM_MUST_USE;
/** The arguments out of calldata, as strictly as answers are read. */
bool fm_fn_args(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		struct fm_span calldata) FM_MUST_USE;

#define FM_FN_VALUES 12 /**< the most values any function here answers with */

/** The types of the answer. Static storage. */
const char *fm_fn_return_types(enum fm_fn fn);
size_t fm_fn_return_count(enum fm_fn fn);
/** The values of an answer; they borrow from `data`. Out: why   as fm_abi_decode. */
bool fm_fn_returns(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		   struct fm_span data, char *why) FM_MUST_USE;
/** The values of element `at` of the array a function answered with. */
bool fm_fn_item(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		const struct fm_abi_value *array, size_t at) FM_MUST_USE;

#define FM_TOPICS 4

/** A log of a transaction. */
struct fm_event_log {
	struct fm_addr address;
	struct fm_hash topics[FM_TOPICS];
	size_t topic_count;
	struct fm_span data; /**< borrowed */
};

#define FM_EVENT_VALUES 8 /**< the most values any event here has */

const char *fm_event_name(enum fm_event event);
void fm_event_topic(struct fm_hash *out, enum fm_event event);
size_t fm_event_count(enum fm_event event);
/** Which event is it? False: none of ours. */
bool fm_event_of(enum fm_event *out, const struct fm_event_log *log) FM_MUST_USE;
/** The values of a log, those of its topics first. False when it is another event, or is not
 *  encoded as a compiler would. */
bool fm_event_read(struct fm_abi_value *out, size_t count, enum fm_event event,
		   const struct fm_event_log *log) FM_MUST_USE;

#endif
