#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Payments that fail in the sandbox: the error names cause and remedy, and `explain` does so later.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

# `explain` of payment KEY says CAUSE and CODE, and what the ledger knows.
explained() { # KEY CAUSE CODE STATE
	run2 "$FOURMICA" explain "$1" --json
	[ "$status" = 0 ]
	[ "$(json data.kind)" = payment ]
	[ "$(json data.cause) $(json data.code)" = "$2 $3" ] || { echo "$output"; return 1; }
	[ "$(json data.payment.state)" = "$4" ]
	[ "$(json data.payment.idempotency_key)" = "$1" ]
	# The same by its id.
	id=$(json data.payment.id)
	run2 "$FOURMICA" explain "$id" --json
	[ "$(json data.cause) $(json data.code)" = "$2 $3" ]
}

@test "Core's refusal for want of collateral: cause, code and remedy, now and later" {
	run2 "$FOURMICA" wallet new poor --no-passphrase --json
	ctl fund "{\"address\":\"$(json data.address)\",\"credit\":\"1\"}" >/dev/null
	run2 "$FOURMICA" pay --json --wallet poor --evidence receipt --idempotency-key poor "$(sb sellers.credit_v2)"
	[ "$status" = 40 ]
	[ "$(json error.category)" = collateral ]
	[ "$(json error.cause_code)" = insufficient_collateral ]
	[[ "$(json error.hint)" == *"fourmica deposit"*"stays reserved"* ]]
	explained poor collateral insufficient_collateral refused
	# The same key again: nothing is sent, and the reason is still told.
	run2 "$FOURMICA" pay --json --wallet poor --evidence receipt --idempotency-key poor "$(sb sellers.credit_v2)"
	[ "$status" = 40 ]
	[ "$(json error.category) $(json error.cause_code)" = 'collateral insufficient_collateral' ]
	[[ "$(json error.seller_reason)" == *"free collateral"* ]]
	run2 "$FOURMICA" explain poor
	[[ "$output" == *"State:"*refused* ]]
	[[ "$output" == *"Cause:"*collateral* ]]
}

@test "a clock that is ahead of Core's is our own side" {
	ctl fault '{"where":"core","fault":"clock_skew","arg":-3600,"times":0}' >/dev/null
	run2 "$FOURMICA" pay --json --idempotency-key early "$(sb sellers.credit_v2)"
	clear_faults
	[ "$status" = 40 ]
	[ "$(json error.category)" = local ]
	[ "$(json error.cause_code)" = timestamp_ahead ]
	explained early local timestamp_ahead refused
}

@test "in doubt: what Core said through the facilitator" {
	# At the end of a cycle nothing is sent again: then once more, in the next one.
	for key in real again; do
		ctl fault '{"where":"facilitator","fault":"settle_real_shape","times":1}' >/dev/null
		run2 "$FOURMICA" pay --json --idempotency-key "$key" "$(sb sellers.credit_v2)"
		clear_faults
		[ "$status" = 50 ]
		[ "$(json data.retries)" = 0 ] || break
	done
	# Sent again within its time; Core says that the first sending went through.
	[ "$(json error.category)" = request_id ]
	[ "$(json error.cause_code)" = req_id_used ]
	[[ "$(json error.hint)" == *"ask the seller for the goods"* ]]
	explained "$key" request_id req_id_used in_doubt
	[[ "$(json data.remedy)" == *"fourmica reconcile $id"* ]]
}

@test "paid, and words that nobody knows" {
	run2 "$FOURMICA" pay --json --idempotency-key good "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
	explained good local ok paid
	run2 "$FOURMICA" pay --json -m 5 --idempotency-key odd "$(sb sellers.hostile)/rejected?words=%1b%5b31mgo%20away"
	[ "$status" = 40 ]
	[ "$(json error.category)" = seller ]
	[ "$(jq .error.cause_code <<<"$output")" = null ]
	[[ "$(json error.hint)" == *"stays reserved"* ]]
	explained odd seller payment_failed refused
	run2 "$FOURMICA" explain odd
	[[ "$output$err" != *$'\e'* ]]
	[[ "$output" == *'\x1b[31mgo away'* ]]
}

@test "for people: the cause stands between the seller's words and the hint" {
	run2 "$FOURMICA" pay -m 5 "$(sb sellers.hostile)/rejected?words=nonce_already_used"
	run2 "$FOURMICA" pay -m 5 "$(sb sellers.hostile)/rejected?words=duplicate_settlement"
	[ "$status" = 40 ]
	[[ "$err" == *"cause: request_id (duplicate_settlement)"*"hint: run: fourmica reconcile pay_"* ]]
}

@test "words that do not explain the end: other terms, goods that were paid for" {
	run2 "$FOURMICA" pay --json -m 5 "$(sb sellers.hostile)/price_change"
	[ "$status" = 40 ]
	[ "$(json error.code)" = new_terms ]
	[ "$(jq .error.cause_code <<<"$output")" = null ]
	[[ "$(json error.hint)" == *"fourmica quote"* ]]
	run2 "$FOURMICA" pay --json -m 5 "$(sb sellers.hostile)/paid_not_served"
	[ "$status" = 41 ]
	[ "$(jq .error.cause_code <<<"$output")" = null ]
	[[ "$(json error.hint)" == *"it was paid"* ]]
}

@test "every row of the failure table: a seller's refusal with its words is that row" {
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"all","amount":"100usdc","window":"1d"}]}'
	"$FOURMICA" explain --list --json >"$BATS_TEST_TMPDIR/list"
	count=0
	while IFS=$'\t' read -r code cause words; do
		run2 "$FOURMICA" pay --json -m 5 "$(sb sellers.hostile)/rejected?words=$words"
		{ [ "$status" = 40 ] && [ "$(json error.cause_code) $(json error.category)" = "$code $cause" ]; } ||
			{ echo "$words: exit $status, $output"; return 1; }
		[ "$(json error.hint)" != null ]
		count=$((count + 1))
	done < <(jq -r '.data.rows[] | select(.source | IN("core", "facilitator", "x402", "chain")) |
		[.code, .cause, (.text | split("|")[0] | ltrimstr("=") | gsub("[*]"; "17") | @uri)] | @tsv' \
		"$BATS_TEST_TMPDIR/list")
	[ "$count" -gt 115 ]
}
