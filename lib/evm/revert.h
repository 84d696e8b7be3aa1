/* SPDX-License-Identifier: MIT */
/** What a contract refuses with, in plain words. Rule: contracts.md, 5. */
#ifndef FOURMICA_EVM_REVERT_H
#define FOURMICA_EVM_REVERT_H

#include <evm/contract.h>
#include <fourmica/json.h>

/** Every error known: enumerator, signature, code (FM_OK: what the caller says), cause (one of
 *  those of cause.h), message, hint.
 *
 *  In the texts, {0} is the first value; {amount:0} an amount of the asset at hand, {time:0} a
 *  time, {token:0} an asset's symbol where it is known. {name} and {call} are the error without and
 *  with its values, the rest comes from the context. Of texts with | between, the first whose
 *  values are all known is used. */
/* clang-format off */
#define FM_REVERT_RAW "run it again with -v to see the raw data"
#define FM_REVERT_BY_NAME "the contract refused with {call}"
#define FM_REVERT_OLD "old tab model: {name}"
#define FM_REVERT_NOT_USERS "not a user action"
#define FM_REVERTS(X)                                                                          \
	X(FM_REVERT_AMOUNT_ZERO, "AmountZero()", FM_OK, "local",                               \
	  "amount is zero", "give an amount above zero")                                       \
	X(FM_REVERT_UNSUPPORTED_ASSET, "UnsupportedAsset(address)", FM_OK, "collateral",       \
	  "the vault does not take asset {token:0}",                                           \
	  "run: fourmica status, and use a listed asset")                                      \
	X(FM_REVERT_PAUSED, "EnforcedPause()", FM_OK, "network",                               \
	  "the vault is paused; deposits and withdrawals are stopped",                         \
	  "funds stay in the vault; try again later")                                          \
	X(FM_REVERT_NO_AAVE, "AaveNotConfigured()", FM_OK, "collateral",                       \
	  "the vault cannot take {asset} yet|the vault cannot take this token yet",            \
	  "deposit ETH or another listed token")                                               \
	X(FM_REVERT_AVAILABLE, "InsufficientAvailable()", FM_OK, "collateral",                 \
	  "asked for {asked}, the vault holds {available} for you"                             \
	  "|asked for more than the vault holds for you",                                      \
	  "request at most {available}|run: fourmica status")                                  \
	X(FM_REVERT_NO_REQUEST, "NoWithdrawalRequested()", FM_OK, "collateral",                \
	  "there is no withdrawal request for {asset}|there is no withdrawal request",         \
	  "run: fourmica withdraw request AMOUNT")                                             \
	X(FM_REVERT_GRACE, "GracePeriodNotElapsed()", FM_E_NOT_YET, "collateral",              \
	  "the withdrawal unlocks at {unlock}, {left} from now|the withdrawal is not unlocked yet", \
	  "run: fourmica withdraw finalize after {unlock}|run: fourmica status")               \
	X(FM_REVERT_TRANSFER_FAILED, "TransferFailed()", FM_OK, "local",                       \
	  "your address refused the ETH", "the wallet is a contract that cannot receive ETH")  \
	X(FM_REVERT_SHORTFALL, "StablecoinWithdrawShortfall(address,uint256,uint256)", FM_OK, "collateral", \
	  "the lending pool is short: {amount:2} of {amount:1}",                               \
	  "try later or request a smaller amount")                                             \
	X(FM_REVERT_ROUNDING, "UserScaledBalanceUnderflow(address,address,uint256,uint256)",   \
	  FM_OK, "collateral", "rounding: the last unit cannot be paid out yet",               \
	  "request one base unit less, or wait for interest")                                  \
	X(FM_REVERT_RECONCILIATION, "ReconciliationLoss(address,uint256,uint256)", FM_OK, "collateral", \
	  "the vault's books for {token:0} do not add up: {1} and {2}",                        \
	  "nothing was moved; contact the operator")                                           \
	X(FM_REVERT_DIRECT, "DirectTransferNotAllowed()", FM_OK, "local",                      \
	  "the vault takes no plain transfers or unknown calls",                               \
	  "check the vault address and the contract version")                                  \
	X(FM_REVERT_RECIPIENT, "InvalidRecipient()", FM_OK, "local",                           \
	  "recipient is the zero address", "give a recipient")                                 \
	X(FM_REVERT_CYCLE_NOT_FOUND, "CycleNotFound(bytes32)", FM_E_NOT_YET, "collateral",     \
	  "the cycle is not on chain yet: {0}",                                                \
	  "wait for the commit; run: fourmica cycles show {cycle}"                             \
	  "|wait for the commit; run: fourmica cycles show {0}")                               \
	X(FM_REVERT_CYCLE_STATUS, "InvalidCycleStatus(bytes32,uint8)", FM_OK, "collateral",    \
	  "the cycle has status {1}, which does not allow this",                               \
	  "run: fourmica cycles show {cycle}|run: fourmica cycles show {0}")                   \
	X(FM_REVERT_WINDOW_OVER, "PaymentWindowElapsed(uint64)", FM_OK, "collateral",          \
	  "the time to pay ended at {time:0}", "the debt will be taken from collateral")       \
	X(FM_REVERT_FINALITY, "PaymentFinalityPending(uint64)", FM_E_NOT_YET, "collateral",    \
	  "possible only after {time:0}", "run it again after {time:0}")                       \
	X(FM_REVERT_ALREADY_PAID, "AlreadyPaid(bytes32,address)", FM_OK, "collateral",         \
	  "this debit is already paid", "nothing to do")                                       \
	X(FM_REVERT_ALREADY_CLAIMED, "AlreadyClaimed(bytes32,address)", FM_OK, "collateral",   \
	  "this credit is already claimed", "nothing to do")                                   \
	X(FM_REVERT_ALREADY_DEFAULTED, "AlreadyDefaulted(bytes32,address)", FM_OK, "collateral", \
	  "the debtor is already marked: {1}", "nothing to do")                                \
	X(FM_REVERT_PROOF, "InvalidProof()", FM_OK, "collateral",                              \
	  "the proof does not match account, amount, asset, role or cycle",                    \
	  "{different} is different; fetch the action again|fetch the action again")           \
	X(FM_REVERT_EXACT, "ExactPaymentRequired(uint256,uint256)", FM_OK, "local",            \
	  "the call must carry exactly {0} wei, not {1}",                                      \
	  "a defect in the caller: value must equal the debit, 0 for tokens")                  \
	X(FM_REVERT_UNFUNDED, "ClaimExceedsFundedLiquidity(uint256,uint256)", FM_E_NOT_YET, "collateral", \
	  "{amount:0} of {amount:1} has been paid in so far",                                  \
	  "wait for the debtors; run: fourmica cycles watch {cycle}"                           \
	  "|wait for the debtors; run: fourmica cycles watch ID")                              \
	X(FM_REVERT_DEBT_OPEN, "CycleDebtUnresolved(uint256,uint256)", FM_OK, "collateral",    \
	  "{amount:0} of {amount:1} debit is resolved", "not closable yet")                    \
	X(FM_REVERT_UNDERFUNDED, "CycleUnderfunded(uint256,uint256)", FM_OK, "collateral",     \
	  "{amount:0} of {amount:1} is funded", "default cover is missing")                    \
	X(FM_REVERT_CLAIMS_OPEN, "CycleClaimsUnresolved(uint256,uint256)", FM_OK, "collateral", \
	  "{amount:0} of {amount:1} is claimed", "other creditors have not claimed")           \
	X(FM_REVERT_NATIVE_FAILED, "NativeTransferFailed(address,uint256)", FM_OK, "local",    \
	  "your address refused the ETH: {0}, {1} wei",                                        \
	  "the wallet is a contract that cannot receive ETH")                                  \
	X(FM_REVERT_UNAUTHORIZED, "AccessManagedUnauthorized(address)", FM_OK, "local",        \
	  "this call is for the operator, not for {0}", FM_REVERT_NOT_USERS)                   \
	X(FM_REVERT_DELAY, "AccessManagedRequiredDelay(address,uint32)", FM_OK, "local",       \
	  "the call must be scheduled first: by {0}, {1} s before", FM_REVERT_NOT_USERS)       \
	X(FM_REVERT_REENTERED, "ReentrancyGuardReentrantCall()", FM_OK, "local",               \
	  "re-entered", "a contract wallet called back")                                       \
	X(FM_REVERT_ALLOWANCE, "ERC20InsufficientAllowance(address,uint256,uint256)", FM_OK, "collateral", \
	  "{0} may take {amount:1}, {amount:2} is needed",                                     \
	  "approve {amount:2} for {spender}|approve {amount:2} for {0}")                       \
	X(FM_REVERT_BALANCE, "ERC20InsufficientBalance(address,uint256,uint256)", FM_OK, "collateral", \
	  "the wallet holds {amount:1}, {amount:2} is needed", "fund the wallet {0}")          \
	X(FM_REVERT_ERROR, "Error(string)", FM_OK, "collateral",                               \
	  "the token refused: {0}", FM_REVERT_RAW)                                             \
	X(FM_REVERT_PANIC, "Panic(uint256)", FM_OK, "collateral",                              \
	  "the token failed with panic {hex:0}", FM_REVERT_RAW)                                \
	X(FM_REVERT_NO_SUCCESS, "SafeERC20FailedOperation(address)", FM_OK, "network",         \
	  "the token returned no success, or has no code: {0}", "check the token address")     \
	X(FM_REVERT_SIGNATURE, "InvalidSignature()", FM_E_CERT, "signature",                   \
	  "the certificate signature is wrong for the key on chain",                           \
	  "keep the file; do not count it as paid evidence")                                   \
	X(FM_REVERT_PAIRING, "PairingFailed()", FM_E_CERT, "signature",                        \
	  "the signature is not a point of the curve",                                         \
	  "keep the file; do not count it as paid evidence")                                   \
	X(FM_REVERT_GUARANTEE_DOMAIN, "InvalidGuaranteeDomain()", FM_E_CERT_DIFF, "network",   \
	  "the certificate belongs to another vault or chain",                                 \
	  "check network and vault address")                                                   \
	X(FM_REVERT_VERSION, "UnsupportedGuaranteeVersion(uint64)", FM_OK, "network",          \
	  "certificate version {0} is not enabled", "check network and versions")              \
	X(FM_REVERT_DECODER, "MissingGuaranteeDecoder(uint64)", FM_OK, "network",              \
	  "no decoder for version {0}", "check network and versions")                          \
	X(FM_REVERT_TAB_EARLY, "TabNotYetOverdue()", FM_OK, "collateral", FM_REVERT_OLD, "")   \
	X(FM_REVERT_TAB_EXPIRED, "TabExpired()", FM_OK, "collateral", FM_REVERT_OLD, "")       \
	X(FM_REVERT_TAB_REMUNERATED, "TabPreviouslyRemunerated()", FM_OK, "collateral", FM_REVERT_OLD, "") \
	X(FM_REVERT_TAB_PAID, "TabAlreadyPaid()", FM_OK, "collateral", FM_REVERT_OLD, "")      \
	X(FM_REVERT_DOUBLE_SPENDING, "DoubleSpendingDetected()", FM_OK, "collateral", FM_REVERT_OLD, "") \
	X(FM_REVERT_INVALID_ASSET, "InvalidAsset(address)", FM_OK, "collateral", "old tab model: {call}", "") \
	X(FM_REVERT_ILLEGAL_VALUE, "IllegalValue()", FM_OK, "local", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_ZERO_ADDRESS, "ZeroAddress()", FM_OK, "local", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_FEE, "FeeTooHigh()", FM_OK, "local", FM_REVERT_BY_NAME, FM_REVERT_RAW)     \
	X(FM_REVERT_DEADLINE, "InvalidDeadline()", FM_OK, "local", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_COMMITTED, "CycleAlreadyCommitted(bytes32)", FM_OK, "collateral",          \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_NOT_PAUSED, "ExpectedPause()", FM_OK, "network", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_A_TOKEN, "InvalidAToken(address,address)", FM_OK, "network",               \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_G2_ADD, "G2AddFailed()", FM_OK, "network", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_MAP_G2, "MapFp2ToG2Failed()", FM_OK, "network", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_EMPTY_CODE, "AddressEmptyCode(address)", FM_OK, "network",                 \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_FAILED_CALL, "FailedCall()", FM_OK, "network", FM_REVERT_BY_NAME, FM_REVERT_RAW) \
	X(FM_REVERT_RECEIVER, "ERC20InvalidReceiver(address)", FM_OK, "local",                 \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_SPENDER, "ERC20InvalidSpender(address)", FM_OK, "local",                   \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_RECORD, "PaymentRecordConflict(bytes32)", FM_OK, "collateral",             \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_PENDING, "ValidationPending(bytes32)", FM_OK, "policy",                  \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_SCORE, "ValidationScoreTooLow(uint8,uint8)", FM_OK, "policy",            \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_REGISTRY, "UntrustedValidationRegistry(address)", FM_OK, "policy",       \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_SUBJECT, "ValidationSubjectHashMismatch(bytes32,bytes32)", FM_OK, "signature", \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_REQUEST, "ValidationRequestHashMismatch(bytes32,bytes32)", FM_OK, "signature", \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_LOOKUP, "ValidationLookupFailed(address,bytes32)", FM_OK, "network",     \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_CHAIN, "InvalidValidationChainId(uint64,uint64)", FM_OK, "network",      \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_MIN, "InvalidMinValidationScore(uint8)", FM_OK, "policy",                \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_VALIDATOR, "ValidationValidatorMismatch(address,address)", FM_OK, "policy", \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_AGENT, "ValidationAgentMismatch(uint256,uint256)", FM_OK, "policy",      \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)                                                    \
	X(FM_REVERT_V_TAG, "ValidationTagMismatch(bytes32,bytes32)", FM_OK, "policy",          \
	  FM_REVERT_BY_NAME, FM_REVERT_RAW)
/* clang-format on */

enum fm_revert {
	FM_REVERT_NONE,	 /**< none of ours, or not encoded as it should be */
	FM_REVERT_EMPTY, /**< no bytes at all */
#define FM_REVERT_ENUM(id, signature, code, cause, message, hint) id,
	FM_REVERTS(FM_REVERT_ENUM)
#undef FM_REVERT_ENUM
	FM_REVERT_COUNT
};

#define FM_REVERT_VALUES 4 /**< the most values any error has */

/** A row of the table. Static storage. */
struct fm_revert_row {
	const char *signature;
	enum fm_code code;
	const char *cause, *message, *hint;
};
const struct fm_revert_row *fm_revert_row(enum fm_revert revert);

#define FM_REVERT_CODE 64 /**< bytes of a stable code, terminator included */

/** "revert_amount_zero" for AmountZero(); "revert_without_reason" for FM_REVERT_EMPTY. */
void fm_revert_code(char out[static FM_REVERT_CODE], enum fm_revert revert);
/** A text of a row where no values are known: "AMOUNT of AMOUNT is funded". Starts the buffer. */
void fm_revert_general(struct fm_buf *out, enum fm_revert revert, const char *text);

/** The signature; "" for FM_REVERT_NONE and FM_REVERT_EMPTY. Static storage. */
const char *fm_revert_name(enum fm_revert revert);
/** Which error is it? Its values borrow from `data`. */
enum fm_revert fm_revert_read(struct fm_abi_value out[static FM_REVERT_VALUES],
			      size_t *count, struct fm_span data);

/** What messages may need; zero or NULL is not known. Texts are shown as they are. */
struct fm_revert_context {
	enum fm_fn fn;		      /**< what was called */
	const struct fm_addr *payer;  /**< whose transaction it is */
	const struct fm_asset *asset; /**< amounts are of this, else in base units */
	const struct fm_u256 *asked, *available; /**< base units */
	int64_t unlock_s, now_s;		 /**< of a withdrawal; the clock */
	const char *cycle;			 /**< what the user calls it */
	const char
		*different; /**< the field of a leaf found different from the chain's */
};

/** Say what the bytes of a revert mean, with a hint, and the error's name as the rule that decided.
 *  `otherwise` is FM_E_REVERT for a call that was only tried: then an error that waiting cures is
 *  FM_E_NOT_YET, one about a certificate FM_E_CERT or FM_E_CERT_DIFF. With another code, as for a
 *  transaction that was mined, that code stays. Returns the code. */
enum fm_code fm_revert_explain(struct fm_err *err, enum fm_code otherwise,
			       const struct fm_revert_context *context,
			       struct fm_span data);

/** Refuse before the contract would, in the same words: `args` are the error's values. */
enum fm_code fm_revert_say(struct fm_err *err, enum fm_code otherwise,
			   const struct fm_revert_context *context, enum fm_revert revert,
			   const struct fm_abi_value *args, size_t count);

/** Append the bytes of a revert out of a JSON-RPC error object, wherever nodes put them. False:
 *  there are none. */
bool fm_revert_of_error(struct fm_buf *out, const struct fm_json *error) FM_MUST_USE;

#endif
