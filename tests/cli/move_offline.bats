#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --sign-only: signed here, sent elsewhere. The bytes are those another implementation makes of the
# same fields, and no network is used.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

FEES=(--gas-limit 300000 --max-fee 2gwei --priority-fee 1gwei)
NOBODY=http://127.0.0.1:9

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	sandbox_as_new
	# The key must be known to the witness, so it is no new one.
	home_with_wallet
	KEY=$(sb accounts.ann.key)
	ME=$(sb accounts.ann.address)
	"$FOURMICA" networks refresh -q >/dev/null # pins the vault
	FIRST=$(on_chain)
}

teardown() {
	sandbox_as_new
}

offline() { # STATUS ARGUMENTS...
	FOURMICA_RPC_URL=$NOBODY FOURMICA_CORE_URL=$(sb core) ends "$1" deposit --sign-only "${@:2}"
}

# The witness' bytes of transaction number I of the report, with this data and value.
theirs() { # I TO DATA VALUE
	witness sign "$KEY" "$(jq -c --argjson i "$1" --arg to "$2" --arg data "$3" --arg value "$4" '
		.data.transactions[$i] | {chainId: "84532", nonce: (.nonce | tostring), to: $to, data: $data,
		value: $value, gas: "300000", maxFeePerGas: "2000000000", maxPriorityFeePerGas: "1000000000"}' <<<"$output")"
}

word() { printf '%064x' "$1"; }
address_word() { printf '000000000000000000000000%s' "$(tr A-F a-f <<<"${1#0x}")"; }

@test 'a token: both transactions as another implementation signs them, taken by the node' {
	offline 0 7.5usdc --nonce "$FIRST" "${FEES[@]}"
	[ "$(json status)" = signed ]
	did 'approve:signed deposit:signed'
	signed=$output
	raw=$(jq -c '[.data.transactions[].raw]' <<<"$signed")
	[ "$(theirs 0 "$(sb usdc)" "0x095ea7b3$(address_word "$(sb vault)")$(word 7500000)" 0)" = "$(jq -c '.[0]' <<<"$raw")" ]
	output=$signed
	[ "$(theirs 1 "$(sb vault)" "0xa587f4f3$(address_word "$(sb usdc)")$(word 7500000)" 0)" = "$(jq -c '.[1]' <<<"$raw")" ]
	[ "$(json data.fee_max.amount)" = 1200000000000000 ]
	[ "$(json data.vault)" = "$(sb vault)" ]
	before=$(chain .usdc.collateral)
	for i in 0 1; do
		[ "$(witness send "$(jq -r ".[$i]" <<<"$raw")" | jq -r .)" = "$(jq -r ".data.transactions[$i].hash" <<<"$signed")" ]
	done
	[ $(($(chain .usdc.collateral) - before)) = 7500000 ]
	# The next one here sees them through, and goes on with the next nonce.
	ends 0 deposit 0.01eth
	[ "$(json 'data.transactions[0].nonce')" = $((FIRST + 2)) ]
	[ "$(ledger 'SELECT count(*) FROM op WHERE state = 1')" = 2 ]
}

@test 'ETH: the value, and no data but the call' {
	offline 0 0.125eth --nonce "$FIRST" "${FEES[@]}"
	did deposit:signed
	raw=$(jq -c '.data.transactions[0].raw' <<<"$output")
	[ "$(theirs 0 "$(sb vault)" 0xd0e30db0 125000000000000000)" = "$raw" ]
	witness send "$(jq -r . <<<"$raw")"
	[ "$(chain .eth.collateral)" = 125000000000000000 ]
}

@test 'the same again gives the same and books nothing; another nonce is another deposit' {
	policy <<<'{"version":1,"limits":[{"of":"deposit","name":"day","amount":"2usdc","window":"1d"}]}'
	offline 0 1usdc --nonce 900 "${FEES[@]}"
	first=$(jq -c '[.data.transactions[] | .raw, .hash]' <<<"$output")
	offline 0 1usdc --nonce 900 "${FEES[@]}"
	[ "$(jq -c '[.data.transactions[] | .raw, .hash]' <<<"$output")" = "$first" ]
	[ "$(json data.resumed)" = true ]
	[ "$(ledger 'SELECT count(*) FROM op')/$(in_ledger)" = 1/2 ]
	offline 2 1usdc --nonce 900 --gas-limit 300000 --max-fee 3gwei --priority-fee 1gwei
	says 'nonce 900 is taken'
	offline 2 0.5usdc --nonce 901 "${FEES[@]}"
	says 'nonce 901 is taken'
	offline 0 1usdc --nonce 902 "${FEES[@]}"
	[ "$(jq .data.resumed <<<"$output")" = false ]
	offline 32 1usdc --nonce 904 "${FEES[@]}"
	[ "$(json error.rule)" = day ]
	[ "$(ledger 'SELECT count(*) FROM op WHERE state <> 3')/$(in_ledger)" = 2/4 ]
	# What waits elsewhere is waited for here; it is not sent from here, nor replaced.
	ends 51 withdraw request 1usdc --timeout 1s
	says 'an earlier operation comes first'
	advises --sign-only
	ends 51 withdraw request 1usdc --timeout 1s --replace
	[ "$(in_ledger)" = 4 ]
	[ "$(on_chain)" = "$FIRST" ]
}

@test 'killed between its two signatures: the same run completes it, another is refused' {
	[ -z "${FOURMICA_SAN:-}" ] && [ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so'
	local n=0 seen=0 state
	while [ $((n += 1)) -le 400 ] && [ "$seen" = 0 ]; do
		new_ledger
		"$FOURMICA" networks refresh -q >/dev/null
		{ KILLAT_N=$n LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" --json -q deposit --sign-only 1usdc \
			--nonce 900 "${FEES[@]}" >/dev/null; } 2>/dev/null || true
		[ "$(in_ledger)" != 1 ] || seen=1
	done
	[ "$seen" = 1 ]
	offline 2 1usdc --nonce 910 "${FEES[@]}"
	says 'signed before with another nonce or other fees'
	[ "$(in_ledger)" = 1 ]
	offline 0 1usdc --nonce 900 "${FEES[@]}"
	did 'approve:signed deposit:signed'
	[ "$(in_ledger)" = 2 ]
	[ "$(ledger 'SELECT count(*) FROM op')" = 1 ]
}

@test 'the report for people has the bytes' {
	FOURMICA_RPC_URL=$NOBODY run2 "$FOURMICA" deposit --sign-only 1eth --nonce 3 "${FEES[@]}"
	[ "$status" = 0 ]
	raw=$(ledger "SELECT '0x' || lower(hex(raw)) FROM tx")
	[[ "$output" == *"$raw"* ]]
}

@test 'no network at all' {
	command -v strace >/dev/null || skip 'no strace'
	[ -z "${FOURMICA_SAN:-}" ] || skip 'not under a tracer'
	trace=$BATS_TEST_TMPDIR/trace
	FOURMICA_RPC_URL=$NOBODY FOURMICA_CORE_URL=$NOBODY strace -f -e trace=%network -o "$trace" \
		"$FOURMICA" --json -q deposit --sign-only 1usdc --nonce 3 "${FEES[@]}" >/dev/null ||
		[ -s "$trace" ]
	[ "$(grep -c 'connect(\|socket(AF_INET' "$trace")" = 0 ]
	count=$(ctl_get 'log?service=rpc' | jq length)
	offline 0 1usdc --nonce 3 "${FEES[@]}"
	[ "$(ctl_get 'log?service=rpc' | jq length)" = "$count" ]
}

@test 'what it wants, and what it refuses' {
	offline 2 1usdc "${FEES[@]}"
	advises --nonce
	offline 2 1usdc --nonce 3
	offline 2 1usdc --nonce x "${FEES[@]}"
	offline 2 1usdc --nonce 18446744073709551615 "${FEES[@]}"
	offline 2 0usdc --nonce 3 "${FEES[@]}"
	says 'the amount is zero'
	offline 2 1xyz --nonce 3 "${FEES[@]}"
	offline 2 1usdc --asset 0x000000000000000000000000000000000000dEaD --nonce 3 "${FEES[@]}"
	says "'0x000000000000000000000000000000000000dEaD' is not known"
	offline 2 2usdc --approve 1usdc --nonce 3 "${FEES[@]}"
	offline 2 1usdc --wait sent --nonce 3 "${FEES[@]}"
	ends 2 deposit 1usdc --nonce 3
	touch "$FOURMICA_HOME/stop"
	offline 37 1usdc --nonce 3 "${FEES[@]}"
	rm "$FOURMICA_HOME/stop"
	offline 0 1usdc --nonce 3 "${FEES[@]}" --dry-run
	[ "$(json status)" = would_deposit ]
	[ "$(json data.fee_max.amount)" = 1200000000000000 ]
	[ "$(in_ledger)" = 0 ]
	[[ "$output" != *0x02f8* ]]
	# A home that never saw the vault cannot know it.
	rm -f "$FOURMICA_HOME"/ledger*
	offline 62 1usdc --nonce 3 "${FEES[@]}"
}
