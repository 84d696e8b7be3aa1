#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Networks of value: a sandbox that plays Base. A typed value is asked for, --yes is none, and a wallet
# without passphrase is refused.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

setup_file() {
	[ -n "${SANDBOX:-}" ] || return 0
	SANDBOX_CHAIN_ID=8453 SANDBOX_PROFILE=fast "$BATS_TEST_DIRNAME/../sandbox/up" \
		>"$BATS_FILE_TMPDIR/sandbox" 2>"$BATS_FILE_TMPDIR/words" 3>&- &
	BASE_PID=$!
	export BASE_PID
	local i
	for ((i = 0; i < 600; i++)); do
		if [ -s "$BATS_FILE_TMPDIR/sandbox" ]; then
			SANDBOX=$(cat "$BATS_FILE_TMPDIR/sandbox") witness_up
			return
		fi
		kill -0 "$BASE_PID" || break
		sleep 0.1
	done
	cat "$BATS_FILE_TMPDIR/words"
	return 1
}

teardown_file() {
	witness_down
	[ -z "${BASE_PID:-}" ] || kill "$BASE_PID"
}

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	SANDBOX=$(cat "$BATS_FILE_TMPDIR/sandbox")
	sandbox_as_new
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	(umask 077 && echo secret >"$BATS_TEST_TMPDIR/pass")
	export FOURMICA_NETWORK=base FOURMICA_PASSPHRASE_FILE=$BATS_TEST_TMPDIR/pass
	ME=$("$FOURMICA" wallet new w --kdf interactive --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"usdc\":100000000}" >/dev/null
	policy <<<'{"version":1,"networks":["eip155:8453"],"limits":[]}'
}

teardown() {
	[ -z "${SANDBOX:-}" ] || sandbox_as_new
}

at_terminal() { # PROMPT ANSWER ... -- ARGUMENTS
	local -a answers=()
	while [ "$1" != -- ]; do answers+=("$1" "$2") && shift 2; done
	unset FOURMICA_NO_INPUT
	status=0
	output=$("$FOURMICA_TESTS/pty" -t 60 "${answers[@]}" -- "$FOURMICA" "${@:2}") || status=$?
	export FOURMICA_NO_INPUT=1
}

@test 'nobody to ask: --confirm is named, --yes is no answer, a wrong value declines' {
	ends 5 deposit 5usdc
	advises "--confirm '5 USDC'"
	ends 5 deposit 5usdc --yes
	ends 2 deposit 5usdc --confirm 6usdc
	says "--confirm says '6usdc', and this is '5 USDC'"
	[ "$(on_chain)" = 0 ]
	[ "$(in_ledger)" = 0 ]
	[ "$(ledger 'SELECT count(*) FROM op WHERE state = 0')" = 0 ]
	ends 0 deposit 5usdc --confirm 5usdc
	did 'approve:mined deposit:mined'
	ends 0 deposit 0.01eth --confirm '0.01 ETH'
	made 3
	[ "$(chain .usdc.collateral)" = 5000000 ]
}

@test 'a person types the amount, asked once; anything else declines' {
	for answer in '' yes y 5 6usdc 5eth ^D; do
		at_terminal 'Type the amount (5 USDC) to go on: ' "$answer" -- deposit 5usdc
		[ "$status" = 6 ] || { echo "$answer: $status $output"; false; }
	done
	[[ "$output" == *'MAINNET'* && "$output" == *"$(sb usdc)"* ]]
	made 0
	at_terminal 'Type the amount (5 USDC) to go on: ' '5 usdc' -- deposit 5usdc
	[ "$status" = 0 ]
	[ "$(grep -c 'Type the amount' <<<"$output")" = 1 ]
	made 2
	at_terminal 'to go on: ' ^C -- deposit 5usdc
	[ "$status" = 130 ]
	made 2
}

@test 'withdrawals too: what is requested, cancelled, paid out is typed' {
	ends 0 deposit 5usdc --confirm 5usdc
	ends 5 withdraw request 2usdc
	advises "--confirm '2 USDC'"
	ends 0 withdraw request 2usdc --confirm 2usdc
	ends 5 withdraw cancel
	advises "--confirm '2 USDC'"
	ends 0 withdraw cancel --confirm 2usdc
	ends 0 withdraw request 3usdc --confirm 3usdc
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 2 withdraw finalize --confirm 2usdc
	ends 0 withdraw finalize --confirm 3usdc
	[ "$(json data.withdrawn.amount)" = 3000000 ]
	made 6
}

@test 'net debits too, also under the stop; the question names the contract' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"usdc\":\"5000000\"}}" >/dev/null
	ctl cycle/plant "{\"kind\":\"extra\",\"user\":\"$ME\",\"amount\":\"2000000\",\"asset\":\"usdc\",
		\"recipient\":\"$(sb accounts.bob.address)\"}" >/dev/null
	cycle=$(ctl cycle/close '{"pay":3600,"final":7200}' | jq -r '.[0].cycle')
	BEFORE=$(on_chain)
	ends 64 cycles pay "$cycle" --confirm 2usdc
	ends 5 cycles pay "$cycle" --accept-difference --yes
	advises "--confirm '2 USDC'"
	ends 2 cycles pay "$cycle" --accept-difference --confirm 1usdc
	at_terminal 'Type the amount (2 USDC) to go on: ' y -- cycles pay "$cycle" --accept-difference
	[ "$status" = 6 ]
	[[ "$output" == *'MAINNET'* ]]
	[ "$(on_chain)" = "$BEFORE" ]
	"$FOURMICA" stop -q >/dev/null
	ends 37 deposit 1usdc --confirm 1usdc
	ends 0 cycles pay "$cycle" --accept-difference --confirm 2usdc
	did 'approve:mined pay:mined'
	[ "$(witness cycle "$cycle" "$ME" | jq .seat.paid)" = true ]
	chain_does '{"increase_time":7201,"mine":1}' >/dev/null
	ends 15 cycles finalize "$cycle" # nothing to ask about
}

@test 'debits that are due: the amount they stay within is typed, once' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"usdc\":\"5000000\"}}" >/dev/null
	for amount in 2000000 1000000; do
		ctl cycle/plant "{\"kind\":\"extra\",\"user\":\"$ME\",\"amount\":\"$amount\",\"asset\":\"usdc\",
			\"recipient\":\"$(sb accounts.bob.address)\"}" >/dev/null
		cycle=$(ctl cycle/close '{"pay":3600,"final":7200}' | jq -r '.[0].cycle')
		ends 5 cycles pay "$cycle" --accept-difference # from now on the ledger knows it
	done
	BEFORE=$(on_chain)
	ends 5 cycles pay --due --max-amount 4usdc --accept-difference
	advises "--confirm '4 USDC'"
	ends 2 cycles pay --due --max-amount 4usdc --accept-difference --confirm 3usdc
	[ "$(on_chain)" = "$BEFORE" ]
	at_terminal 'Type the amount (4 USDC) to go on: ' 4usdc -- cycles pay --due --max-amount 4usdc \
		--accept-difference
	[ "$status" = 0 ]
	[ "$(grep -c 'Type the amount' <<<"$output")" = 1 ]
	[ "$(witness cleared "$ME" | jq length)" = 2 ]
}

@test 'no policy that names the network, no deposit; --dry-run asks nothing' {
	ends 0 deposit 5usdc --dry-run
	[ "$(json status)" = would_deposit ]
	rm "$FOURMICA_HOME/policy.json"
	ends 35 deposit 5usdc --confirm 5usdc
	[ "$(json error.rule)" = networks ]
	[ "$(on_chain)" = 0 ]
}

@test 'a wallet without passphrase is refused there' {
	"$FOURMICA" wallet new bare --no-passphrase -q >/dev/null
	bare=$("$FOURMICA" wallet show bare --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$bare\",\"usdc\":100000000}" >/dev/null
	for command in 'deposit 5usdc' 'deposit 0.1eth' 'withdraw request 1usdc'; do
		# shellcheck disable=SC2086 # words
		ends 3 --wallet bare $command --confirm 5usdc
		says 'no passphrase'
	done
	ends 3 --wallet bare deposit 5usdc --sign-only --nonce 0 --gas-limit 300000 \
		--max-fee 2gwei --priority-fee 1gwei --confirm 5usdc
	ME=$bare
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
}

@test '--sign-only asks as well' {
	"$FOURMICA" networks refresh -q >/dev/null
	set -- --wallet w deposit 5usdc --sign-only --nonce 0 --gas-limit 300000 --max-fee 2gwei --priority-fee 1gwei
	ends 5 "$@"
	advises --confirm
	[ "$(in_ledger)" = 0 ]
	ends 0 "$@" --confirm 5usdc
	for raw in $(jq -r '.data.transactions[].raw' <<<"$output"); do witness send "$raw"; done
	[ "$(chain .usdc.collateral)" = 5000000 ]
}
