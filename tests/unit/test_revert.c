/* SPDX-License-Identifier: MIT */
/* What contracts refuse with: the words for every row, what the context adds, and where nodes put
 * the bytes. Selectors are those of contracts.md, 5, not computed here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/revert.h"
#include "evm/rpc.h"

#include <stdlib.h>
#include <string.h>

#define WORD(digits) "000000000000000000000000000000000000000000000000000000000000" digits
#define ID "262124f6e9651efdf917933ff742b2df74502105b8b86023bd3d6c37ab9d0786"
#define WHO "000000000000000000000000036cbd53842c5426634e7929541ec2318f3dcf7e"
#define WHO_TEXT "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define TIME "000000000000000000000000000000000000000000000000000000006b914f82"
#define TIME_TEXT "2027-03-10T13:26:26Z"
#define ONE WORD("0001")
#define TWO WORD("0002")

static const struct fm_asset usdc = {
	.chain_id = 84532,
	.address = { { 0x03, 0x6c, 0xbd, 0x53, 0x84, 0x2c, 0x54, 0x26, 0x63, 0x4e,
		       0x79, 0x29, 0x54, 0x1e, 0xc2, 0x31, 0x8f, 0x3d, 0xcf, 0x7e } },
	.decimals = 6,
	.symbol = "USDC",
};

static void bytes_of(struct fm_buf *out, const char *hex)
{
	size_t len = strlen(hex) / 2;
	char *at;

	fm_buf_init(out, 4096);
	at = fm_buf_grow(out, len);
	assert_non_null(at);
	assert_true(fm_hex_read(at, len, fm_span_of(hex)));
}

static void says(const struct fm_revert_context *context, const char *hex,
		 enum fm_code code, const char *message, const char *hint)
{
	static const struct fm_revert_context none;
	struct fm_err err;
	struct fm_buf data;
	enum fm_code rc;

	bytes_of(&data, hex);
	fm_err_init(&err);
	rc = fm_revert_explain(&err, FM_E_REVERT, context ? context : &none,
			       fm_buf_span(&data));
	assert_string_equal(err.msg, message);
	assert_string_equal(err.hint, hint);
	assert_int_equal(rc, code);
	assert_int_equal(err.code, code);
	/* a selector of no row has no cause; all others have */
	if (strncmp(err.rule, "0x", 2) == 0)
		assert_string_equal(err.cause, "");
	else
		assert_int_equal(strncmp(err.cause, "revert_", 7), 0);
	/* a transaction that was mined has cost its gas, whatever the reason */
	fm_err_init(&err);
	rc = fm_revert_explain(&err, FM_E_REVERTED, context ? context : &none,
			       fm_buf_span(&data));
	assert_int_equal(rc, FM_E_REVERTED);
	assert_int_equal(err.code, FM_E_REVERTED);
	assert_string_equal(err.msg, message);
	fm_buf_clear(&data);
}

#define RAW "run it again with -v to see the raw data"

static const struct {
	const char *hex;
	enum fm_code code;
	const char *message, *hint;
} table[] = {
	/* clang-format off */
	{ "cbca5aa2", FM_E_REVERT, "amount is zero", "give an amount above zero" },
	{ "ee84f40b" WHO, FM_E_REVERT, "the vault does not take asset " WHO_TEXT,
	  "run: fourmica status, and use a listed asset" },
	{ "d93c0665", FM_E_REVERT, "the vault is paused; deposits and withdrawals are stopped",
	  "funds stay in the vault; try again later" },
	{ "3a76e42a", FM_E_REVERT, "the vault cannot take this token yet",
	  "deposit ETH or another listed token" },
	{ "5fe02f59", FM_E_REVERT, "asked for more than the vault holds for you",
	  "run: fourmica status" },
	{ "87bdc6a9", FM_E_REVERT, "there is no withdrawal request",
	  "run: fourmica withdraw request AMOUNT" },
	{ "7ce0bd8c", FM_E_NOT_YET, "the withdrawal is not unlocked yet", "run: fourmica status" },
	{ "90b8ec18", FM_E_REVERT, "your address refused the ETH",
	  "the wallet is a contract that cannot receive ETH" },
	{ "2584d244" WHO TWO ONE, FM_E_REVERT,
	  "the lending pool is short: 1 base units of 2 base units",
	  "try later or request a smaller amount" },
	{ "6e5ff878" WHO WHO ONE TWO, FM_E_REVERT,
	  "rounding: the last unit cannot be paid out yet",
	  "request one base unit less, or wait for interest" },
	{ "a571ee80" WHO ONE TWO, FM_E_REVERT,
	  "the vault's books for " WHO_TEXT " do not add up: 1 and 2",
	  "nothing was moved; contact the operator" },
	{ "3ee6509d", FM_E_REVERT, "the vault takes no plain transfers or unknown calls",
	  "check the vault address and the contract version" },
	{ "9c8d2cd2", FM_E_REVERT, "recipient is the zero address", "give a recipient" },
	{ "d2d96225" ID, FM_E_NOT_YET, "the cycle is not on chain yet: 0x" ID,
	  "wait for the commit; run: fourmica cycles show 0x" ID },
	{ "32da7ad9" ID TWO, FM_E_REVERT, "the cycle is closed", "nothing left to do" },
	{ "32da7ad9" ID WORD("0003"), FM_E_REVERT,
	  "the cycle has status 3, which does not allow this", "run: fourmica cycles show 0x" ID },
	{ "9d22e8d0" TIME, FM_E_REVERT, "the time to pay ended at " TIME_TEXT,
	  "the debt will be taken from collateral" },
	{ "a0984c82" TIME, FM_E_NOT_YET, "possible only after " TIME_TEXT,
	  "run it again after " TIME_TEXT },
	{ "9ea13e23" ID WHO, FM_E_REVERT, "this debit is already paid", "nothing to do" },
	{ "a8ca238e" ID WHO, FM_E_REVERT, "this credit is already claimed", "nothing to do" },
	{ "4eb779ae" ID WHO, FM_E_REVERT, "the debtor is already marked: " WHO_TEXT,
	  "nothing to do" },
	{ "09bde339", FM_E_REVERT,
	  "the proof does not match account, amount, asset, role or cycle",
	  "fetch the action again" },
	{ "a292b96d" TWO ONE, FM_E_REVERT, "the call must carry exactly 2 wei, not 1",
	  "a defect in the caller: value must equal the debit, 0 for tokens" },
	{ "26599961" ONE TWO, FM_E_NOT_YET, "1 base units of 2 base units has been paid in so far",
	  "wait for the debtors; run: fourmica cycles watch ID" },
	{ "689baf5f" ONE TWO, FM_E_REVERT, "1 base units of 2 base units debit is resolved",
	  "not closable yet" },
	{ "98dd9ea3" ONE TWO, FM_E_REVERT, "1 base units of 2 base units is funded",
	  "default cover is missing" },
	{ "a0e3a36c" ONE TWO, FM_E_REVERT, "1 base units of 2 base units is claimed",
	  "other creditors have not claimed" },
	{ "a5b05eec" WHO TWO, FM_E_REVERT, "your address refused the ETH: " WHO_TEXT ", 2 wei",
	  "the wallet is a contract that cannot receive ETH" },
	{ "068ca9d8" WHO, FM_E_REVERT, "this call is for the operator, not for " WHO_TEXT,
	  "not a user action" },
	{ "af77169d" WHO TWO, FM_E_REVERT,
	  "the call must be scheduled first: by " WHO_TEXT ", 2 s before",
	  "not a user action" },
	{ "3ee5aeb5", FM_E_REVERT, "re-entered", "a contract wallet called back" },
	{ "fb8f41b2" WHO ONE TWO, FM_E_REVERT,
	  WHO_TEXT " may take 1 base units, 2 base units is needed",
	  "approve 2 base units for " WHO_TEXT },
	{ "e450d38c" WHO ONE TWO, FM_E_REVERT,
	  "the wallet holds 1 base units, 2 base units is needed", "fund the wallet " WHO_TEXT },
	{ "4e487b71" WORD("0011"), FM_E_REVERT, "the token failed with panic 0x11",
	  "balance or allowance too small, in plain tokens" },
	{ "4e487b71" WORD("0001"), FM_E_REVERT, "the token failed with panic 0x1", RAW },
	{ "5274afe7" WHO, FM_E_REVERT,
	  "the token returned no success, or has no code: " WHO_TEXT, "check the token address" },
	{ "8baa579f", FM_E_CERT, "the certificate signature is wrong for the key on chain",
	  "keep the file; do not count it as paid evidence" },
	{ "4df45e2f", FM_E_CERT, "the signature is not a point of the curve",
	  "keep the file; do not count it as paid evidence" },
	{ "c34809af", FM_E_CERT_DIFF, "the certificate belongs to another vault or chain",
	  "check network and vault address" },
	{ "efe1c153" TWO, FM_E_REVERT, "certificate version 2 is not enabled",
	  "check network and versions" },
	{ "d8a97147" TWO, FM_E_REVERT, "no decoder for version 2", "check network and versions" },
	{ "0d544bb1", FM_E_REVERT, "old tab model: TabNotYetOverdue", "" },
	{ "70d932af", FM_E_REVERT, "old tab model: TabExpired", "" },
	{ "77f5e8ba", FM_E_REVERT, "old tab model: TabPreviouslyRemunerated", "" },
	{ "770a20b3", FM_E_REVERT, "old tab model: TabAlreadyPaid", "" },
	{ "8d5e4a7f", FM_E_REVERT, "old tab model: DoubleSpendingDetected", "" },
	{ "6f79c78a" WHO, FM_E_REVERT, "old tab model: InvalidAsset(" WHO_TEXT ")", "" },
	{ "c3a07fef", FM_E_REVERT, "the contract refused with IllegalValue", RAW },
	{ "d92e233d", FM_E_REVERT, "the contract refused with ZeroAddress", RAW },
	{ "cd4e6167", FM_E_REVERT, "the contract refused with FeeTooHigh", RAW },
	{ "769d11e4", FM_E_REVERT, "the contract refused with InvalidDeadline", RAW },
	{ "c4bdf16b" ID, FM_E_REVERT,
	  "the contract refused with CycleAlreadyCommitted(0x" ID ")", RAW },
	{ "8dfc202b", FM_E_REVERT, "the contract refused with ExpectedPause", RAW },
	{ "c89d39d9" WHO WHO, FM_E_REVERT,
	  "the contract refused with InvalidAToken(" WHO_TEXT ", " WHO_TEXT ")", RAW },
	{ "c55e5e33", FM_E_REVERT, "the contract refused with G2AddFailed", RAW },
	{ "89083b91", FM_E_REVERT, "the contract refused with MapFp2ToG2Failed", RAW },
	{ "9996b315" WHO, FM_E_REVERT,
	  "the contract refused with AddressEmptyCode(" WHO_TEXT ")", RAW },
	{ "d6bda275", FM_E_REVERT, "the contract refused with FailedCall", RAW },
	{ "ec442f05" WHO, FM_E_REVERT,
	  "the contract refused with ERC20InvalidReceiver(" WHO_TEXT ")", RAW },
	{ "94280d62" WHO, FM_E_REVERT,
	  "the contract refused with ERC20InvalidSpender(" WHO_TEXT ")", RAW },
	{ "ceb21e19" ID, FM_E_REVERT,
	  "the contract refused with PaymentRecordConflict(0x" ID ")", RAW },
	{ "860263f8" ID, FM_E_REVERT, "the contract refused with ValidationPending(0x" ID ")", RAW },
	{ "f44670f9" ONE TWO, FM_E_REVERT,
	  "the contract refused with ValidationScoreTooLow(1, 2)", RAW },
	{ "6098bbe0" WHO, FM_E_REVERT,
	  "the contract refused with UntrustedValidationRegistry(" WHO_TEXT ")", RAW },
	{ "d7201f6e" ID ID, FM_E_REVERT,
	  "the contract refused with ValidationSubjectHashMismatch(0x" ID ", 0x" ID ")", RAW },
	{ "95ce60ab" ID ID, FM_E_REVERT,
	  "the contract refused with ValidationRequestHashMismatch(0x" ID ", 0x" ID ")", RAW },
	{ "105163d4" WHO ID, FM_E_REVERT,
	  "the contract refused with ValidationLookupFailed(" WHO_TEXT ", 0x" ID ")", RAW },
	{ "abe8d799" ONE TWO, FM_E_REVERT,
	  "the contract refused with InvalidValidationChainId(1, 2)", RAW },
	{ "940e8e0e" ONE, FM_E_REVERT,
	  "the contract refused with InvalidMinValidationScore(1)", RAW },
	{ "9e8eb320" WHO WHO, FM_E_REVERT,
	  "the contract refused with ValidationValidatorMismatch(" WHO_TEXT ", " WHO_TEXT ")", RAW },
	{ "e474a924" ONE TWO, FM_E_REVERT,
	  "the contract refused with ValidationAgentMismatch(1, 2)", RAW },
	{ "0604e144" ID ID, FM_E_REVERT,
	  "the contract refused with ValidationTagMismatch(0x" ID ", 0x" ID ")", RAW },
	{ "", FM_E_REVERT, "the contract refused without a reason",
	  "wrong address or version, value on a call that takes none, or a certificate that "
	  "cannot be decoded" },
	{ "12345678" ONE, FM_E_REVERT, "the contract refused with 0x12345678", RAW },
	{ "1234", FM_E_REVERT, "the contract refused with 0x1234", RAW },
	/* known errors with other values than they have */
	{ "cbca5aa2" ONE, FM_E_REVERT, "the contract refused with 0xcbca5aa2", RAW },
	{ "ee84f40b", FM_E_REVERT, "the contract refused with 0xee84f40b", RAW },
	{ "ee84f40b" ID, FM_E_REVERT, "the contract refused with 0xee84f40b", RAW },
	{ "4e487b7100", FM_E_REVERT, "the contract refused with 0x4e487b71", RAW },
	/* clang-format on */
};

static void test_every_row(void **state)
{
	bool seen[FM_REVERT_COUNT] = { false };
	struct fm_abi_value values[FM_REVERT_VALUES];
	struct fm_buf data;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		says(NULL, table[i].hex, table[i].code, table[i].message, table[i].hint);
		bytes_of(&data, table[i].hex);
		seen[fm_revert_read(values, &count, fm_buf_span(&data))] = true;
		fm_buf_clear(&data);
	}
	seen[FM_REVERT_ERROR] = true; /* below */
	for (size_t i = 0; i < FM_REVERT_COUNT; i++)
		if (!seen[i])
			fail_msg("%s is not tested", fm_revert_name((enum fm_revert)i));
}

#define TEXT "08c379a0" WORD("0020")

static void test_text_of_a_token(void **state)
{
	static const struct fm_revert_context deposit = { .fn = FM_FN_DEPOSIT_TOKEN };

	(void)state;
	/* "ERC20: transfer amount exceeds allowance" */
	says(NULL,
	     TEXT WORD(
		     "0028") "45524332303a207472616e7366657220616d6f756e7420657863656564"
			     "7320616c6c6f77616e6365000000000000000000000000000000000000"
			     "000000000000",
	     FM_E_REVERT, "the token refused: ERC20: transfer amount exceeds allowance",
	     "approve the amount first");
	/* not padded; a terminal's escape inside */
	says(&deposit, TEXT WORD("000d") "616c6c6f77616e63651b5b316d", FM_E_REVERT,
	     "the token refused: allowance\\x1b[1m", "approve the amount for the vault");
	says(NULL, TEXT WORD("0007") "62616c616e6365", FM_E_REVERT,
	     "the token refused: balance", "fund the wallet");
	says(NULL, TEXT WORD("0001") "78", FM_E_REVERT, "the token refused: x", RAW);
	/* longer than there are bytes; another offset */
	says(NULL, TEXT WORD("0002") "78", FM_E_REVERT,
	     "the contract refused with 0x08c379a0", RAW);
	says(NULL, "08c379a0" WORD("0040") WORD("0001") "78", FM_E_REVERT,
	     "the contract refused with 0x08c379a0", RAW);
}

/* A vault that got less than was sent lacks the rest; its address is not one to send money to. */
static void test_token_that_keeps_a_part(void **state)
{
	static const char data[] = "e450d38c" WHO ONE TWO;
	struct fm_addr payer = { { 1 } };
	struct fm_revert_context context = { .payer = &payer };

	(void)state;
	says(&context, data, FM_E_REVERT,
	     "the token keeps a part of what is sent: 1 base units of 2 base units would "
	     "arrive",
	     "use another asset; fund nobody for this");
	assert_true(fm_addr_parse(&payer, NULL, fm_span_of(WHO_TEXT)));
	says(&context, data, FM_E_REVERT,
	     "the wallet holds 1 base units, 2 base units is needed",
	     "fund the wallet " WHO_TEXT);
}

static void test_context(void **state)
{
	struct fm_u256 asked = fm_u256_from_u64(2500000),
		       available = fm_u256_from_u64(1500000);
	struct fm_revert_context c = { .asset = &usdc,
				       .asked = &asked,
				       .available = &available,
				       .unlock_s = 1782122400,
				       .now_s = 1782122400 - 90061,
				       .cycle = "usdc:1777248000",
				       .different = "amount" };

	(void)state;
	says(&c, "5fe02f59", FM_E_REVERT,
	     "asked for 2.5 USDC, the vault holds 1.5 USDC for you",
	     "request at most 1.5 USDC");
	says(&c, "7ce0bd8c", FM_E_NOT_YET,
	     "the withdrawal unlocks at 2026-06-22T10:00:00Z, 1 d 1 h from now",
	     "run: fourmica withdraw finalize after 2026-06-22T10:00:00Z");
	c.now_s = c.unlock_s - 3660;
	says(&c, "7ce0bd8c", FM_E_NOT_YET,
	     "the withdrawal unlocks at 2026-06-22T10:00:00Z, 1 h 1 min from now",
	     "run: fourmica withdraw finalize after 2026-06-22T10:00:00Z");
	c.now_s = c.unlock_s - 61;
	says(&c, "7ce0bd8c", FM_E_NOT_YET,
	     "the withdrawal unlocks at 2026-06-22T10:00:00Z, 1 min 1 s from now",
	     "run: fourmica withdraw finalize after 2026-06-22T10:00:00Z");
	c.now_s = c.unlock_s + 5;
	says(&c, "7ce0bd8c", FM_E_NOT_YET,
	     "the withdrawal unlocks at 2026-06-22T10:00:00Z, 0 s from now",
	     "run: fourmica withdraw finalize after 2026-06-22T10:00:00Z");
	says(&c, "3a76e42a", FM_E_REVERT, "the vault cannot take USDC yet",
	     "deposit ETH or another listed token");
	says(&c, "87bdc6a9", FM_E_REVERT, "there is no withdrawal request for USDC",
	     "run: fourmica withdraw request AMOUNT");
	says(&c, "ee84f40b" WHO, FM_E_REVERT, "the vault does not take asset USDC",
	     "run: fourmica status, and use a listed asset");
	says(&c, "09bde339", FM_E_REVERT,
	     "the proof does not match account, amount, asset, role or cycle",
	     "amount is different; fetch the action again");
	says(&c, "26599961" WORD("4240") WORD("8480"), FM_E_NOT_YET,
	     "0.01696 USDC of 0.03392 USDC has been paid in so far",
	     "wait for the debtors; run: fourmica cycles watch usdc:1777248000");
	says(&c, "d2d96225" ID, FM_E_NOT_YET, "the cycle is not on chain yet: 0x" ID,
	     "wait for the commit; run: fourmica cycles show usdc:1777248000");
	c.fn = FM_FN_PAY_DEBIT;
	says(&c, "fb8f41b2" WHO ONE TWO, FM_E_REVERT,
	     WHO_TEXT " may take 0.000001 USDC, 0.000002 USDC is needed",
	     "approve 0.000002 USDC for the clearing house");
	says(&c, "32da7ad9" ID WORD("0003"), FM_E_REVERT,
	     "the cycle is in default; payments are closed",
	     "the debt is taken from collateral");
	says(&c, "32da7ad9" ID TWO, FM_E_REVERT, "the cycle is closed",
	     "nothing left to do");
	c.fn = FM_FN_MARK_DEFAULTED;
	says(&c, "32da7ad9" ID WORD("0003"), FM_E_REVERT,
	     "a default was already recorded for this cycle", "only one can be recorded");
	c.fn = FM_FN_CLAIM_CREDIT;
	says(&c, "32da7ad9" ID WORD("0000"), FM_E_REVERT,
	     "the cycle has status 0, which does not allow this",
	     "run: fourmica cycles show usdc:1777248000");
}

/** A time no calendar here has is still a number. */
static void test_far_time(void **state)
{
	(void)state;
	says(NULL, "9d22e8d0" WORD("0000"), FM_E_REVERT,
	     "the time to pay ended at 1970-01-01T00:00:00Z",
	     "the debt will be taken from collateral");
	says(NULL,
	     "9d22e8d0000000000000000000000000000000000000000000000000ffffffffffffffff",
	     FM_E_REVERT, "the time to pay ended at second 18446744073709551615",
	     "the debt will be taken from collateral");
}

static void test_rule(void **state)
{
	static const struct fm_revert_context none;
	struct fm_err err;
	struct fm_buf data;

	(void)state;
	bytes_of(&data, "9ea13e23" ID WHO);
	fm_err_init(&err);
	fm_revert_explain(&err, FM_E_REVERT, &none, fm_buf_span(&data));
	assert_string_equal(err.rule, "AlreadyPaid");
	fm_revert_explain(&err, FM_E_REVERT, &none,
			  (struct fm_span){ "\xab\x00\x00\x01", 4 });
	assert_string_equal(err.rule, "0xab000001");
	fm_revert_explain(NULL, FM_E_REVERT, &none, fm_buf_span(&data));
	fm_buf_clear(&data);
}

/* ---- where the bytes are ---- */

static void test_of_error(void **state)
{
	static const struct {
		const char *error, *hex; /* NULL: none there */
	} cases[] = {
	/* clang-format off */
		{ "{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0xcbca5aa2\"}", "cbca5aa2" },
		{ "{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x\"}", "" },
		{ "{\"code\":-32015,\"message\":\"VM execution error.\",\"data\":\"Reverted 0xcbca5aa2\"}",
		  "cbca5aa2" },
		{ "{\"code\":-32603,\"data\":{\"message\":\"x\",\"data\":\"0xCBCA5AA2\"}}", "cbca5aa2" },
		{ "{\"data\":{\"originalError\":{\"code\":3,\"data\":\"0xcbca5aa2\"}}}", "cbca5aa2" },
		{ "{\"data\":{\"data\":{\"data\":\"0xcbca5aa2\"}}}", "cbca5aa2" },
		{ "{\"data\":{\"hash\":\"0x" ID "\",\"result\":\"0xcbca5aa2\"}}", "cbca5aa2" },
		{ "{\"data\":{\"0x" ID "\":{\"error\":\"revert\",\"return\":\"0xcbca5aa2\"},\"stack\":\"x\"}}",
		  "cbca5aa2" },
		{ "{\"message\":\"Reverted 0xcbca5aa2\"}", "cbca5aa2" },
		{ "{\"message\":\"execution reverted at " WHO_TEXT ": 0xefe1c153" TWO " .\"}",
		  "efe1c153" TWO },
		{ "{\"message\":\"nonce too low for 0xcbca5aa2\"}", NULL },
		{ "{\"message\":\"execution reverted\"}", NULL },
		{ "{\"message\":\"execution reverted by " WHO_TEXT "\"}", NULL },
		{ "{\"data\":\"0xcbca5aa\"}", NULL },
		{ "{\"data\":\"0xcbca5aag\"}", NULL },
		{ "{\"data\":\"cbca5aa2\"}", NULL },
		{ "{\"data\":\"0xcbca5aa2\\u0000\\u0000\"}", NULL },
		{ "{\"data\":7}", NULL },
		{ "{\"data\":[\"0xcbca5aa2\"]}", NULL },
		{ "{\"data\":{\"txHash\":\"0x" ID "\"}}", NULL },
		{ "{\"data\":{\"data\":{\"data\":{\"data\":{\"data\":{\"data\":\"0xcbca5aa2\"}}}}}}", NULL },
		{ "{}", NULL },
	/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_json *doc = NULL;
		struct fm_buf got, want;
		bool found;

		fm_buf_init(&got, 4096);
		assert_int_equal(fm_json_parse(&doc, fm_span_of(cases[i].error), false,
					       NULL),
				 FM_OK);
		found = fm_revert_of_error(&got, doc);
		if (found != (cases[i].hex != NULL))
			fail_msg("%s: %s", cases[i].error, found ? "found" : "not found");
		assert_true(fm_buf_ok(&got));
		if (cases[i].hex) {
			bytes_of(&want, cases[i].hex);
			assert_int_equal(got.len, want.len);
			assert_memory_equal(got.ptr, want.ptr, want.len);
			fm_buf_clear(&want);
		} else {
			assert_int_equal(got.len, 0);
		}
		fm_buf_clear(&got);
		fm_json_free(&doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_text_of_a_token),
		cmocka_unit_test(test_token_that_keeps_a_part),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_far_time),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_of_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
