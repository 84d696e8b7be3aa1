/* SPDX-License-Identifier: MIT */
/* Every failure text of the protocol pages (4mica.md 2 and 7, x402.md 7, contracts.md 5), written
 * down here from the pages: which cause and which code it has, and that it has a remedy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/revert.h"
#include <fourmica/cause.h>

#include <stdio.h>
#include <string.h>

#define A "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define B "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"

struct row {
	const char *text, *cause, *code;
};

/* clang-format off */
static const struct row core[] = {
	{ "Invalid signature", "signature", "core_signature" },
	{ "invalid hex signature", "signature", "core_signature_hex" },
	{ "invalid signature length", "signature", "core_signature_length" },
	{ "signature recovery failed", "signature", "core_signature_recovery" },
	{ "timestamp is in the future", "local", "timestamp_ahead" },
	{ "Not enough free collateral", "collateral", "insufficient_collateral" },
	{ "user not registered", "collateral", "payer_not_registered" },
	{ "another guarantee with req_id 7 already exists", "request_id", "req_id_used" },
	{ "another guarantee with req_id 340282366920938463463374607431768211455 already exists",
	  "request_id", "req_id_used" },
	{ "guarantee request version 2 is not accepted; accepted versions are [1]",
	  "facilitator", "guarantee_version" },
	{ "guarantee request version 3 is not accepted; accepted versions are [1, 2]",
	  "facilitator", "guarantee_version" },
	{ "validation registry " A " is not trusted", "policy", "registry_not_trusted" },
	{ "validation_chain_id 1 must match core chain_id 84532", "network", "validation_chain" },
	{ "validation_request_hash is not canonical", "signature", "not_canonical" },
	{ "validation_subject_hash 0x12 is not canonical for these claims", "signature",
	  "not_canonical" },
	{ "invalid siwe message: missing nonce", "signature", "siwe_invalid" },
	{ "settlement cycle " A ":1782086400 has no clearing batch", "collateral",
	  "cycle_without_batch" },
	{ "payNetDebit requires participant role NetDebtor", "collateral", "clearing_role" },
	{ "claimNetCredit requires participant role NetCreditor", "collateral", "clearing_role" },
	{ "flat participants do not have a clearing proof", "collateral", "clearing_flat" },
	{ "missing authorization", "facilitator", "auth_missing" },
	{ "invalid authorization", "facilitator", "auth_invalid" },
	{ "missing bearer token", "facilitator", "auth_missing" },
	{ "invalid access token", "facilitator", "auth_invalid" },
	{ "invalid chain id", "network", "auth_chain" },
	{ "missing scope", "facilitator", "auth_scope" },
	{ "recipient address does not match token subject and role is not facilitator",
	  "facilitator", "auth_recipient" },
	{ "admin role required", "facilitator", "auth_role" },
	{ "participant proof access denied", "facilitator", "auth_proof" },
	{ "participant clearing action access denied", "facilitator", "auth_action" },
	{ "address mismatch", "signature", "siwe_address" },
	{ "siwe domain mismatch", "signature", "siwe_domain" },
	{ "siwe uri mismatch", "signature", "siwe_uri" },
	{ "siwe statement mismatch", "signature", "siwe_statement" },
	{ "message expired", "signature", "siwe_expired" },
	{ "nonce not found or expired", "signature", "siwe_nonce_unknown" },
	{ "nonce not valid", "signature", "siwe_nonce_invalid" },
	{ "nonce already used", "signature", "siwe_nonce_used" },
	{ "invalid refresh token", "facilitator", "refresh_invalid" },
	{ "refresh token expired", "facilitator", "refresh_expired" },
	{ "refresh token already used", "facilitator", "refresh_used" },
	{ "wallet role not active", "facilitator", "auth_role_inactive" },
	{ "user suspended", "collateral", "user_suspended" },
	{ "Settlement cycle " A ":1782086400", "collateral", "cycle_unknown" },
	{ "Clearing participant " B " in settlement cycle " A ":1782086400", "collateral",
	  "participant_unknown" },
	{ "request failed, please retry", "network", "core_busy" },
	{ "internal server error", "network", "core_internal" },
};

static const struct row facilitator[] = {
	{ "unsupported scheme 4mica", "facilitator", "facilitator_scheme" },
	{ "unsupported network base-sepolia", "network", "facilitator_network" },
	{ "unsupported x402Version 2", "facilitator", "facilitator_version_unknown" },
	{ "x402Version 1 does not match paymentPayload x402Version 2", "facilitator",
	  "facilitator_version" },
	{ "signature cannot be empty", "signature", "signature_empty" },
	{ "invalid payTo address", "seller", "pay_to_invalid" },
	{ "invalid asset address", "policy", "asset_invalid" },
	{ "invalid recipient address in claims", "signature", "claim_recipient_invalid" },
	{ "claim recipient " A " does not match payTo " B, "seller", "claim_recipient" },
	{ "claim asset " A " does not match requirement " B, "policy", "claim_asset" },
	{ "claim amount is zero", "policy", "claim_amount_zero" },
	{ "claim amount 1 does not match maxAmountRequired 2", "policy", "claim_amount" },
	{ "claim amount 1 does not match amount 2", "policy", "claim_amount" },
	{ "amount is required for x402Version 2", "facilitator", "amount_missing" },
	{ "maxAmountRequired cannot be empty", "facilitator", "field_empty" },
	{ "payTo cannot be empty", "facilitator", "field_empty" },
	{ "invalid hex amount: 0xzz", "policy", "amount_hex" },
	{ "invalid decimal amount: $0.01", "policy", "amount_decimal" },
	{ "extra is required and must be an object for x402Version 2", "facilitator",
	  "extra_missing" },
	{ "validatorAddress is required for x402Version 2", "facilitator", "field_missing" },
	{ "validation registry " A " does not match requirement " B, "policy", "claim_registry" },
	{ "validation registry " A " is not trusted by core metadata", "policy",
	  "facilitator_registry" },
	{ "validation chain id 1 does not match payment network 84532", "network",
	  "claim_validation_chain" },
	{ "validator address " A " does not match requirement " B, "policy", "claim_validator" },
	{ "validator agent id 42 does not match requirement 43", "policy", "claim_agent" },
	{ "min validation score 70 does not match requirement 80", "policy", "claim_score" },
	{ "job hash 0x12 does not match requirement 0x13", "policy", "claim_job" },
	{ "required validation tag a does not match requirement b", "policy", "claim_tag" },
	{ "core guarantee request failed (418 I'm a teapot): no tea", "facilitator",
	  "core_refused" },
	{ "failed to decode guarantee response: missing field `claims`", "facilitator",
	  "guarantee_unreadable" },
	{ "guarantee domain mismatch: got 0x12", "facilitator", "guarantee_domain" },
	{ "certificate values differ from requested claims", "facilitator",
	  "certificate_differs" },
	{ "certificate validation policy differs from requested claims", "facilitator",
	  "certificate_policy" },
};

static const struct row x402[] = {
	/* Funds */
	{ "insufficient_funds", "collateral", "insufficient_funds" },
	{ "invalid_exact_evm_insufficient_balance", "collateral", "insufficient_funds" },
	{ "permit2_insufficient_balance", "collateral", "insufficient_funds" },
	/* Window */
	{ "invalid_exact_evm_payload_authorization_valid_before", "signature", "window_ended" },
	{ "invalid_exact_evm_authorization_valid_before", "signature", "window_ended" },
	{ "invalid_exact_evm_payload_authorization_valid_after", "signature",
	  "window_not_begun" },
	{ "invalid_exact_evm_authorization_valid_after", "signature", "window_not_begun" },
	{ "permit2_deadline_expired", "signature", "window_ended" },
	{ "permit2_not_yet_valid", "signature", "window_not_begun" },
	{ "payment_expired", "signature", "window_ended" },
	{ "authorization_validity_too_short", "signature", "window_too_short" },
	/* Amount */
	{ "invalid_exact_evm_payload_authorization_value", "policy", "amount_mismatch" },
	{ "invalid_exact_evm_payload_authorization_value_mismatch", "policy",
	  "amount_mismatch" },
	{ "invalid_exact_evm_authorization_value", "policy", "amount_mismatch" },
	{ "invalid_exact_evm_authorization_value_mismatch", "policy", "amount_mismatch" },
	{ "permit2_amount_mismatch", "policy", "amount_mismatch" },
	{ "invalid_upto_evm_payload_settlement_exceeds_amount", "policy",
	  "charge_above_ceiling" },
	{ "upto_amount_exceeds_permitted", "policy", "charge_above_ceiling" },
	/* Signature, domain */
	{ "invalid_exact_evm_payload_signature", "signature", "invalid_signature" },
	{ "invalid_exact_evm_signature", "signature", "invalid_signature" },
	{ "invalid_permit2_signature", "signature", "invalid_signature" },
	{ "invalid_exact_evm_token_name_mismatch", "signature", "token_name" },
	{ "invalid_exact_evm_token_version_mismatch", "signature", "token_version" },
	{ "invalid_exact_evm_missing_eip712_domain", "facilitator", "token_domain_missing" },
	{ "invalid_exact_evm_failed_to_parse_signature", "signature", "signature_unreadable" },
	/* Recipient, token */
	{ "invalid_exact_evm_payload_recipient_mismatch", "seller", "recipient_mismatch" },
	{ "invalid_exact_evm_recipient_mismatch", "seller", "recipient_mismatch" },
	{ "invalid_permit2_recipient_mismatch", "seller", "recipient_mismatch" },
	{ "permit2_token_mismatch", "policy", "token_mismatch" },
	{ "asset_not_deployed_contract", "network", "token_not_deployed" },
	{ "invalid_exact_evm_eip3009_not_supported", "facilitator", "token_without_eip3009" },
	/* Replay */
	{ "invalid_exact_evm_nonce_already_used", "request_id", "nonce_used" },
	{ "permit2_invalid_nonce", "request_id", "nonce_used" },
	{ "duplicate_settlement", "request_id", "duplicate_settlement" },
	/* Scheme, network, shape */
	{ "unsupported_scheme", "facilitator", "unsupported_scheme" },
	{ "invalid_scheme", "facilitator", "unsupported_scheme" },
	{ "invalid_exact_evm_scheme", "facilitator", "unsupported_scheme" },
	{ "invalid_network", "network", "network_mismatch" },
	{ "invalid_exact_evm_network_mismatch", "network", "network_mismatch" },
	{ "invalid_x402_version", "facilitator", "x402_version" },
	{ "invalid_payload", "facilitator", "payload_invalid" },
	{ "unsupported_payload_type", "facilitator", "payload_invalid" },
	{ "invalid_payment", "facilitator", "payload_invalid" },
	{ "invalid_payment_requirements", "facilitator", "requirements_invalid" },
	{ "extension_echo_mismatch", "local", "extension_changed" },
	{ "No matching payment requirements", "policy", "no_matching_terms" },
	{ "Unable to find matching payment requirements", "policy", "no_matching_terms" },
	/* Permit2, sponsoring */
	{ "permit2_allowance_required", "collateral", "permit2_allowance" },
	{ "PERMIT2_ALLOWANCE_REQUIRED", "collateral", "permit2_allowance" },
	{ "invalid_permit2_spender", "signature", "permit2_spender" },
	{ "permit2_proxy_not_deployed", "network", "permit2_proxy" },
	{ "permit2_simulation_failed", "network", "permit2_simulation" },
	{ "permit2_invalid_amount", "policy", "permit2_amount" },
	{ "permit2_invalid_destination", "seller", "permit2_destination" },
	{ "permit2_invalid_owner", "signature", "permit2_owner" },
	{ "permit2_payment_too_early", "signature", "window_not_begun" },
	{ "permit2_2612_amount_mismatch", "policy", "permit2_permit_amount" },
	{ "eip2612_invalid_signature", "signature", "sponsored_permit" },
	{ "erc20_approval_invalid_spender", "signature", "sponsored_approval" },
	{ "upto_unauthorized_facilitator", "facilitator", "upto_facilitator" },
	{ "upto_facilitator_mismatch", "facilitator", "upto_facilitator" },
	/* Chain */
	{ "invalid_transaction_state", "network", "transaction_state" },
	{ "invalid_exact_evm_transaction_failed", "network", "transaction_failed" },
	{ "invalid_exact_evm_transaction_simulation_failed", "network", "simulation_failed" },
	{ "invalid_exact_evm_transfer_event_mismatch", "network", "transfer_event" },
	{ "settlement_pending", "network", "settlement_pending" },
	{ "unexpected_verify_error", "facilitator", "verify_error" },
	{ "unexpected_settle_error", "facilitator", "settle_error" },
	/* Contract wallets */
	{ "invalid_exact_evm_payload_undeployed_smart_wallet", "signature",
	  "wallet_undeployed" },
	{ "eip6492_factory_not_allowed", "signature", "wallet_factory" },
	{ "smart_wallet_deployment_failed", "signature", "wallet_deployment" },
	/* Without a code */
	{ "Settlement failed", "facilitator", "settlement_failed" },
	{ "Payment required", "facilitator", "payment_not_read" },
};

static const struct row chain[] = {
	{ "Insufficient funds for gas * price + value", "local", "gas_funds" },
	{ "insufficient funds for gas * price + value: balance 0, tx cost 21000", "local",
	  "gas_funds" },
	{ "max fee per gas less than block base fee", "network", "fee_low" },
	{ "nonce too low", "network", "nonce_low" },
};

static const struct row contracts[] = {
	{ "AmountZero()", "local", "revert_amount_zero" },
	{ "UnsupportedAsset(address)", "collateral", "revert_unsupported_asset" },
	{ "EnforcedPause()", "network", "revert_enforced_pause" },
	{ "AaveNotConfigured()", "collateral", "revert_aave_not_configured" },
	{ "InsufficientAvailable()", "collateral", "revert_insufficient_available" },
	{ "NoWithdrawalRequested()", "collateral", "revert_no_withdrawal_requested" },
	{ "GracePeriodNotElapsed()", "collateral", "revert_grace_period_not_elapsed" },
	{ "TransferFailed()", "local", "revert_transfer_failed" },
	{ "StablecoinWithdrawShortfall(address,uint256,uint256)", "collateral",
	  "revert_stablecoin_withdraw_shortfall" },
	{ "UserScaledBalanceUnderflow(address,address,uint256,uint256)", "collateral",
	  "revert_user_scaled_balance_underflow" },
	{ "ReconciliationLoss(address,uint256,uint256)", "collateral",
	  "revert_reconciliation_loss" },
	{ "DirectTransferNotAllowed()", "local", "revert_direct_transfer_not_allowed" },
	{ "InvalidRecipient()", "local", "revert_invalid_recipient" },
	{ "CycleNotFound(bytes32)", "collateral", "revert_cycle_not_found" },
	{ "InvalidCycleStatus(bytes32,uint8)", "collateral", "revert_invalid_cycle_status" },
	{ "PaymentWindowElapsed(uint64)", "collateral", "revert_payment_window_elapsed" },
	{ "PaymentFinalityPending(uint64)", "collateral", "revert_payment_finality_pending" },
	{ "AlreadyPaid(bytes32,address)", "collateral", "revert_already_paid" },
	{ "AlreadyClaimed(bytes32,address)", "collateral", "revert_already_claimed" },
	{ "AlreadyDefaulted(bytes32,address)", "collateral", "revert_already_defaulted" },
	{ "InvalidProof()", "collateral", "revert_invalid_proof" },
	{ "ExactPaymentRequired(uint256,uint256)", "local", "revert_exact_payment_required" },
	{ "ClaimExceedsFundedLiquidity(uint256,uint256)", "collateral",
	  "revert_claim_exceeds_funded_liquidity" },
	{ "CycleDebtUnresolved(uint256,uint256)", "collateral", "revert_cycle_debt_unresolved" },
	{ "CycleUnderfunded(uint256,uint256)", "collateral", "revert_cycle_underfunded" },
	{ "CycleClaimsUnresolved(uint256,uint256)", "collateral",
	  "revert_cycle_claims_unresolved" },
	{ "NativeTransferFailed(address,uint256)", "local", "revert_native_transfer_failed" },
	{ "AccessManagedUnauthorized(address)", "local", "revert_access_managed_unauthorized" },
	{ "AccessManagedRequiredDelay(address,uint32)", "local",
	  "revert_access_managed_required_delay" },
	{ "ReentrancyGuardReentrantCall()", "local", "revert_reentrancy_guard_reentrant_call" },
	{ "ERC20InsufficientAllowance(address,uint256,uint256)", "collateral",
	  "revert_erc20_insufficient_allowance" },
	{ "ERC20InsufficientBalance(address,uint256,uint256)", "collateral",
	  "revert_erc20_insufficient_balance" },
	{ "Error(string)", "collateral", "revert_error" },
	{ "Panic(uint256)", "collateral", "revert_panic" },
	{ "SafeERC20FailedOperation(address)", "network", "revert_safe_erc20_failed_operation" },
	{ "InvalidSignature()", "signature", "revert_invalid_signature" },
	{ "PairingFailed()", "signature", "revert_pairing_failed" },
	{ "InvalidGuaranteeDomain()", "network", "revert_invalid_guarantee_domain" },
	{ "UnsupportedGuaranteeVersion(uint64)", "network",
	  "revert_unsupported_guarantee_version" },
	{ "MissingGuaranteeDecoder(uint64)", "network", "revert_missing_guarantee_decoder" },
	{ "TabNotYetOverdue", "collateral", "revert_tab_not_yet_overdue" },
	{ "TabExpired", "collateral", "revert_tab_expired" },
	{ "TabPreviouslyRemunerated", "collateral", "revert_tab_previously_remunerated" },
	{ "TabAlreadyPaid", "collateral", "revert_tab_already_paid" },
	{ "DoubleSpendingDetected", "collateral", "revert_double_spending_detected" },
	{ "InvalidAsset(address)", "collateral", "revert_invalid_asset" },
	{ "0xc3a07fef", "local", "revert_illegal_value" },
	{ "0xd92e233d", "local", "revert_zero_address" },
	{ "0xcd4e6167", "local", "revert_fee_too_high" },
	{ "0x769d11e4", "local", "revert_invalid_deadline" },
	{ "0xc4bdf16b", "collateral", "revert_cycle_already_committed" },
	{ "0x8dfc202b", "network", "revert_expected_pause" },
	{ "0xc89d39d9", "network", "revert_invalid_a_token" },
	{ "0xc55e5e33", "network", "revert_g2_add_failed" },
	{ "0x89083b91", "network", "revert_map_fp2_to_g2_failed" },
	{ "0x9996b315", "network", "revert_address_empty_code" },
	{ "0xd6bda275", "network", "revert_failed_call" },
	{ "0xec442f05", "local", "revert_erc20_invalid_receiver" },
	{ "0x94280d62", "local", "revert_erc20_invalid_spender" },
	{ "0xceb21e19", "collateral", "revert_payment_record_conflict" },
	{ "0x860263f8", "policy", "revert_validation_pending" },
	{ "0xf44670f9", "policy", "revert_validation_score_too_low" },
	{ "0x6098bbe0", "policy", "revert_untrusted_validation_registry" },
	{ "0xd7201f6e", "signature", "revert_validation_subject_hash_mismatch" },
	{ "0x95ce60ab", "signature", "revert_validation_request_hash_mismatch" },
	{ "0x105163d4", "network", "revert_validation_lookup_failed" },
	{ "0xabe8d799", "network", "revert_invalid_validation_chain_id" },
	{ "0x940e8e0e", "policy", "revert_invalid_min_validation_score" },
	{ "0x9e8eb320", "policy", "revert_validation_validator_mismatch" },
	{ "0xe474a924", "policy", "revert_validation_agent_mismatch" },
	{ "0x0604e144", "policy", "revert_validation_tag_mismatch" },
};

static const struct {
	const char *source;
	const struct row *rows;
	size_t count;
} pages[] = {
#define PAGE(name, array) { name, array, sizeof(array) / sizeof(array[0]) }
	PAGE("core", core), PAGE("facilitator", facilitator), PAGE("x402", x402),
	PAGE("chain", chain), PAGE("contract", contracts),
};
/* clang-format on */
#define PAGES (sizeof(pages) / sizeof(pages[0]))

static void is(const char *text, const char *cause, const char *code)
{
	struct fm_cause found;
	bool known = fm_cause_find(&found, fm_span_of(text));

	if (strcmp(found.code, code) != 0)
		fail_msg("\"%s\" is %s, not %s", text, found.code, code);
	assert_string_equal(found.cause, cause);
	assert_int_equal(known, strcmp(code, "unknown") != 0);
	assert_true(found.meaning[0] && found.remedy[0]);
	assert_true(strlen(found.meaning) < FM_CAUSE_TEXT - 1);
	assert_null(strchr(found.meaning, '{'));
	assert_null(strchr(found.remedy, '{'));
}

static void every_row_of_the_pages(void **state)
{
	(void)state;
	for (size_t page = 0; page < PAGES; page++)
		for (size_t i = 0; i < pages[page].count; i++) {
			const struct row *row = &pages[page].rows[i];
			struct fm_cause found;

			is(row->text, row->cause, row->code);
			assert_true(fm_cause_find(&found, fm_span_of(row->text)));
			assert_string_equal(found.source, pages[page].source);
		}
}

/* A row that no case above reaches is one the pages do not have. */
static void no_row_without_a_case(void **state)
{
	struct fm_cause row;
	size_t count = 0;

	(void)state;
	for (; fm_cause_at(&row, count); count++) {
		bool met = strcmp(row.code, "revert_without_reason") == 0;

		for (size_t page = 0; page < PAGES; page++)
			for (size_t i = 0; i < pages[page].count; i++)
				met |= !strcmp(pages[page].rows[i].code, row.code);
		if (!met)
			fail_msg("no case for %s", row.code);
	}
	assert_true(count > FM_REVERT_COUNT);
}

static void codes_are_unique_snake_case(void **state)
{
	struct fm_cause row, again;

	(void)state;
	for (size_t i = 0; fm_cause_at(&row, i); i++) {
		assert_int_equal(strspn(row.code,
					"abcdefghijklmnopqrstuvwxyz0123456789_"),
				 strlen(row.code));
		for (size_t j = i + 1; fm_cause_at(&again, j); j++)
			assert_string_not_equal(row.code, again.code);
		assert_true(fm_cause_by_code(&again, row.code));
		assert_memory_equal(&again, &row, sizeof(row));
		assert_true(strlen(row.remedy) < sizeof(((struct fm_err *)0)->hint) - 40);
	}
	assert_false(fm_cause_by_code(&row, "unknown"));
	assert_string_equal(row.code, "unknown");
}

static void causes_are_those_of_the_user_documents(void **state)
{
	static const char words[] =
		" network collateral policy seller signature request_id facilitator local ";
	struct fm_cause row;
	char padded[32];

	(void)state;
	for (size_t i = 0; fm_cause_at(&row, i); i++) {
		snprintf(padded, sizeof(padded), " %s ", row.cause);
		assert_non_null(strstr(words, padded));
	}
	for (int code = 0; code < FM_CODE_COUNT; code++) {
		fm_cause_of(&row, (enum fm_code)code);
		snprintf(padded, sizeof(padded), " %s ", row.cause);
		assert_non_null(strstr(words, padded));
		assert_true(row.remedy[0] && row.meaning[0]);
		assert_string_equal(row.code, fm_code_info((enum fm_code)code)->word);
	}
}

static void what_the_facilitator_passes_on(void **state)
{
	(void)state;
	is("core guarantee request failed (400 Bad Request): Not enough free collateral",
	   "collateral", "insufficient_collateral");
	is("core guarantee request failed (400 Bad Request): another guarantee with req_id 9 "
	   "already exists",
	   "request_id", "req_id_used");
	is("Core guarantee request failed (403 Forbidden): user suspended\n",
	   "collateral", "user_suspended");
	is("core guarantee request failed (502): core guarantee request failed (400 Bad "
	   "Request): Invalid signature",
	   "signature", "core_signature");
	is("core guarantee request failed (500 Internal Server Error): ", "facilitator",
	   "core_refused");
	is("core guarantee request failed (no end", "unknown", "unknown");
}

static void inside_other_words(void **state)
{
	(void)state;
	is("Payment verification failed: invalid_exact_evm_payload_signature.",
	   "signature", "invalid_signature");
	is("{\"error\":\"insufficient_funds\"}", "collateral", "insufficient_funds");
	is("settle: Not enough free collateral (0x12)", "collateral",
	   "insufficient_collateral");
	is("  NONCE TOO LOW\r\n", "network", "nonce_low");
	/* The longest text that is found is the one that was meant. */
	is("invalid_exact_evm_transaction_simulation_failed: 0x", "network",
	   "simulation_failed");
}

static void nothing_is_guessed(void **state)
{
	(void)state;
	is("", "unknown", "unknown");
	is("no", "unknown", "unknown");
	is("my_insufficient_funds_page", "unknown", "unknown");
	is("insufficient_fundsy", "unknown", "unknown");
	is("Payment required to read more", "unknown", "unknown");
	is("this Settlement cycle 1", "unknown", "unknown");
	is("invalid_exact_evm_ made up signature", "unknown", "unknown");
	is("0xdeadbeef", "unknown", "unknown");
	is("0x0000000000000000000000000000000000000000000000000000000000cbca5aa2",
	   "unknown", "unknown");
	is("AmountZeros()", "unknown", "unknown");
	is("InvalidSignature", "signature", "revert_invalid_signature");
}

static void reverts_by_selector_and_by_name(void **state)
{
	struct fm_cause found;

	(void)state;
	is("0xcbca5aa2", "local", "revert_amount_zero");
	is("0xee84f40b00000000000000000000000015d34aaf54267db7d7c367839aaf71a00a2c6a65",
	   "collateral", "revert_unsupported_asset");
	is("CycleUnderfunded(60000000, 100000000)", "collateral",
	   "revert_cycle_underfunded");
	assert_true(fm_cause_find(&found, fm_span_of("CycleUnderfunded")));
	assert_string_equal(found.meaning, "AMOUNT of AMOUNT is funded");
	assert_true(fm_cause_find(&found, fm_span_of("ERC20InsufficientAllowance")));
	assert_string_equal(found.meaning, "ADDRESS may take AMOUNT, AMOUNT is needed");
	assert_string_equal(found.remedy, "approve AMOUNT for ADDRESS");
	assert_true(fm_cause_find(&found, fm_span_of("PaymentWindowElapsed")));
	assert_string_equal(found.meaning, "the time to pay ended at TIME");
	assert_true(fm_cause_find(&found, fm_span_of("ZeroAddress()")));
	assert_string_equal(found.meaning, "the contract refused with ZeroAddress");
}

/* A seller's text may be long and made to be slow. */
static void long_texts(void **state)
{
	static char text[1u << 16];
	struct fm_cause found;

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, "is *", 4);
	assert_false(fm_cause_find(&found, (struct fm_span){ text, sizeof(text) }));
	memset(text, '0', sizeof(text));
	memcpy(text, "another guarantee with req_id ", 30);
	assert_false(fm_cause_find(&found, (struct fm_span){ text, sizeof(text) }));
}

static void errors_get_the_cause(void **state)
{
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	fm_fail(&err, FM_E_PAYMENT, "refused");
	assert_string_equal(fm_err_cause(FM_E_PAYMENT, &err), "seller");
	fm_hint(&err, "as it was");
	assert_int_equal(fm_err_because(&err, "whatever", "pay_1"), FM_E_PAYMENT);
	assert_string_equal(err.hint, "as it was");
	assert_string_equal(err.cause, "");
	assert_int_equal(fm_err_because(&err, "duplicate_settlement", NULL),
			 FM_E_PAYMENT);
	assert_string_equal(err.cause, "duplicate_settlement");
	assert_string_equal(err.hint, "run: fourmica reconcile ID; do not sign again");
	assert_string_equal(fm_err_cause(FM_E_PAYMENT, &err), "request_id");
	fm_err_because(&err, "duplicate_settlement", "pay_1");
	assert_string_equal(err.hint, "run: fourmica reconcile pay_1; do not sign again");
	fm_err_because(&err, "user not registered", "pay_1");
	assert_null(strstr(err.hint, "pay_1"));
	/* Words that do not explain the code. */
	fm_fail(&err, FM_E_PAID_HTTP, "paid");
	fm_err_because(&err, "internal server error", NULL);
	assert_string_equal(err.cause, "");
	fm_fail(&err, FM_E_NEW_TERMS, "terms");
	fm_err_because(&err, "Payment required", NULL);
	assert_string_equal(err.cause, "");
	fm_err_because(&err, "claim amount 1 does not match amount 2", NULL);
	assert_string_equal(err.cause, "claim_amount");
	fm_fail(&err, FM_E_PAYMENT, "another");
	assert_string_equal(err.cause, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_pages),
		cmocka_unit_test(no_row_without_a_case),
		cmocka_unit_test(codes_are_unique_snake_case),
		cmocka_unit_test(causes_are_those_of_the_user_documents),
		cmocka_unit_test(what_the_facilitator_passes_on),
		cmocka_unit_test(inside_other_words),
		cmocka_unit_test(nothing_is_guessed),
		cmocka_unit_test(reverts_by_selector_and_by_name),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(errors_get_the_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
