#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Collateral before signing: of wallets whose deposits are transactions on the sandbox's chain.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"amount":"100usdc"}]}'
	URL=$(sb sellers.credit_v2)
	WALLET=w$BATS_TEST_NUMBER
	run2 "$FOURMICA" wallet new "$WALLET" --no-passphrase --json
	ADDRESS=$(json data.address)
	export FOURMICA_WALLET=$WALLET
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

# Gas, USDC in the wallet and in the vault, in base units.
fund() { # on chain, in the vault
	ctl fund "{\"address\":\"$ADDRESS\",\"wei\":\"1000000000000000000\",\"usdc\":\"$1\",\"credit\":\"$2\"}" >/dev/null
}

pay() { # amount, options
	run2 "$FOURMICA" pay --json "${@:2}" "$URL?amount=$1"
}

# Requests of this program that the chain and Core saw.
asked() {
	ctl_get "log?service=$1" | jq '[.[] | select((.user_agent // "") | startswith("fourmica"))] | length'
}

# What signs in: the request and its end are gone again, the access token stays.
sign_in() {
	"$FOURMICA" withdraw request 0.01usdc --yes >/dev/null 2>&1
	"$FOURMICA" withdraw cancel --yes >/dev/null 2>&1
}

collateral() { # known free source
	jq -e --argjson known "$1" --arg free "$2" --arg source "$3" '.data.quote.collateral |
		.known == $known and (.free.amount // "") == $free and (.source // "") == $source' <<<"$output" >/dev/null ||
		{ echo "$output"; false; }
}

@test 'a wallet with 1 USDC of collateral pays until it is used up; a deposit goes on' {
	fund 5000000 1000000
	pay 400000
	[ "$status" = 0 ]
	collateral true 1000000 chain
	sign_in
	pay 400000
	[ "$status" = 0 ]
	collateral true 600000 core
	before=$(guarantees_issued)
	pay 400000
	[ "$status" = 36 ]
	[ "$(json status)" = insufficient_collateral ]
	[ "$(json error.code)" = insufficient_collateral ]
	[ "$(json error.category)" = collateral ]
	[ "$(json error.rule)" = collateral ]
	[ "$(json error.spent)" = no ]
	[[ "$(json error.message)" == *'0.4 USDC'*'0.2 USDC'* ]]
	[[ "$(json error.hint)" == *'fourmica deposit 0.2usdc'* ]]
	[ "$(json data.quote.verdict)" = allow ]
	collateral true 200000 core
	[ "$(guarantees_issued)" = "$before" ]
	[ "$(ledger 'SELECT count(*) FROM payment')" = 2 ]
	pay 200000
	[ "$status" = 0 ]
	"$FOURMICA" deposit 0.4usdc --yes --wait synced >/dev/null 2>&1
	pay 400000
	[ "$status" = 0 ]
	collateral true 400000 core
}

@test 'too little for certain, without any word of Core: pay, quote, sign' {
	fund 0 1000000
	pay 10000
	[ "$status" = 0 ]
	seen=$(payments_seen seller/credit_v2)
	pay 1000001
	[ "$status" = 36 ]
	run2 "$FOURMICA" quote --json "$URL?amount=1000001"
	[ "$status" = 36 ]
	[ "$(json data.verdict)" = allow ]
	[ "$(json data.outcome)" = pay ]
	[ "$(json data.collateral.needed.amount)" = 1000001 ]
	[ "$(json data.collateral.free.amount)" = 1000000 ]
	[ "$(json data.collateral.source)" = chain ]
	run2 "$FOURMICA" quote "$URL?amount=1000001"
	[ "$status" = 36 ]
	[[ "$err" == *'1.000001 USDC'*'1 USDC is free'*'hint: fourmica deposit 0.000001usdc'* ]]
	curl -si "$URL?amount=1000001" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/c" --url "$URL?amount=1000001"
	[ "$status" = 36 ]
	[ -z "$output" ]
	jq -nc --arg user "$ADDRESS" --arg to "$(sb accounts.bob.address)" --arg asset "$(sb usdc)" \
		'{version: "v1", user_address: $user, recipient_address: $to, req_id: 1, amount: 1000001,
		asset_address: $asset, timestamp: 1782122400}' >"$BATS_TEST_TMPDIR/claims"
	run2 "$FOURMICA" sign --claims "$BATS_TEST_TMPDIR/claims" --eip712-name 4mica --eip712-version 1 \
		--chain-id 84532 --json
	[ "$status" = 36 ]
	[ "$(json data.collateral.free.amount)" = 1000000 ]
	[ "$(payments_seen seller/credit_v2)" = "$seen" ]
	[ "$(ledger 'SELECT count(*) FROM payment')" = 1 ]
}

@test 'a withdrawal that was requested backs nothing; cancelled it does' {
	fund 0 1000000
	pay 10000
	[ "$status" = 0 ]
	"$FOURMICA" withdraw request 0.6usdc --yes >/dev/null 2>&1
	pay 500000
	[ "$status" = 36 ]
	[[ "$(json error.message)" == *'0.6 USDC requested for withdrawal'* ]]
	[[ "$(json error.hint)" == 'fourmica withdraw cancel --asset usdc'* ]]
	pay 300000
	[ "$status" = 0 ]
	"$FOURMICA" withdraw cancel --yes >/dev/null 2>&1
	pay 500000
	[ "$status" = 0 ]
}

@test 'the chain is asked once for many payments' {
	fund 0 1000000
	pay 10000
	before=$(asked rpc)
	for _ in 1 2 3; do
		pay 10000
		[ "$status" = 0 ]
	done
	collateral true 970000 memory
	[ "$(asked rpc)" = "$before" ]
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 0 ]
	[ "$(json data.collateral.source)" = memory ]
	curl -si "$URL" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/c" --url "$URL"
	[ "$status" = 0 ]
	[ "$(json data.collateral.known)" = true ]
	run2 "$FOURMICA" pay --json --dry-run "$URL"
	[ "$(json data.quote.collateral.known)" = true ]
	[ "$(asked rpc)" = "$before" ]
}

@test 'unknown is said, and paid: a chain that is down' {
	fund 0 1000000
	FOURMICA_WALLET=ann pay 10000 # pins the vault
	[ "$status" = 0 ]
	FOURMICA_RPC_URL=http://127.0.0.1:9 pay 10000
	[ "$status" = 0 ]
	collateral false '' ''
	[[ "$(json 'warnings[0]')" == 'collateral: unknown:'* ]]
	FOURMICA_RPC_URL=http://127.0.0.1:9 run2 "$FOURMICA" pay -o /dev/null "$URL"
	[ "$status" = 0 ]
	[[ "$err" == *'collateral: unknown:'* ]]
	# What nobody knew before is Core's to refuse.
	FOURMICA_RPC_URL=http://127.0.0.1:9 pay 1000000
	[ "$status" = 40 ]
	[ "$(json error.code)" = insufficient_collateral ]
}

@test 'unknown is said: what was paid may be settled, and Core is not asked without a token' {
	fund 0 1000000
	pay 600000
	[ "$status" = 0 ]
	pay 600000
	[ "$status" = 40 ]
	[ "$(json error.code)" = insufficient_collateral ]
	collateral false '' ''
	[[ "$(json 'warnings[0]')" == *'0.6 USDC is needed; 0.4 USDC is free, or up to 1 USDC'* ]]
}

@test 'not looked for: the other scheme, no wallet; a key that was signed for is told as ever' {
	fund 1000000 0
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	[ "$(jq '.data.quote.collateral' <<<"$output")" = null ]
	FOURMICA_WALLET=ann pay 10000 --idempotency-key k
	[ "$status" = 0 ]
	curl -si "$URL" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" sign --wallet ann --challenge "$BATS_TEST_TMPDIR/c" --url "$URL" --idempotency-key s
	[ "$status" = 0 ]
	FOURMICA_RPC_URL=http://127.0.0.1:9 run2 "$FOURMICA" sign --wallet ann --challenge "$BATS_TEST_TMPDIR/c" \
		--url "$URL" --idempotency-key s
	[ "$status" = 50 ]
	unset FOURMICA_WALLET
	rm -r "$FOURMICA_HOME/wallets"
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 0 ]
	[ "$(jq '.data.collateral' <<<"$output")" = null ]
	run2 "$FOURMICA" quote --wallet none "$URL"
	[ "$status" != 0 ]
}
