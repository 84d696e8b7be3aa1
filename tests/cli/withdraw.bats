#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `withdraw`: request, cancel, finalize, and the clock between them. The vault's 22 days pass by moving
# the chain's clock; the fast waits are four seconds of it.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

GRACE=1900800 # seconds, as 4Mica deploys it
FAST='{"timing":[1,2,1,4]}'

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	sandbox_as_new
	home_with_money '"vault":{"usdc":"10000000","eth":"500000000000000000"}'
	FIRST=$(on_chain) # the sandbox deposited for the wallet
}

teardown() {
	sandbox_as_new
}

# Transactions of the test itself.
made_here() { # COUNT
	local chain
	chain=$(on_chain)
	[ "$((chain - FIRST))/$(in_ledger)" = "$1/$1" ] ||
		{ echo "chain/ledger $((chain - FIRST))/$(in_ledger), not $1/$1"; return 1; }
}

@test 'fast: request, overwrite, cancel, request, too early, finalize; ETH and token' {
	vault "$FAST"
	local asset one two collateral
	while read -r asset one two collateral; do
		# Each its own chain of events; the words of the last step are the vault's.
		ends 0 withdraw request "$one$asset"
		did request:mined
		[ "$(jq .data.replaced <<<"$output")" = null ]
		[ "$(chain ".$asset.requested")" = "$(json data.amount.amount)" ]
		ends 5 withdraw request "$two$asset" # replacing is asked about
		[[ "$(json error.hint)" == *--yes* ]]
		ends 0 withdraw request "$two$asset" --yes
		[ "$(json data.replaced.display | tr '[:upper:]' '[:lower:]' | tr -d ' ')" = "$one$asset" ]
		[ "$(chain ".$asset.requested")" = "$(json data.amount.amount)" ]
		ends 0 withdraw cancel
		did cancel:mined
		[ "$(chain ".$asset.requested")" = 0 ]
		ends 15 withdraw cancel
		[ "$(json error.rule)" = NoWithdrawalRequested ]
		ends 15 withdraw finalize --asset "$asset"
		[ "$(json error.message)" = "there is no withdrawal request for ${asset^^}" ]
		[ "$(json error.hint)" = 'run: fourmica withdraw request AMOUNT' ]
		ends 0 withdraw request "$two$asset"
		unlocks=$(json data.unlocks_at)
		before=$(on_chain)
		ends 39 withdraw finalize
		[ "$(json error.rule)" = GracePeriodNotElapsed ]
		[ "$(json data.retry_at)" = "$unlocks" ]
		[ "$(json error.retryable)" = true ]
		[ "$(json error.spent)" = no ]
		[ "$(on_chain)" = "$before" ]
		chain_does '{"increase_time":4,"mine":1}' >/dev/null
		balance=$(chain ".$asset.balance")
		ends 0 withdraw finalize
		did finalize:mined
		paid=$(json data.withdrawn.amount)
		[ "$(json data.withdrawn.display | tr '[:upper:]' '[:lower:]' | tr -d ' ')" = "$two$asset" ]
		fee=0
		[ "$asset" = usdc ] || fee=$(json data.fee.amount)
		[ $(($(chain ".$asset.balance") - balance + fee)) = "$paid" ]
		[ "$(chain ".$asset.collateral")" = "$collateral" ]
		[ "$(chain ".$asset.requested")" = 0 ]
	done <<-'END'
		usdc 3 4.5 5500000
		eth 0.1 0.25 250000000000000000
	END
	[ "$(events | grep -v Deposited)" = 'WithdrawalRequested usdc 3000000
WithdrawalRequested usdc 4500000
WithdrawalCanceled usdc 
WithdrawalRequested usdc 4500000
CollateralWithdrawn usdc 4500000
WithdrawalRequested eth 100000000000000000
WithdrawalRequested eth 250000000000000000
WithdrawalCanceled eth 
WithdrawalRequested eth 250000000000000000
CollateralWithdrawn eth 250000000000000000' ]
	made_here 10
}

@test '22 days: one second early is refused, the very second is not' {
	ends 0 withdraw request 4usdc
	since=$(chain .usdc.since)
	[ "$(date -d "$(json data.unlocks_at)" +%s)" = $((since + GRACE)) ]
	ends 39 withdraw finalize
	[ "$(date -d "$(json data.retry_at)" +%s)" = $((since + GRACE)) ]
	[[ "$(json error.message)" =~ '22 d 0 h from now'|'21 d 23 h from now' ]]
	# The pending block is the one it would be in.
	chain_does "{\"next_time\":$((since + GRACE - 1))}" >/dev/null
	ends 39 withdraw finalize
	says '1 s from now'
	chain_does "{\"next_time\":$((since + GRACE - 1)),\"mine\":1}" >/dev/null
	[ "$(chain_time)" = $((since + GRACE - 1)) ]
	made_here 1
	chain_does "{\"next_time\":$((since + GRACE))}" >/dev/null
	ends 0 withdraw finalize
	[ "$(chain_time)" = $((since + GRACE)) ]
	[ "$(json data.withdrawn.amount)" = 4000000 ]
	made_here 2
}

@test 'a quiet chain: no block since the wait began, and finalizing goes through' {
	ends 0 withdraw request 4usdc
	since=$(chain .usdc.since)
	chain_does "{\"increase_time\":$GRACE}" >/dev/null
	[ "$(chain_time)" = "$since" ] # latest is as old as the request
	ends 0 withdraw finalize
	[ "$(json data.withdrawn.amount)" = 4000000 ]
}

@test 'a waiting time that governance changed moves the unlock' {
	ends 0 withdraw request 4usdc
	since=$(chain .usdc.since)
	run_json withdraw
	[ "$(date -d "$(jq -r '.data.withdrawals[] | select(.asset == "USDC").unlocks_at' <<<"$output")" +%s)" = $((since + GRACE)) ]
	vault "$FAST"
	run_json withdraw
	[ "$(date -d "$(jq -r '.data.withdrawals[] | select(.asset == "USDC").unlocks_at' <<<"$output")" +%s)" = $((since + 4)) ]
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 0 withdraw finalize
}

@test 'a wall clock that is wrong by a day changes nothing' {
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	vault "$FAST"
	plain=$FOURMICA
	for seconds in -86400 86400; do
		printf '#!/bin/sh\nexec env LD_PRELOAD=%s KILLAT_WALL_S=%s %s "$@"\n' \
			"$FOURMICA_KILLAT" "$seconds" "$plain" >"$BATS_TEST_TMPDIR/fourmica"
		chmod 755 "$BATS_TEST_TMPDIR/fourmica"
		FOURMICA=$BATS_TEST_TMPDIR/fourmica
		ends 0 withdraw request 1usdc
		ends 39 withdraw finalize
		[ "$(date -d "$(json data.retry_at)" +%s)" = $(($(chain .usdc.since) + 4)) ]
		chain_does '{"increase_time":4,"mine":1}' >/dev/null
		ends 0 withdraw finalize
	done
	made_here 4
}

@test 'more than there is, nothing, two requests at once' {
	ends 15 withdraw request 10.000001usdc
	[ "$(json error.rule)" = InsufficientAvailable ]
	[ "$(json error.message)" = 'asked for 10.000001 USDC, the vault holds 10 USDC for you' ]
	[ "$(json error.hint)" = 'request at most 10 USDC' ]
	ends 2 withdraw request 0usdc
	says 'the amount is zero'
	ends 2 withdraw request -- -1usdc
	ends 2 withdraw request 1.0000001usdc
	ends 2 withdraw request 1xyz
	ends 15 withdraw finalize
	[ "$(json error.message)" = 'there is no withdrawal request' ]
	made_here 0
	ends 0 withdraw request 10usdc
	ends 0 withdraw request 0.1eth
	ends 2 withdraw cancel
	advises --asset
	ends 2 withdraw finalize
	ends 0 withdraw cancel --asset eth
	ends 0 withdraw cancel
	made_here 4
}

@test 'a paused vault stops all of it, and says so' {
	ends 0 withdraw request 1usdc
	vault '{"pause":true}'
	for command in 'request 1eth' cancel finalize 'cancel --asset usdc' 'finalize --asset usdc'; do
		# shellcheck disable=SC2086 # words
		ends 15 withdraw $command
		[ "$(json error.rule)" = EnforcedPause ]
	done
	made_here 1
	vault '{"pause":false}'
	ends 0 withdraw cancel
}

@test 'less than requested is paid, and told from the event' {
	vault "$FAST"
	ends 0 withdraw request 0.5eth
	vault "{\"take\":{\"user\":\"$ME\",\"asset\":\"eth\",\"amount\":\"300000000000000000\"}}"
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 0 withdraw finalize
	[ "$(json data.withdrawn.amount)" = 200000000000000000 ]
	[[ "$(json 'warnings[0]')" == *'less was paid than requested'* ]]
}

@test 'what the pool cannot pay, the last unit, a wallet that takes no ETH' {
	vault "$FAST"
	ends 0 withdraw request 4usdc
	vault '{"short":{"asset":"usdc","amount":"all"}}'
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 15 withdraw finalize
	[ "$(json error.rule)" = StablecoinWithdrawShortfall ]
	[ "$(json error.message)" = 'the lending pool is short: 0 USDC of 4 USDC' ]
	[ "$(json error.hint)" = 'try later or request a smaller amount' ]
	vault '{"short":{"asset":"usdc","amount":"0"}}'
	ends 0 withdraw finalize
	# Two deposits at an index of 1.1 are worth one scaled unit less than their sum.
	vault '{"index":{"asset":"usdt","ray":"1100000000000000000000000000"}}'
	ctl fund "{\"address\":\"$ME\",\"tokens\":{\"usdt\":\"9000000\"}}" >/dev/null
	ends 0 deposit 1base --asset "$(sb usdt)"
	ends 0 deposit 5000000base --asset "$(sb usdt)"
	ends 0 withdraw request 5000001base --asset "$(sb usdt)"
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 15 withdraw finalize
	[ "$(json error.rule)" = UserScaledBalanceUnderflow ]
	[ "$(json error.message)" = 'rounding: the last unit cannot be paid out yet' ]
	[ "$(json error.hint)" = 'request one base unit less, or wait for interest' ]
	ends 0 withdraw request 5000000base --asset "$(sb usdt)" --yes
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 0 withdraw finalize
	ends 0 withdraw request 0.1eth
	chain_does "{\"increase_time\":5,\"mine\":1,\"no_receive\":\"$ME\"}" >/dev/null
	ends 15 withdraw finalize
	[ "$(json error.rule)" = TransferFailed ]
	[ "$(json error.message)" = 'your address refused the ETH' ]
	[ "$(json error.hint)" = 'the wallet is a contract that cannot receive ETH' ]
}

@test 'open guarantees: what they lean on stays, unless forced' {
	run2 "$FOURMICA" pay -s --json "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
	ends 30 withdraw request 10usdc
	[ "$(json error.rule)" = open-obligations ]
	says '0 USDC would stay, but guarantees for 0.01 USDC are open'
	advises --force-with-open-obligations
	made_here 0
	ends 0 withdraw request 9.99usdc
	ends 0 withdraw request 10usdc --force-with-open-obligations --yes
	made_here 2
}

@test 'the emergency stop: no deposit, and withdrawing goes on' {
	vault "$FAST"
	touch "$FOURMICA_HOME/stop"
	ends 37 deposit 1usdc
	[ "$(json error.spent)" = no ]
	ends 0 withdraw request 1usdc
	ends 0 withdraw cancel
	ends 0 withdraw request 2usdc
	chain_does '{"increase_time":5,"mine":1}' >/dev/null
	ends 0 withdraw finalize
	rm "$FOURMICA_HOME/stop"
	FOURMICA_STOP=1 ends 37 deposit 1usdc
	made_here 4
}

@test '--dry-run and --wait sent' {
	ends 0 withdraw request 1usdc --dry-run
	made_here 0
	ends 0 withdraw request 1usdc --wait sent
	did request:signed
	ends 0 withdraw cancel
	made_here 2
	[ "$(chain .usdc.requested)" = 0 ]
}
