#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `deposit` against the sandbox's vault: what it does to the chain, what it refuses, and that nothing
# of a refusal is on the chain.

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

# ---- what it does ----

@test 'a token: an allowance of exactly the amount, the deposit, nothing left' {
	ends 0 deposit 5usdc
	did 'approve:mined deposit:mined'
	[ "$(json data.resumed)" = false ] || [ "$(jq .data.resumed <<<"$output")" = false ]
	[ "$(json data.deposited.amount)" = 5000000 ]
	[ "$(json data.allowance_left.amount)" = 0 ]
	[ "$(json data.vault)" = "$(sb vault)" ]
	[ "$(events)" = 'CollateralDeposited usdc 5000000' ]
	state=$(witness state "$ME")
	jq -e '.count == 2 and .usdc.balance == "95000000" and .usdc.allowance == "0" and
		.usdc.collateral == "5000000"' <<<"$state"
	# The report's hashes, in the chain's order; fees as the chain took them.
	[ "$(witness sent "$ME" | jq -c '[.[].hash]')" = "$(jq -c '[.data.transactions[].hash]' <<<"$output")" ]
	[ "$(jq -r '[.data.transactions[].fee.amount | tonumber] | add' <<<"$output")" = "$(json data.fee.amount)" ]
	[ $((1000000000000000000 - $(jq -r .eth.balance <<<"$state"))) = "$(json data.fee.amount)" ]
	made 2
}

@test 'ETH: one transaction with the value' {
	ends 0 deposit 0.25eth
	did deposit:mined
	[ "$(events)" = 'CollateralDeposited eth 250000000000000000' ]
	[ "$(chain .eth.collateral)" = 250000000000000000 ]
	[ $((750000000000000000 - $(chain .eth.balance))) = "$(json data.fee.amount)" ]
	[ "$(jq .data.allowance_left <<<"$output")" = null ]
	made 1
}

@test 'the report for people says the same, and no amount twice' {
	run2 "$FOURMICA" deposit 5usdc
	[ "$status" = 0 ]
	[[ "$output" == *'Deposited:          5 USDC'* && "$output" == *'Allowance left:     0 USDC'* ]]
	[[ "$output" == *'Collateral before:  0 USDC'* ]]
	[[ "$output" != *0x02f8* ]]
	made 2
}

@test '--approve: an amount, then none is needed, and what is left is named' {
	ends 0 deposit 2usdc --approve 6usdc
	[ "$(json data.allowance_left.amount)" = 4000000 ]
	[[ "$(json 'warnings[0]')" == *'wallet allowances revoke'* ]]
	[ "$(chain .usdc.allowance)" = 4000000 ]
	ends 0 deposit 1usdc --approve none
	did deposit:mined
	ends 0 deposit 1usdc
	did deposit:mined
	[ "$(chain .usdc.allowance)" = 2000000 ]
	ends 15 deposit 3usdc --approve none
	says 'may take 2 USDC, 3 USDC is needed'
	advises 'approve 3 USDC for the vault'
	[ "$(json error.rule)" = ERC20InsufficientAllowance ]
	ends 2 deposit 3usdc --approve 2usdc
	made 4
	[ "$(chain .usdc.collateral)" = 4000000 ]
}

@test 'assets by symbol, by address, in base units; USDC is the known one' {
	ends 0 deposit 1000001base --asset "$(sb usdc)"
	ends 0 deposit 1USDC --asset USDC
	[ "$(chain .usdc.collateral)" = 2000001 ]
	[ "$(chain .liar.collateral)" = 0 ]
	ends 2 deposit 5base
	says 'of which asset'
	made 4
}

@test '--dry-run: the most it costs, and nothing else' {
	ends 0 deposit 5usdc --dry-run
	[ "$(json status)" = would_deposit ]
	[ "$(json data.amount.amount)" = 5000000 ]
	[ "$(json data.fee_max.amount)" -gt 0 ]
	ends 0 deposit 0.1eth --dry-run
	[ ! -e "$FOURMICA_HOME/ledger.db" ] || [ "$(in_ledger)" = 0 ]
	[ "$(on_chain)" = 0 ]
}

# ---- amounts and assets that are refused ----

@test 'amounts that are none, too precise, too large' {
	while read -r amount want piece; do
		ends "$want" deposit -- "$amount"
		says "$piece"
	done <<-'END'
		0usdc 2 the amount is zero
		0.000000usdc 2 the amount is zero
		0eth 2 the amount is zero
		-1usdc 2 is not an amount
		+1usdc 2 is not an amount
		1e3usdc 2 is not an amount
		5 2 a number needs a unit
		1.0000001usdc 2 at most 6 decimal places
		0.0000000000000000001eth 2 at most 18 decimal places
		0.5base 2 of which asset
		115792089237316195423570985008687907853269984665640564039457584007913129639936usdc 2 below 2^256
		115792089237316195423570985008687907853269984665640564039457.584007eth 15 the wallet holds
		100.000001usdc 15 the wallet holds 100 USDC, 100.000001 USDC is needed
		1.1eth 15 the wallet holds 1 ETH, 1.1 ETH is needed
		1xyz 2 none of the vault's assets
	END
	ends 2 deposit 1usdc --asset 0x000000000000000000000000000000000000dEaD
	ends 2 deposit 1usdc --asset eth
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
}

@test 'all there is: the last ETH cannot pay for its own gas' {
	ends 15 deposit 1eth
	[ "$(json error.rule)" = gas ]
	ends 15 deposit 0.99999999eth
	[ "$(json error.rule)" = gas ]
	chain_does "{\"balance\":{\"address\":\"$ME\",\"wei\":\"0\"}}" >/dev/null
	ends 15 deposit 5usdc
	[ "$(json error.rule)" = gas ]
	[ "$(json error.spent)" = no ]
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
	ctl fund "{\"address\":\"$ME\"}" >/dev/null
	ends 0 deposit 100usdc
	[ "$(chain .usdc.balance)" = 0 ]
}

@test 'tokens of all habits' {
	tokens=$(jq -c '.odd | map_values("9000000") | .liar = "9000000000000000000"' <<<"$SANDBOX")
	ctl fund "{\"address\":\"$ME\",\"tokens\":$tokens}" >/dev/null
	count=0
	for name in returns_false returns_nothing reverts_string custom_errors zero_first liar; do
		ends 0 deposit 1000000base --asset "$(sb "odd.$name")"
		did 'approve:mined deposit:mined'
		[ "$(json data.deposited.amount)" = 1000000 ]
		made $((count += 2))
		ends 15 deposit 9500000000000000000base --asset "$(sb "odd.$name")"
		[ "$(json error.rule)" = ERC20InsufficientBalance ]
	done
	# A new allowance only after the old one was set to zero: three transactions.
	ends 0 deposit 1000000base --asset "$(sb odd.zero_first)" --approve 1500000base
	[ "$(chain .zero_first.allowance)" = 500000 ]
	made $((count += 2))
	ends 0 deposit 2000000base --asset "$(sb odd.zero_first)"
	did 'approve-zero:mined approve:mined deposit:mined'
	made $((count += 3))
	[ "$(chain .zero_first.collateral)" = 4000000 ]
	[ "$(chain .zero_first.allowance)" = 0 ]
	# What contradicts itself is not used at all.
	ends 35 deposit 1000000base --asset "$(sb odd.nonsense)"
	says 'cannot be used'
	[[ "$output$err" != *$'\e'* ]]
	made "$count"
}

@test 'a token that keeps a part: the approval is told, and nobody is to be funded' {
	ctl fund "{\"address\":\"$ME\",\"tokens\":{\"takes_fee\":\"9000000\"}}" >/dev/null
	ends 44 deposit 1000000base --asset "$(sb odd.takes_fee)"
	says 'the deposit was not sent, but what comes before it was'
	says 'keeps a part of what is sent: 0.99'
	[ "$(json error.spent)" = yes ]
	did approve:mined
	[ "$(json data.allowance_left.amount)" = 1000000 ]
	[ "$(chain .takes_fee.allowance)" = 1000000 ]
	made 1
	[ -z "$(events)" ]
	# Whoever tries again with that allowance loses nothing.
	ends 15 deposit 1000000base --asset "$(sb odd.takes_fee)"
	made 1
}

@test 'a token that says other decimals than the configuration' {
	cat >"$FOURMICA_HOME/config.json" <<-END
		{"version":1,"assets":[{"network":"base-sepolia","address":"$(sb odd.liar)","symbol":"LIAR","decimals":6}]}
	END
	chmod 600 "$FOURMICA_HOME/config.json"
	ctl fund "{\"address\":\"$ME\",\"tokens\":{\"liar\":\"9000000000000000000\"}}" >/dev/null
	ends 35 deposit 1liar
	[ "$(json error.rule)" = token-decimals ]
	says 'known with 6 decimals, but says 18'
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
}

# ---- what the vault refuses ----

@test 'a paused vault, a token it has no pool for' {
	vault '{"pause":true}'
	for amount in 1usdc 0.1eth; do
		ends 15 deposit "$amount"
		[ "$(json error.rule)" = EnforcedPause ]
		[ "$(json error.message)" = 'the vault is paused; deposits and withdrawals are stopped' ]
		[ "$(json error.hint)" = 'funds stay in the vault; try again later' ]
	done
	vault '{"pause":false}'
	vault '{"atoken":{"asset":"usdc","configured":false}}'
	ends 15 deposit 1usdc
	[ "$(json error.rule)" = AaveNotConfigured ]
	[ "$(json error.message)" = 'the vault cannot take USDC yet' ]
	[ "$(json error.hint)" = 'deposit ETH or another listed token' ]
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
}

@test 'mined and reverted: the reason, the gas, no deposit, and the next one is new' {
	vault '{"pause":true}'
	# A node whose calls run in the state of a block before.
	rpc_fault rpc_stale '"route":"eth_call","arg":1,"times":0'
	rpc_fault rpc_stale '"route":"eth_estimateGas","arg":1,"times":0'
	ends 44 deposit 0.2eth
	clear_faults
	did deposit:reverted
	says 'the deposit transaction was mined and reverted: the vault is paused'
	[ "$(json error.spent)" = yes ]
	[ "$(json data.fee.amount)" -gt 0 ]
	made 1
	[ -z "$(events)" ]
	vault '{"pause":false}'
	ends 0 deposit 0.2eth
	did deposit:mined
	[ "$(chain .eth.collateral)" = 200000000000000000 ]
}

# What the sandbox's vault cannot be brought to say, a node says in its place: the bytes are those of
# contracts.md, 5.
@test 'every refusal of vault and tokens, in its words' {
	local who=00000000000000000000000015d34aaf54267db7d7c367839aaf71a00a2c6a65
	local one two three
	one=$(printf %064x 1) two=$(printf %064x 2) three=$(printf %064x 3000000)
	while IFS='|' read -r data rule message hint; do
		rpc_fault rpc_error "\"route\":\"eth_estimateGas\",\"times\":1,\"arg\":{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x$data\"}"
		ends 15 deposit 0.01eth
		clear_faults
		[ "$(jq -r '.error.rule // ""' <<<"$output")" = "$rule" ] || { echo "$data: $output"; false; }
		says "$message"
		advises "$hint"
		[ "$(json error.spent)" = no ]
	done <<-END
		cbca5aa2|AmountZero|amount is zero|give an amount above zero
		ee84f40b$who|UnsupportedAsset|the vault does not take asset 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65|run: fourmica status, and use a listed asset
		d93c0665|EnforcedPause|the vault is paused; deposits and withdrawals are stopped|funds stay in the vault; try again later
		3a76e42a|AaveNotConfigured|the vault cannot take ETH yet|deposit ETH or another listed token
		a571ee80$who$one$two|ReconciliationLoss|do not add up|nothing was moved; contact the operator
		3ee6509d|DirectTransferNotAllowed|the vault takes no plain transfers or unknown calls|check the vault address and the contract version
		3ee5aeb5|ReentrancyGuardReentrantCall|re-entered|a contract wallet called back
		fb8f41b2$who$one$three|ERC20InsufficientAllowance|may take 0.000000000000000001 ETH, 0.000000000003 ETH is needed|approve 0.000000000003 ETH
		5274afe7$who|SafeERC20FailedOperation|the token returned no success, or has no code|check the token address
		4e487b71$(printf %064x 17)|Panic|the token failed with panic|balance or allowance too small
		08c379a0$(printf %064x 32)$(printf %064x 5)68656c6c6f000000000000000000000000000000000000000000000000000000|Error|the token refused: hello|-v
		068ca9d8$who|AccessManagedUnauthorized|this call is for the operator|user
		0a0a0a0a|0x0a0a0a0a|the contract refused with 0x0a0a0a0a|-v
		||the contract refused without a reason|wrong address or version
	END
	[ "$(on_chain)/$(in_ledger)" = 0/0 ]
}
