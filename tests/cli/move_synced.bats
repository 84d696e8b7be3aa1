#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --wait synced: until 4Mica Core counts what is in the vault. The deposit is done whatever Core does.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	sandbox_as_new
	home_with_money
}

teardown() {
	sandbox_as_new
}

core_total() { ctl_get "account?address=$ME&asset=$1" | jq -r .core_total; }

@test 'Core counts it at once; Core counts it some blocks later' {
	ends 0 deposit 2usdc --wait synced
	[ "$(json data.synced)" = true ]
	[ "$(json warnings)" = '[]' ]
	chain_does '{"confirm_depth":3}' >/dev/null
	start one deposit 3usdc --wait synced
	until_true mined 4
	sleep 1
	[ "$(core_total usdc)" = 2000000 ]
	kill -0 "$PID_one" # still waiting
	# The wallet is free meanwhile.
	ends 0 deposit 0.01eth
	chain_does '{"mine":3}' >/dev/null
	ended 0 one
	[ "$(json data.synced)" = true ]
	[ "$(core_total usdc)" = 5000000 ]
	made 5
}

@test 'ETH too, and the events say how far it is' {
	chain_does '{"confirm_depth":2}' >/dev/null
	"$FOURMICA" --jsonl -q deposit 0.5eth --wait synced >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	pid=$!
	until_true known 1
	until_true grep -q syncing "$BATS_TEST_TMPDIR/out"
	chain_does '{"mine":2}' >/dev/null
	wait "$pid"
	grep -q '4Mica Core counts 0 ETH of 0.5 ETH in the vault' "$BATS_TEST_TMPDIR/out"
	[ "$(tail -1 "$BATS_TEST_TMPDIR/out" | jq .data.synced)" = true ]
}

@test 'the time runs out, Ctrl-C: exit 0, synced false, and why' {
	chain_does '{"confirm_depth":100}' >/dev/null
	ends 0 deposit 2usdc --wait synced --timeout 2s
	[ "$(jq .data.synced <<<"$output")" = false ]
	[[ "$(json 'warnings[0]')" == *'4Mica Core counts 0 USDC of 2 USDC in the vault'* ]]
	did 'approve:mined deposit:mined'
	env --default-signal=INT "$FOURMICA" --jsonl -q deposit 0.1eth --wait synced \
		>"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	pid=$!
	until_true mined 3
	until_true grep -q '0 ETH of 0.1 ETH' "$BATS_TEST_TMPDIR/out"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	output=$(tail -1 "$BATS_TEST_TMPDIR/out")
	[ "$status" = 0 ] || { echo "$status $output"; false; }
	[ "$(jq .data.synced <<<"$output")" = false ]
	[[ "$(json 'warnings[0]')" == *'0 ETH of 0.1 ETH'* ]]
	# It was told: the same again is a new deposit.
	ends 0 deposit 0.1eth
	[ "$(jq .data.resumed <<<"$output")" = false ]
	made 4
}

@test 'Core is away, or says nothing useful: the deposit is done' {
	ends 0 deposit 0.01eth
	ctl fault '{"where":"core","fault":"http_503","times":0}' >/dev/null
	ends 0 deposit 2usdc --wait synced --timeout 2s
	[ "$(jq .data.synced <<<"$output")" = false ]
	[[ "$(json 'warnings[0]')" == *'not waited for any longer'* ]]
	made 3
}

@test 'before its block: --wait synced waits for that first, 51 as always' {
	chain_does '{"auto_mine":false}' >/dev/null
	ends 51 deposit 0.1eth --wait synced --timeout 1s
	[ "$(json error.spent)" = maybe ]
	chain_does '{"auto_mine":true,"mine":1}' >/dev/null
	ends 0 deposit 0.1eth --wait synced
	[ "$(json data.resumed)" = true ]
	[ "$(json data.synced)" = true ]
	made 1
}

@test 'a reorganization while Core is waited for: sent again, mined again, counted once' {
	chain_does '{"confirm_depth":3,"mine":3}' >/dev/null
	start one deposit 0.1eth --wait synced
	until_true mined 1
	hash=$(ledger "SELECT '0x' || lower(hex(hash)) FROM tx")
	chain_does '{"reorg":1}' >/dev/null
	until_true announced
	chain_does '{"mine":3}' >/dev/null
	ended 0 one
	[ "$(json data.synced)" = true ]
	[ "$(json 'data.transactions[0].hash')" = "$hash" ]
	[ "$(chain .eth.collateral)" = 100000000000000000 ]
	made 1
	[ "$(ledger 'SELECT state FROM op')" = 1 ]
}

@test 'killed while Core is waited for: resumed, not repeated' {
	chain_does '{"confirm_depth":3}' >/dev/null
	start one deposit 0.1eth --wait synced
	until_true operations_done 1
	kill -9 "$PID_one"
	ended 137 one
	chain_does '{"mine":3}' >/dev/null
	ends 0 deposit 0.1eth --wait synced
	[ "$(json data.resumed)" = true ]
	[ "$(json data.synced)" = true ]
	made 1
}
