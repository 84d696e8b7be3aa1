#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Nodes that lie, lag, lose and refuse: each deposit ends with its code, and every transaction that
# may be on the chain is in the ledger. With an honest node the same command then brings it to its
# end, and never makes a second one of it.

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

# Under the fault the command ends with a status; then the same in health does what is left.
trouble() { # STATUS FAULT ARM PIECE
	rpc_fault "$2" "$3"
	ends "$1" deposit 0.01eth --timeout 3s
	[ -z "$4" ] || says "$4"
	clear_faults
}

nothing_left() {
	[ "$(json error.spent)" = no ]
	made "${1:-0}"
}

healed() { # RESUMED
	ends 0 deposit 0.01eth
	[ "$(jq .data.resumed <<<"$output")" = "$1" ]
	[ "$(events)" = 'CollateralDeposited eth 10000000000000000' ]
	made 1
}

@test 'another chain, no vault at the address: nothing is signed' {
	trouble 13 rpc_wrong_chain '"times":0' 'serves chain 8453, wanted is chain 84532'
	nothing_left
	ends 0 deposit 0.01eth # knows the vault from now on
	trouble 13 no_code '"times":0' "no contract at the vault's address"
	nothing_left 1
	trouble 13 rpc_wrong_chain '"times":0' 'serves chain 8453'
	nothing_left 1
}

@test 'a vault that Core moved: the pinned one is not left in silence' {
	ends 0 deposit 0.01eth
	ctl fault '{"where":"core","fault":"vault_switch","times":0}' >/dev/null
	ledger_write "UPDATE pin SET at = 1 WHERE kind LIKE '%param%'"
	ends 0 deposit 0.01eth
	[ "$(json data.vault)" = "$(sb vault)" ]
	new_ledger
	ends 13 deposit 0.01eth
	[ "$(json error.spent)" = no ]
}

@test 'a node that is behind the ledger, one that counts transactions nobody made' {
	chain_does '{"mine":6}' >/dev/null
	ends 0 deposit 0.01eth
	trouble 13 rpc_stale '"times":0' 'is behind: it says the next nonce is 0'
	advises 'with another endpoint'
	nothing_left 1
	trouble 13 rpc_nonce_gap '"times":0' 'the next nonce is 2, mined are 1'
	nothing_left 1
	# For a moment only: it is asked again.
	rpc_fault rpc_nonce_gap '"times":2'
	ends 0 deposit 0.01eth
	rpc_fault rpc_stale '"route":"eth_getTransactionCount","times":4'
	ends 0 deposit 0.01eth
	made 3
}

@test 'receipts that are lost: 51 with the hash; found by the same command' {
	trouble 51 rpc_lost_receipt '"times":0' 'is not in a block yet'
	hash=$(json 'data.transactions[0].hash')
	says "$hash"
	[ "$(json error.spent)" = maybe ]
	[[ "$(json error.hint)" == *reconcile* ]]
	made 1
	healed true
	[ "$(json 'data.transactions[0].hash')" = "$hash" ]
}

@test 'the answer to the broadcast is lost, before or after the node had it' {
	for fault in rpc_drop_after_send rpc_already_known; do
		rpc_fault $fault '"times":0'
		ends 0 deposit 2usdc
		did 'approve:mined deposit:mined'
		clear_faults
	done
	rpc_fault rpc_drop_before_send '"times":1'
	ends 0 deposit 2usdc
	clear_faults
	made 6
	[ "$(chain .usdc.collateral)" = 6000000 ]
	trouble 51 rpc_drop_before_send '"times":0' 'is not in a block yet'
	[ "$(on_chain)/$(in_ledger)" = 6/7 ]
	ends 0 deposit 0.01eth
	[ "$(json data.resumed)" = true ]
	made 7
}

@test 'refused by the node after it was signed: 51 in its words, later the same bytes' {
	trouble 51 rpc_low_fee '"times":1' 'max fee per gas less than block base fee'
	[ "$(json error.spent)" = maybe ]
	[ "$(on_chain)/$(in_ledger)" = 0/1 ]
	healed true
}

@test 'an odd refusal of the broadcast' {
	trouble 51 rpc_error '"route":"eth_sendRawTransaction","arg":"weird","times":1' weird
	[ "$(on_chain)/$(in_ledger)" = 0/1 ]
	healed true
}

@test 'a node that fails while the transaction is waited for is asked again' {
	rpc_fault rpc_error '"route":"eth_getTransactionReceipt","arg":"weird","times":2'
	ends 0 deposit 0.01eth
	rpc_fault rpc_error '"route":"eth_getTransactionReceipt","arg":"weird","times":0'
	ends 51 deposit 0.02eth --timeout 2s
	says weird
	clear_faults
	made 2
	ends 0 deposit 0.02eth
	made 2
}

@test '429: waited for as told, and not longer than that is sensible' {
	rpc_fault rpc_429 '"times":2'
	ends 0 deposit 0.01eth
	trouble 10 rpc_429 '"arg":60,"times":0' 'HTTP 429'
	nothing_left 1
}

@test 'no batches; answers of a batch in another order; reverts wrapped twice' {
	trouble 13 rpc_no_batch '"times":0' 'refused a batch'
	nothing_left
	rpc_fault rpc_batch_order '"times":0'
	ends 0 deposit 0.01eth
	clear_faults
	made 1
	# The allowance is not there and the calls' errors come in another shape.
	vault '{"pause":true}'
	rpc_fault rpc_stale '"route":"eth_call","arg":1,"times":0'
	rpc_fault rpc_data_nested '"times":0'
	ends 15 deposit 0.01eth
	says 'the vault is paused'
	made 1
}

@test 'nobody answers: 10, and a second endpoint of the configuration is read from' {
	FOURMICA_RPC_URL=http://127.0.0.1:9 ends 10 deposit 0.01eth
	nothing_left
	umask 077
	cat >"$FOURMICA_HOME/config.json" <<-END
		{"version":1,"networks":{"base-sepolia":{"chain_id":84532,"core":"$(sb core)","rpc":["http://127.0.0.1:9","$(sb rpc)"]}}}
	END
	unset FOURMICA_RPC_URL FOURMICA_CORE_URL
	ctl reset >/dev/null
	ctl fund "{\"address\":\"$ME\"}" >/dev/null
	ends 0 deposit 0.01eth
	made 1
	[ "$(ctl_get 'log?service=rpc' | jq '[.[] | select(.rpc_methods | index("eth_sendRawTransaction"))] | length')" = 1 ]
}

@test 'the broadcast goes to one endpoint only, whatever becomes of it' {
	umask 077
	# Both are the sandbox's, by two names, so its log has what either got.
	rpc=$(sb rpc)
	cat >"$FOURMICA_HOME/config.json" <<-END
		{"version":1,"networks":{"base-sepolia":{"chain_id":84532,"core":"$(sb core)","rpc":["$rpc/first","$rpc/second"]}}}
	END
	unset FOURMICA_RPC_URL FOURMICA_CORE_URL
	rpc_fault rpc_drop_before_send '"times":1'
	ends 0 deposit 0.01eth
	made 1
	[ "$(ctl_get 'log?service=rpc' |
		jq -c '[.[] | select(.rpc_methods | index("eth_sendRawTransaction")) | .path] | unique')" = '["/first"]' ]
}

@test 'fees: too low ones are refused before signing, odd ones asked about' {
	chain_does '{"base_fee":"2000000000"}' >/dev/null
	ends 15 deposit 0.01eth --max-fee 1gwei
	[ "$(json error.rule)" = max-fee ]
	says '1 gwei'
	chain_does '{"base_fee":"2000000000000"}' >/dev/null
	ends 13 deposit 0.01eth
	says 'gwei for a unit of gas, which is odd'
	advises --max-fee
	ends 15 deposit 0.01eth --gas-limit 30000
	[ "$(json error.rule)" = gas-limit ] || [ "$(json error.rule)" = gas ]
	ends 2 deposit 0.01eth --max-fee 1gwei --priority-fee 2gwei
	ends 2 deposit 0.01eth --max-fee 1usdc
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
	chain_does '{"mine":40}' >/dev/null
	ends 15 deposit 0.01eth --gas-limit 30000
	[ "$(json error.rule)" = gas-limit ]
	says '--gas-limit allows 30000'
	ends 0 deposit 0.01eth --max-fee 900gwei --priority-fee 3wei --gas-limit 100000
	[ "$(json 'data.transactions[0].gas_limit')" = 100000 ]
	made 1
}

@test 'a reorganization: what it took out is sent again, the same bytes' {
	ends 0 deposit 0.01eth
	ends 0 deposit 2usdc
	bytes=$(ledger "SELECT hex(raw) FROM tx ORDER BY nonce")
	chain_does '{"reorg":2}' >/dev/null
	[ "$(on_chain)" = 1 ]
	[ "$(events)" = 'CollateralDeposited eth 10000000000000000' ]
	# The next command finds a nonce that was used: first what was lost, then its own.
	ends 0 deposit 0.03eth --timeout 5s
	did deposit:mined
	made 4
	[ "$(events)" = 'CollateralDeposited eth 10000000000000000
CollateralDeposited usdc 2000000
CollateralDeposited eth 30000000000000000' ]
	[ "$(ledger "SELECT hex(raw) FROM tx WHERE nonce < 3 ORDER BY nonce")" = "$bytes" ]
	# Its end is told once more, for it may have been another one.
	ends 0 deposit 2usdc
	[ "$(json data.resumed)" = true ]
	made 4
}
