/* SPDX-License-Identifier: MIT */
/* Chapters of the help that belong to no command. */
#include "help.h"
#include "manual.h"

/* clang-format off */
const struct topic topics[] = {
	{ "start", "from nothing to a first paid request",
	  "On Base Sepolia nothing has a value, and it is the default network.\n"
	  "\n"
	  "Make a wallet, then look at what a page would cost and why it would be allowed or "
	  "not:\n"
	  "\n"
	  "  fourmica wallet new main\n"
	  "  fourmica quote https://api.example.com/report\n"
	  "\n"
	  "Pay for it. Without a policy file at most 0.10 USDC are paid for a request and 1 USDC "
	  "a day, on test networks only:\n"
	  "\n"
	  "  fourmica pay -o report.json https://api.example.com/report\n"
	  "\n"
	  "Every payment is in the ledger before anything is signed. Its receipt is a file that "
	  "can be checked later." },
	{ "amounts", "how amounts and times are written",
	  "An amount is a number and a unit: the symbol of a token, or \"base\" for the smallest "
	  "units of the token at hand.\n"
	  "\n"
	  "  0.05usdc   1eth   50000base\n"
	  "\n"
	  "A number without a unit, with more places than the token has, with a sign or an "
	  "exponent is an error: nothing is rounded and nothing is guessed.\n"
	  "\n"
	  "A length of time is a number and s, m, h or d; where curl takes seconds, a bare "
	  "number of seconds will do.\n"
	  "\n"
	  "  90s   15m   2h   1d" },
	{ "output", "what goes where, and the JSON form",
	  "Standard output carries the result and nothing else; notes, warnings, progress and "
	  "errors go to standard error. The format does not depend on whether a terminal is "
	  "there; at one, what is wider than it goes on below, there may be colour, and a line "
	  "that goes away again says what is waited for. In a pipe a row of a table is one "
	  "line.\n"
	  "\n"
	  "With --json there is exactly one document, whether the command succeeds or fails:\n"
	  "\n"
	  "  {\"schema\":\"fourmica.pay/1\",\"ok\":true,\"status\":\"paid\",\"exit\":0,\n"
	  "   \"data\":{...},\"error\":null,\"warnings\":[]}\n"
	  "\n"
	  "\"ok\" is true when \"exit\" is 0. \"data\" has the same members every time; what is "
	  "not known is null, and a list may be empty. The members of each command are in its "
	  "manual page. \"error\" has code, category, message, rule, hint, retryable, spent and "
	  "seller_reason, and cause_code: the word of fourmica explain, when the failure is a "
	  "known one; category is then its cause. \"spent\" is no, maybe or yes: whether value "
	  "has moved.\n"
	  "\n"
	  "With --jsonl each step is a line with seq, ts, event and text; the last line is the "
	  "document.\n"
	  "\n"
	  "Amounts are objects: amount (smallest units, a string), decimals, symbol, asset and "
	  "display. Large numbers are strings. Times are RFC 3339 in UTC." },
	{ "settings", "what wins: options, environment, files",
	  "An option wins over the environment, the environment over config.json, and that over "
	  "what is built in. Limits are different: the smallest one holds, so an option or a "
	  "variable can only tighten what the policy allows.\n"
	  "\n"
	  "config.json may hold these members, and a \"note\" anywhere:\n"
	  "\n"
	  "  { \"default\": { \"network\": \"base-sepolia\", \"wallet\": \"main\" },\n"
	  "    \"networks\": { \"base-sepolia\": { \"core\": \"https://...\",\n"
	  "                                    \"rpc\": [\"https://...\"],\n"
	  "                                    \"clearing_house\": \"0x...\" } },\n"
	  "    \"assets\": [ { \"network\": \"base-sepolia\", \"symbol\": \"USDT\",\n"
	  "                  \"address\": \"0x...\", \"decimals\": 6 } ],\n"
	  "    \"wallets\": { \"main\": { \"signer\": \"exec:/usr/local/bin/sign\" } } }\n"
	  "\n"
	  "A watched wallet with a \"signer\" is signed for by that program, see "
	  "fourmica-signer(5).\n"
	  "\n"
	  "A network that is not built in has a \"chain_id\" as well. \"fourmica config show\" tells "
	  "every setting in force and where it comes from, \"config set\" changes one of the file, "
	  "\"config check\" looks for mistakes.\n"
	  "\n"
	  "A member that is not known is an error with its line and column. Configuration and "
	  "policy are refused when others may write to them. fourmica-config(5) has every member, "
	  "its default and its rules." },
	{ "certificates", "what a certificate proves, and whose key is believed",
	  "When 4Mica Core accepts a guarantee it signs a certificate. A valid one proves that Core "
	  "accepted a guarantee with exactly these terms and locked collateral of the payer for "
	  "it. It proves neither delivery nor settlement, which is by clearing, nor the outcome of "
	  "a validation.\n"
	  "\n"
	  "A signature proves only who signed. Without --key, the key pinned here for the chain and "
	  "vault is believed; it was pinned when Core and the chain first said the same. Core alone "
	  "is not believed, and a receipt's own key is not either: without a pin the answer is 62.\n"
	  "\n"
	  "The check that failed is in error.rule, in the order in which they are made:\n"
	  "\n"
	  "  60  input missing hex length sig_point pubkey_point infinity subgroup\n"
	  "  62  untrusted_key\n"
	  "  60  pairing abi canonical version\n"
	  "  61  domain\n"
	  "  60  policy\n"
	  "  61  expectation\n"
	  "\n"
	  "fourmica-certificates(7) says more about each of them, about receipts years later, and "
	  "about batches." },
	{ "safety", "what holds whatever happens, and where protection ends",
	  "Nothing is signed before it is allowed, reserved and on disk; all processes together stay "
	  "inside the budget; a crash loses no money and no knowledge; what is sent again is the "
	  "same bytes; the exit status says whether value may have moved.\n"
	  "\n"
	  "When something is wrong:\n"
	  "\n"
	  "  fourmica stop            no process signs a payment any more\n"
	  "  fourmica status          what is signed and not settled\n"
	  "  fourmica audit verify    was the journal altered?\n"
	  "  fourmica reconcile       what became of payments in doubt\n"
	  "  fourmica explain TEXT    why a payment failed, and what to do\n"
	  "\n"
	  "fourmica-safety(7) has the promises, every known failure with its remedy, what to do when "
	  "a key may be known to others, and what the program cannot protect against." },
	{ "privacy", "who learns what of a payment",
	  "A seller sees the request, the wallet's address and what is signed; its facilitator sees "
	  "the signature and what it is for, and 4Mica Core learns of every guarantee. With credit the "
	  "chain shows deposits, withdrawals and the net of a cycle, and no single purchase; an "
	  "exact payment is a transfer everybody can see. The endpoint of the chain learns which "
	  "addresses are asked for.\n"
	  "\n"
	  "On this machine the journal has origin and path of what was paid, never the query, a body "
	  "or a header; ledger and receipts have the payment as it was sent, with what the seller "
	  "wrote into its terms:\n"
	  "\n"
	  "  fourmica audit show ID                    what was kept of a payment\n"
	  "  fourmica decode FILE                      what a receipt or a payment header tells\n"
	  "  fourmica doctor --bundle FILE --offline   what a report would tell\n"
	  "\n"
	  "fourmica-privacy(7) goes through everyone involved, and what is often got wrong." },
	{ "options", "the options every command takes", NULL },
	{ "environment", "variables that are looked at", NULL },
	{ "files", "where things are kept",
	  "FOURMICA_HOME puts all of them into one directory. Directories are made with mode "
	  "0700, files with 0600." },
	{ "exit-codes", "what the exit status says",
	  "A status below 40, or from 60 up, promises that no payment authority and no "
	  "transaction left this run. From 40 to 44 one left and the outcome is known. 50 and 51 "
	  "say that one left and the outcome is not known.\n"
	  "\n"
	  "10, 11, 14 and 70 may be tried again. Everything else needs a change first. After 50 "
	  "or 51 do not pay again: the amount stays reserved, and the same --idempotency-key "
	  "never signs twice." },
	{ NULL, NULL, NULL },
};

const struct manual manuals[] = {
	{ "config", 5, "every setting and every file" },
	{ "keystore", 5, "wallets, and the keys in them, byte for byte" },
	{ "policy", 5, "what policy.json can say" },
	{ "signer", 5, "keys that another process or program has" },
	{ "certificates", 7, "what a certificate proves and what it does not" },
	{ "cycles", 7, "clearing, from the guarantees to the last claim" },
	{ "privacy", 7, "who gets to know what" },
	{ "safety", 7, "the promises, and every failure with its remedy" },
	{ NULL, 0, NULL },
};
/* clang-format on */
