#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What `pay` believes: a certificate that was verified and says what was signed, and nothing else.

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

# Core's next certificate is spoiled, the facilitator hands it on, `pay` says RULE and why.
spoiled() { # SELLER FAULT ARG RULE WORDS
	local key=$1-$2$3
	ctl fault "{\"where\":\"core\",\"fault\":\"$2\",\"times\":1${3:+,\"arg\":\"$3\"}}" >/dev/null
	ctl fault '{"where":"facilitator","fault":"pass_unverified","times":1}' >/dev/null
	run2 "$FOURMICA" pay --json --idempotency-key "$key" "$(sb "sellers.$1")"
	clear_faults
	[ "$status" = 42 ] || { echo "$1 $2 $3: exit $status: $output $err"; return 1; }
	[ "$(json error.code)" = evidence_invalid ]
	[ "$(json error.spent)" = yes ]
	[ "$(json data.evidence)" = invalid ]
	[[ "$(json error.rule)" =~ ^($4)$ ]] || { echo "$1 $2 $3: $(json error.rule)"; return 1; }
	[[ "$(json error.message)" == *"$5"* ]] || { echo "$1 $2 $3: $(json error.message)"; return 1; }
	# The goods are the user's all the same, and so is the proof of what came.
	jq -e .paid <<<"$(json data.body)" >/dev/null
	[ "$(jq -r .evidence "$(json data.receipt_path)")" = invalid ]
	# Paid is paid: the same key never signs again, and says what it knows.
	run2 "$FOURMICA" pay --json --idempotency-key "$key" "$(sb "sellers.$1")"
	[ "$status" = 0 ]
	[ "$(json status)" = already_paid ]
	[ "$(json data.evidence)" = invalid ]
}

@test 'a good certificate is verified, under a key that Core and the chain agreed on' {
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
	[ "$(json data.evidence)" = verified ]
	[ "$(json warnings)" = '[]' ]
	# The cycle's text was found and kept, with the length that led to it.
	cycle=$(json data.certificate.cycle)
	[[ "$cycle" =~ ^0x[0-9a-f]{40}:[0-9]+$ ]]
	[ "$(ledger "SELECT cycle_hint FROM payment")" = "$cycle/86400" ]
	receipt=$(json data.receipt_path)
	jq -e --arg key "$(sb bls_public_key)" --arg vault "$(sb vault)" '
		.core.public_key == $key and .core.vault == $vault and .core.trust != "public-params" and
		.core.chain_id == 84532 and (.core.domain_v1 | test("^0x[0-9a-f]{64}$")) and
		.evidence == "verified"' "$receipt" >/dev/null
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2_validated)"
	[ "$status" = 0 ]
	[ "$(json data.evidence)" = verified ]
	[ "$(json data.certificate.version)" = 2 ]
}

@test 'the chain is asked with the first payment, about keys and collateral, and Core is asked once' {
	ctl reset >/dev/null
	for _ in 1 2 3; do
		run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
		[ "$status" = 0 ]
	done
	[ "$(ctl_get 'log?service=rpc' | jq '[.[] | select(.user_agent // "" | test("^fourmica"))] | length')" = 2 ]
	[ "$(ctl_get 'log?service=core&path=/core/public-params' |
		jq '[.[] | select(.user_agent // "" | test("^fourmica"))] | length')" = 1 ]
}

@test 'a signature that is not Core'\''s' {
	# One bit changed: half of all x have a point, and nearly none of those is in the group.
	spoiled credit_v1 bad_cert_sig '' 'sig_point|subgroup' signature
	spoiled credit_v1 bad_cert_point '' sig_point signature
	spoiled credit_v1 bad_cert_point flags sig_point signature
	spoiled credit_v1 wrong_key '' pairing key
	spoiled credit_v2 wrong_key '' pairing key
	spoiled credit_v1 no_hex '' hex hex
}

@test 'a certificate of other terms: the field and both values are named' {
	spoiled credit_v1 tampered_amount '' expectation 'amount is 10001, expected 10000'
	spoiled credit_v1 tampered_recipient '' expectation "$(sb accounts.bob.address)"
	spoiled credit_v1 tampered_asset '' expectation "$(sb usdc)"
	spoiled credit_v1 tampered_client '' expectation "$(sb accounts.ann.address)"
	spoiled credit_v1 tampered_reqid '' expectation req
	spoiled credit_v1 old_timestamp '' expectation timestamp
	spoiled credit_v2 tampered_amount '' expectation 'amount is 10001, expected 10000'
}

@test 'a certificate of another vault, version or generation' {
	spoiled credit_v1 wrong_domain '' domain domain
	spoiled credit_v1 wrong_version '' version 3
	spoiled credit_v1 wrong_version inner version 3
	spoiled credit_v1 ten_words '' version 'tab'
}

@test 'a certificate whose validation policy was changed' {
	spoiled credit_v2_validated tampered_policy '' policy hash
}

@test 'Core'\''s key changes: refused before anything is signed' {
	ctl fault '{"where":"core","fault":"key_switch","times":0}' >/dev/null
	before=$(guarantees_issued)
	# At first use: Core and the chain contradict each other.
	run2 "$FOURMICA" pay --json --idempotency-key first "$(sb sellers.credit_v1)"
	[ "$status" -lt 40 ] || [ "$status" -ge 60 ]
	[ "$status" != 0 ]
	[ "$(json error.spent)" = no ]
	[ "$(guarantees_issued)" = "$before" ]
	clear_faults
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
	# Later: the parameters are older than a day and Core says another key.
	ledger_write "UPDATE pin SET at = at - 90000000 WHERE kind = 'core'"
	ctl fault '{"where":"core","fault":"key_switch","times":0}' >/dev/null
	before=$(guarantees_issued)
	run2 "$FOURMICA" pay --json --idempotency-key later "$(sb sellers.credit_v1)"
	[ "$status" = 62 ]
	[ "$(json error.code)" = cert_unknown_key ]
	[ "$(json error.spent)" = no ]
	[[ "$(json error.hint)" == *'networks refresh'* ]]
	[ "$(guarantees_issued)" = "$before" ]
	clear_faults
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
}

@test 'no chain to ask: Core alone is not believed, and nothing is signed' {
	export FOURMICA_RPC_URL=http://127.0.0.1:9
	before=$(guarantees_issued)
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$status" = 62 ]
	[ "$(json error.spent)" = no ]
	[ "$(guarantees_issued)" = "$before" ]
	# Who is content with a receipt may pay; what Core says of itself is not called verified.
	run2 "$FOURMICA" pay --json --evidence receipt "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
	[ "$(json data.evidence)" = receipt_only ]
	jq -e '.warnings | join(" ") | test("no chain")' <<<"$output" >/dev/null
	[ "$(jq -r .core.trust "$(json data.receipt_path)")" = public-params ]
	# A wrong certificate is wrong under any rule.
	ctl fault '{"where":"core","fault":"wrong_key","times":1}' >/dev/null
	run2 "$FOURMICA" pay --json --evidence receipt "$(sb sellers.credit_v1)"
	[ "$status" = 42 ]
	[ "$(json error.code)" = evidence_invalid ]
}

@test 'a stripped certificate: missing, unless a receipt is enough' {
	hostile=$(sb sellers.hostile)
	run2 "$FOURMICA" pay --json "$hostile/bad_receipt_no_certificate"
	[ "$status" = 42 ]
	[ "$(json error.code)" = evidence_missing ]
	[ "$(json data.evidence)" = missing ]
	run2 "$FOURMICA" pay --json --evidence receipt "$hostile/bad_receipt_no_certificate"
	[ "$status" = 0 ]
	[ "$(json data.evidence)" = receipt_only ]
	run2 "$FOURMICA" pay --json --evidence receipt "$hostile/bad_receipt_other_payment"
	[ "$status" = 42 ]
	[ "$(json error.code)" = evidence_invalid ]
}
