/* SPDX-License-Identifier: MIT */
/* This program's own codes as causes: the facts of FM_CODES, and what to do about each. */
#include <fourmica/cause.h>

#include <stdio.h>

#define RECONCILE "run: fourmica reconcile ID; do not sign again"
#define BUDGET \
	"run: fourmica quote URL, which names the rule; then change the policy or wait"
#define ASK_ANOTHER \
	"take another offer or seller: fourmica quote URL says why each was refused"

/* The codes of a switch: a new one without a remedy does not compile without a warning. */
static const char *remedy_of(enum fm_code code)
{
	switch (code) {
	case FM_OK:
		return "nothing";
	case FM_E_INTERNAL:
		return "report it with: fourmica doctor --bundle FILE";
	case FM_E_NOMEM:
		return "free memory, then run it again";
	case FM_E_USAGE:
		return "run the command with --help";
	case FM_E_CONFIG:
		return "run: fourmica config check";
	case FM_E_LOCKED:
		return "give the right passphrase: --passphrase-file or --passphrase-fd";
	case FM_E_INPUT:
		return "give the option the message names, or run it at a terminal";
	case FM_E_DECLINED:
		return "run it again and answer yes, or leave it";
	case FM_E_NETWORK:
	case FM_E_TIMEOUT:
		return "run it again; a few times at most, waiting longer each time";
	case FM_E_TERMS:
	case FM_E_MALFORMED:
	case FM_E_TOO_LARGE:
		return "look at the answer: curl -si URL | fourmica decode -";
	case FM_E_CHAIN:
		return "run: fourmica doctor, which compares the endpoints";
	case FM_E_CORE:
		return "run it again later; fourmica doctor tells whether Core is well";
	case FM_E_REVERT:
		return "change what the message names; nothing was sent";
	case FM_E_HTTP:
	case FM_E_NOT_X402:
		return "look at the answer: curl -si URL; nothing was paid";
	case FM_E_APPROVAL:
		return "have a person approve what the message names";
	case FM_E_OVER_LIMIT:
	case FM_E_BUDGET:
	case FM_E_ASSET:
		return BUDGET;
	case FM_E_BLOCKED:
		return "take the seller off the policy's list, or pay another";
	case FM_E_SELLER:
		return "ask the seller over another channel which address is theirs";
	case FM_E_UNSUPPORTED:
	case FM_E_VERSION:
	case FM_E_NO_OPTION:
		return ASK_ANOTHER;
	case FM_E_COLLATERAL:
		return "run: fourmica deposit AMOUNT";
	case FM_E_STOPPED:
		return "find out who stopped and why before lifting it";
	case FM_E_QUOTE:
		return "run: fourmica quote URL, and decide anew";
	case FM_E_NOT_YET:
		return "run it again at the time the message names";
	case FM_E_PAYMENT:
	case FM_E_STALE:
	case FM_E_ALLOWANCE:
		return "ask the seller with the payment's id; the amount stays reserved";
	case FM_E_REFUSED_COLLATERAL:
		return "run: fourmica deposit AMOUNT; the amount stays reserved";
	case FM_E_NEW_TERMS:
		return "look at the new terms: fourmica quote URL";
	case FM_E_PAID_HTTP:
	case FM_E_PAID_WRITE:
		return "ask the seller for the goods with the receipt; do not pay again";
	case FM_E_EVIDENCE:
	case FM_E_BAD_EVIDENCE:
		return "keep the receipt file, and ask the seller for the certificate";
	case FM_E_REVERTED:
		return "change what the message names; only the gas was spent";
	case FM_E_IN_DOUBT:
		return RECONCILE;
	case FM_E_TX_PENDING:
		return "run: fourmica reconcile";
	case FM_E_CERT:
	case FM_E_CERT_DIFF:
		return "do not count it as paid; ask who gave it to you";
	case FM_E_CERT_KEY:
		return "run: fourmica networks refresh, or name the key with --key";
	case FM_E_AUDIT:
	case FM_E_LEDGER:
		return "stop paying with this ledger; restore the newest copy that verifies";
	case FM_E_SURPLUS:
	case FM_E_MISSING:
	case FM_E_DIFFERS:
		return "compare the statement with the ledger, and ask the operator of 4Mica Core";
	case FM_E_BUSY:
		return "run it again: another process had the ledger";
	case FM_E_IO:
		return "see that the disk has room and the files may be written";
	case FM_E_INTERRUPTED:
	case FM_E_TERMINATED:
		return "run it again: nothing was signed";
	case FM_CODE_COUNT:
		break;
	}
	return "";
}

void fm_cause_of(struct fm_cause *out, enum fm_code code)
{
	const struct fm_code_info *info = fm_code_info(code);

	*out = (struct fm_cause){ .cause = info->category,
				  .source = "fourmica",
				  .text = info->word };
	snprintf(out->code, sizeof(out->code), "%s", info->word);
	snprintf(out->meaning, sizeof(out->meaning), "%s", info->text);
	snprintf(out->remedy, sizeof(out->remedy), "%s", remedy_of(code));
}
