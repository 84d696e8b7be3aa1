#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Several processes and one wallet; waiting, interrupting, replacing; limits of deposits.

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

@test 'two at once from one wallet: in turn, with nonces in a row and no allowance left' {
	start one deposit 3usdc
	start two deposit 4usdc
	ended 0 one
	one=$output
	ended 0 two
	[ "$(jq -s -c '[.[].data.transactions[].nonce] | sort' <<<"$one$output")" = '[0,1,2,3]' ]
	[ "$(jq -c '.data.transactions | .[1].nonce - .[0].nonce' <<<"$one")" = 1 ]
	[ "$(jq -c '.data.transactions | .[1].nonce - .[0].nonce' <<<"$output")" = 1 ]
	made 4
	jq -e '.usdc.collateral == "7000000" and .usdc.allowance == "0"' < <(witness state "$ME")
}

@test 'the same twice at once are two deposits' {
	start one deposit 3usdc
	start two deposit 3usdc
	ended 0 one
	[ "$(jq .data.resumed <<<"$output")" = false ]
	ended 0 two
	[ "$(jq .data.resumed <<<"$output")" = false ]
	[ "$(chain .usdc.collateral)" = 6000000 ]
	made 4
}

@test 'five at once, tokens and ETH' {
	for i in 1 2 3; do start "t$i" deposit "${i}usdc"; done
	for i in 4 5; do start "t$i" deposit "0.0${i}eth"; done
	for i in 1 2 3 4 5; do ended 0 "t$i"; done
	made 8
	jq -e '.usdc.collateral == "6000000" and .eth.collateral == "90000000000000000"' < <(witness state "$ME")
}

@test 'a deposit waits for whoever has the wallet, and for what is not mined yet' {
	chain_does '{"auto_mine":false}' >/dev/null
	start one deposit 1usdc
	until_true known 1
	start two deposit 0.1eth
	sleep 1
	[ "$(in_ledger)" = 1 ] # the second signs nothing between approval and deposit
	chain_does '{"mine":1}' >/dev/null
	until_true known 2
	sleep 0.5
	# The first sent its deposit and gave the wallet up, and the second waits for that one.
	[ "$(in_ledger)" = 2 ]
	chain_does '{"mine":1}' >/dev/null
	ended 0 one
	until_true known 3
	chain_does '{"mine":1}' >/dev/null
	ended 0 two
	made 3
}

@test 'Ctrl-C and SIGTERM while it waits: 51 with the hash, found later' {
	local signal amount n=0
	for signal in INT TERM; do
		amount=0.0$((n += 1))eth
		chain_does '{"auto_mine":false}' >/dev/null
		# A job of a shell ignores SIGINT; what env starts anew does not.
		env --default-signal=INT "$FOURMICA" --json -q deposit "$amount" \
			>"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
		pid=$!
		until_true known "$n"
		sleep 0.3
		kill -s "$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		output=$(cat "$BATS_TEST_TMPDIR/out")
		[ "$status" = 51 ] || { echo "$signal: $status $output"; false; }
		hash=$(json 'data.transactions[0].hash')
		says "$hash"
		[ "$(json error.spent)" = maybe ]
		chain_does '{"auto_mine":true,"mine":1}' >/dev/null
		ends 0 deposit "$amount"
		[ "$(json data.resumed)" = true ]
		[ "$(json 'data.transactions[0].hash')" = "$hash" ]
		made "$n"
	done
}

@test 'Ctrl-C while another process has the wallet: nothing was signed, 130' {
	chain_does '{"auto_mine":false}' >/dev/null
	start one deposit 1usdc
	until_true known 1
	env --default-signal=INT "$FOURMICA" --json -q deposit 0.1eth >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	pid=$!
	sleep 0.7
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 130 ]
	[ "$(jq -r .error.spent "$BATS_TEST_TMPDIR/out")" = no ]
	chain_does '{"auto_mine":true,"mine":1}' >/dev/null
	ended 0 one
	made 2
}

@test 'Ctrl-C between approval and deposit: the approval left, so it is no 130' {
	rpc_fault rpc_slow '"route":"eth_estimateGas","arg":3000,"times":0'
	env --default-signal=INT "$FOURMICA" --json -q deposit 1usdc >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	pid=$!
	until_true known 1
	until_true mined 1
	sleep 0.5
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	clear_faults
	output=$(cat "$BATS_TEST_TMPDIR/out")
	[ "$status" = 44 ] || { echo "$status $output"; false; }
	[ "$(json error.spent)" = yes ]
	says 'the deposit was not sent, but what comes before it was'
	did approve:mined
	ends 0 deposit 1usdc
	did deposit:mined
	made 2
}

@test '--wait sent: each time a new one; then the default waits for both' {
	ends 0 deposit 0.01eth --wait sent
	[ "$(json status)" = sent ]
	did deposit:signed
	ends 0 deposit 0.01eth --wait sent
	[ "$(jq .data.resumed <<<"$output")" = false ]
	ends 0 deposit 0.01eth
	[ "$(jq .data.resumed <<<"$output")" = false ]
	made 3
	[ "$(chain .eth.collateral)" = 30000000000000000 ]
	[ "$(ledger 'SELECT count(*) FROM op WHERE state = 1')" = 3 ]
	ends 0 deposit 1usdc --wait sent # an approval is waited for all the same
	did 'approve:mined deposit:signed'
}

@test '--replace: higher fees, the same nonce, one deposit' {
	chain_does '{"auto_mine":false}' >/dev/null
	ends 0 deposit 0.01eth --wait sent --priority-fee 1wei --max-fee 1gwei
	first=$(json 'data.transactions[0].hash')
	# Without it the earlier one comes first.
	ends 51 deposit 0.02eth --timeout 1s
	says 'an earlier operation comes first'
	says "$first"
	[ "$(in_ledger)" = 1 ]
	start two deposit 0.02eth --replace
	until_true known 2
	fees=$(ledger 'SELECT hex(max_fee) FROM tx ORDER BY rowid')
	[ "$(head -1 <<<"$fees")" \< "$(tail -1 <<<"$fees")" ]
	[ "$(ledger 'SELECT count(DISTINCT nonce) FROM tx')" = 1 ]
	chain_does '{"mine":1}' >/dev/null
	until_true known 3
	chain_does '{"mine":1}' >/dev/null
	ended 0 two
	[ "$(on_chain)" = 2 ]
	[ "$(events)" = 'CollateralDeposited eth 10000000000000000
CollateralDeposited eth 20000000000000000' ]
	[ "$(ledger "SELECT group_concat(state) FROM (SELECT state FROM tx ORDER BY rowid)")" = 3,1,1 ]
	[ "$(witness sent "$ME" | jq -r '.[0].hash')" != "$first" ]
}

@test '--replace again and again, of an approval too: the operation still comes to its end' {
	chain_does '{"auto_mine":false}' >/dev/null
	run_json deposit 2usdc --timeout 1s
	[ "$status" = 51 ]
	for _ in 1 2 3 4; do
		ends 51 deposit 2usdc --replace --timeout 1s
	done
	[ "$(ledger 'SELECT count(*) FROM tx')" = 5 ]
	start last deposit 2usdc
	sleep 0.5
	chain_does '{"mine":1}' >/dev/null
	until_true known 6
	chain_does '{"mine":1}' >/dev/null
	ended 0 last
	[ "$(json data.resumed)" = true ]
	did 'approve:mined deposit:mined'
	[ "$(on_chain)" = 2 ]
	[ "$(chain .usdc.collateral)" = 2000000 ]
}

# ---- limits of deposits ----

@test 'a limit for one deposit, and one over a day' {
	policy <<<'{"version":1,"limits":[{"of":"deposit","name":"one","amount":"5usdc"},{"of":"deposit","name":"day","amount":"8usdc","window":"1d"}]}'
	ends 31 deposit 5.000001usdc
	[ "$(json error.rule)" = one ]
	says '5.000001 USDC'
	ends 35 deposit 0.1eth # no limit names it
	ends 0 deposit 5usdc
	ends 32 deposit 4usdc
	[ "$(json error.rule)" = day ]
	[ "$(json error.spent)" = no ]
	ends 0 deposit 3usdc
	ends 32 deposit 0.000001usdc
	# Payments are no deposits.
	[ "$(ledger 'SELECT count(*) FROM payment')" = 0 ]
	made 4
}

@test 'what did not happen is given back' {
	policy <<<'{"version":1,"limits":[{"of":"deposit","name":"day","amount":"8usdc","window":"1d"}]}'
	vault '{"pause":true}'
	ends 15 deposit 8usdc
	# Refused only after it was begun: nothing of it may stay booked.
	vault '{"pause":false}'
	rpc_fault rpc_no_data '"route":"eth_estimateGas","times":0'
	ends 15 deposit 8usdc
	clear_faults
	ends 0 deposit 8usdc
	made 2
}

@test 'several processes at once stay inside the limit' {
	policy <<<'{"version":1,"limits":[{"of":"deposit","name":"day","amount":"3usdc","window":"1d"}]}'
	local i ok=0 over=0
	for i in 1 2 3 4 5 6; do start "t$i" deposit 1usdc; done
	for i in 1 2 3 4 5 6; do
		ended 0 "t$i" >/dev/null || true
		case $status in
		0) ok=$((ok + 1)) ;;
		32) over=$((over + 1)) ;;
		*) echo "$status $output"; false ;;
		esac
	done
	[ "$ok/$over" = 3/3 ]
	[ "$(chain .usdc.collateral)" = 3000000 ]
	made 6
}

@test 'caps are for payments' {
	FOURMICA_MAX_AMOUNT=0.01usdc ends 0 deposit 5usdc
	FOURMICA_MAX_AMOUNT=0.01usdc ends 0 deposit 0.01eth
	FOURMICA_MAX_AMOUNT=0.01usdc ends 31 pay "$(sb sellers.credit_v1)?amount=20000"
	made 3
}

@test 'the emergency stop between approval and deposit' {
	rpc_fault rpc_slow '"route":"eth_estimateGas","arg":1500,"times":0'
	start one deposit 1usdc
	until_true known 1
	touch "$FOURMICA_HOME/stop"
	ended 44 one
	says 'payments are stopped'
	did approve:mined
	made 1
	# Under the stop nothing is sent again either.
	clear_faults
	ends 37 deposit 1usdc
	made 1
}
