#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `sign`: a payment with curl, guarantee claims, other people's data.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	ANN=$(sb accounts.ann.address)
}

claims() { # req_id amount
	jq -nc --arg user "$ANN" --arg to "$(sb accounts.bob.address)" --arg asset "$(sb usdc)" \
		--arg id "$1" --arg amount "${2:-10000}" '{version: "v1", user_address: $user,
		recipient_address: $to, req_id: $id, amount: $amount, asset_address: $asset, timestamp: 1782122400}'
}

sign_claims() { # further options; claims on standard input
	run2 "$FOURMICA" sign --claims - --eip712-name 4mica --eip712-version 1 --chain-id 84532 --json "$@"
}

@test 'curl, sign --challenge, curl is a payment' {
	url=$(sb sellers.credit_v2)
	curl -si "$url" >"$BATS_TEST_TMPDIR/c"
	header=$("$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/c" --url "$url")
	[[ "$header" == PAYMENT-SIGNATURE:\ * ]]
	run curl -sf -H "$header" "$url"
	[ "$status" = 0 ]
	jq -e .paid <<<"$output"
	[ "$(ledger 'SELECT state FROM payment')" = "$SIGNED" ]
}

@test 'over the cap: 31, and nothing printed' {
	url=$(sb sellers.credit_v2)
	curl -si "$url" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/c" --url "$url" --max-amount 0.009usdc
	[ "$status" = 31 ]
	[ -z "$output" ]
	[ "$(ledger 'SELECT count(*) FROM payment' 2>/dev/null || echo 0)" = 0 ]
}

@test '--format json prints what is in the header; the key is never signed for twice' {
	url=$(sb sellers.credit_v1)
	curl -si "$url" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/c" --url "$url" --format json --idempotency-key k
	[ "$status" = 0 ]
	jq -e '.x402Version == 1 and .payload.claims.version == "v1"' <<<"$output"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/c" --url "$url" --format json --idempotency-key k
	[ "$status" = 50 ]
	[ -z "$output" ]
}

@test 'a header that cannot be written is 43, not "nothing left"' {
	url=$(sb sellers.credit_v2)
	curl -si "$url" >"$BATS_TEST_TMPDIR/c"
	for form in '' --json; do
		status=0
		"$FOURMICA" sign $form --challenge "$BATS_TEST_TMPDIR/c" --url "$url" >/dev/full 2>/dev/null || status=$?
		[ "$status" = 43 ]
	done
}

@test 'claims: digest, signature, exact wire text; the same claims count once' {
	claims 0x1234567890 >"$BATS_TEST_TMPDIR/claims"
	sign_claims <"$BATS_TEST_TMPDIR/claims"
	[ "$status" = 0 ]
	[[ "$(json data.digest)" =~ ^0x[0-9a-f]{64}$ ]]
	[ "$(json 'data.payload | fromjson | .signature')" = "$(json data.signature)" ]
	[ "$(json 'data.payload | fromjson | .claims.amount')" = 0x2710 ]
	first=$(json data.signature)
	sign_claims <"$BATS_TEST_TMPDIR/claims"
	[ "$(json data.signature)" = "$first" ]
	[ "$(json data.already_signed)" = true ]
	sign_claims --signing eip191 <"$BATS_TEST_TMPDIR/claims"
	[ "$(json data.already_signed)" = true ]
	[ "$(json data.signature)" != "$first" ]
	[ "$(ledger 'SELECT count(*) FROM payment')" = 1 ]
	# Other claims with the same request id are not a second guarantee, but an error.
	claims 0x1234567890 9999 >"$BATS_TEST_TMPDIR/claims"
	sign_claims <"$BATS_TEST_TMPDIR/claims"
	[ "$status" = 2 ]
}

@test 'claims of another wallet, over the limit, of nothing, on a network of value' {
	sign_claims <<<"$(claims 1 | jq -c --arg a "$(sb accounts.bob.address)" '.user_address = $a')"
	[ "$status" = 2 ]
	sign_claims <<<"$(claims 1 100001)"
	[ "$status" = 31 ]
	sign_claims <<<"$(claims 1 0)"
	[ "$status" = 2 ]
	sign_claims <<<"$(claims 0)" # an id like any other, once
	[ "$status" = 0 ]
	sign_claims <<<"$(claims 0 9999)"
	[ "$status" = 2 ]
	claims 1 >"$BATS_TEST_TMPDIR/claims"
	run2 "$FOURMICA" sign --claims "$BATS_TEST_TMPDIR/claims" --eip712-name 4mica --eip712-version 1 \
		--chain-id 8453 --json
	[ "$status" = 35 ]
	touch "$FOURMICA_HOME/stop"
	sign_claims <<<"$(claims 1)"
	[ "$status" = 37 ]
	[ "$(ledger 'SELECT count(*) FROM payment')" = 1 ]
}

@test 'the signature is one Core takes' {
	run2 "$FOURMICA" sign --claims - --eip712-name 4mica --eip712-version 1 --chain-id 84532 \
		<<<"$(claims "0x$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')" | jq -c ".timestamp = $(date +%s)")"
	[ "$status" = 0 ]
	payload=$output
	url=$(sb sellers.credit_v1)
	header=$(jq -nc --argjson p "$payload" \
		'{x402Version: 1, scheme: "4mica-credit", network: "eip155:84532", payload: $p}' | base64 -w0)
	run curl -sf -H "X-PAYMENT: $header" "$url"
	[ "$status" = 0 ]
}

@test 'typed data: needs the policy, asks, signs with --yes, refuses payment forms' {
	cat >"$BATS_TEST_TMPDIR/mail" <<-'END'
	{"types":{"EIP712Domain":[{"name":"name","type":"string"}],"Mail":[{"name":"contents","type":"string"}]},
	 "primaryType":"Mail","domain":{"name":"Test"},"message":{"contents":"hello"}}
	END
	run2 "$FOURMICA" sign --typed-data "$BATS_TEST_TMPDIR/mail" --yes --json
	[ "$status" = 35 ]
	[ "$(json error.rule)" = sign ]
	policy <<<'{ "version": 1, "sign": "any" }'
	run2 "$FOURMICA" sign --typed-data "$BATS_TEST_TMPDIR/mail"
	[ "$status" = 5 ]
	run2 "$FOURMICA" sign --typed-data "$BATS_TEST_TMPDIR/mail" --yes
	[ "$status" = 0 ]
	[[ "$output" =~ ^0x[0-9a-f]{130}$ ]]
	for form in TransferWithAuthorization ReceiveWithAuthorization Permit PermitTransferFrom \
		PermitWitnessTransferFrom SolGuaranteeRequestClaimsV1 SolGuaranteeRequestClaimsV2; do
		sed "s/Mail/$form/g" "$BATS_TEST_TMPDIR/mail" >"$BATS_TEST_TMPDIR/form"
		run2 "$FOURMICA" sign --typed-data "$BATS_TEST_TMPDIR/form" --yes
		[ "$status" = 35 ]
		[ -z "$output" ]
	done
	# ... also inside another struct.
	cat >"$BATS_TEST_TMPDIR/nested" <<-'END'
	{"types":{"EIP712Domain":[{"name":"name","type":"string"}],"Permit":[{"name":"value","type":"uint256"}],
	 "Batch":[{"name":"permits","type":"Permit[]"}]},
	 "primaryType":"Batch","domain":{"name":"Test"},"message":{"permits":[{"value":"1"}]}}
	END
	run2 "$FOURMICA" sign --typed-data "$BATS_TEST_TMPDIR/nested" --yes
	[ "$status" = 35 ]
}

@test 'messages: signed after asking; guarantees and sign-in texts are refused' {
	printf hello >"$BATS_TEST_TMPDIR/m"
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/m" --yes --json
	[ "$status" = 0 ]
	[ "$(json data.digest)" = 0x50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750 ]
	# Bytes that are no text can be the hash of anything.
	printf '%032d\001' 0 >"$BATS_TEST_TMPDIR/m"
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/m" --yes --json
	[ "$status" = 35 ]
	[ "$(json error.rule)" = sign ]
	[ "$(jq .data.signature <<<"$output")" = null ]
	policy <<<'{ "version": 1, "sign": "any" }'
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/m" --yes
	[ "$status" = 0 ]
	printf 'example.com wants you to sign in with your Ethereum account:\n%s\n' "$ANN" >"$BATS_TEST_TMPDIR/m"
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/m" --yes
	[ "$status" = 35 ]
	# The raw ABI encoding of V1 claims is what Core takes under EIP-191.
	hex=$(jq -r '.cases[0].eip191_core.message_hex[2:]' "$BATS_TEST_DIRNAME/../vectors/guarantee_v1.json")
	# shellcheck disable=SC2059,SC2001 # the format is the bytes
	printf "$(sed 's/../\\x&/g' <<<"$hex")" >"$BATS_TEST_TMPDIR/m"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/m")" = 192 ]
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/m" --yes
	[ "$status" = 35 ]
}

@test 'sign takes exactly one thing' {
	run2 "$FOURMICA" sign
	[ "$status" = 2 ]
	run2 "$FOURMICA" sign --claims x --message y
	[ "$status" = 2 ]
	run2 "$FOURMICA" sign --challenge x
	[ "$status" = 2 ]
}
