#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Settling cycles: net debits paid, net credits claimed, defaulters marked, cycles closed. What the
# clearing house says is asked by a witness that shares no code with the program.

# shellcheck disable=SC2154 # output, status, err come from run2

load cycles

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	sandbox_as_new
	people
	become ann
}

teardown() {
	sandbox_as_new
}

# ---- from guarantees to the end ----

@test 'two payers, two sellers, token and ETH: close, commit, pay, claim, finalize' {
	ctl fund "{\"address\":\"$(sb accounts.ann.address)\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	ctl fund "{\"address\":\"$(sb accounts.dee.address)\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	become ann && buys 5000
	become dee && buys 300
	# What nobody signed here is netted as well: the other seller, and all in ETH.
	owes ann cid 700
	for pair in 'ann bob 5000' 'ann cid 700' 'dee bob 300' 'dee ann 200'; do
		# shellcheck disable=SC2086 # three words
		owes $pair eth
	done
	close
	for asset in "$(sb usdc)" $eth; do
		CYCLE=$(cycle_of "${asset,,}")
		become ann
		ends 0 cycles pay "$CYCLE" --accept-difference
		word paid
		[ "$(seat .paid)" = true ]
		become dee
		ends 0 cycles pay "$CYCLE" --accept-difference
		[ "$(house .paid_in)" = "$(house .net_debit)" ]
		for seller in bob cid; do
			become $seller
			[ "$seller" = bob ] || ctl fund "{\"address\":\"$ME\",\"wei\":\"1000000000000000000\"}" >/dev/null
			ends 0 cycles claim "$CYCLE"
			word claimed
			[ "$(json data.claimed.amount)" = "$(seat .net_credit)" ]
		done
	done
	chain_does '{"increase_time":7201,"mine":1}' >/dev/null
	become cid # anybody may
	for asset in "$(sb usdc)" $eth; do
		CYCLE=$(cycle_of "${asset,,}")
		ends 0 cycles finalize "$CYCLE"
		word finalized
		[ "$(house .status)" = 2 ]
		[ "$(house '[.paid_in, .claimed_out, .resolved, .net_debit] | unique | length')" = 1 ]
	done
}

@test 'a debit in a token: an exact allowance to the house, then the payment; ETH goes along as value' {
	buys 5000
	close
	ends 0 cycles pay "$CYCLE"
	did 'approve:mined pay:mined'
	[ "$(json data.paid.amount)" = 5000 ]
	[ "$(json data.allowance_left.amount)" = 0 ]
	[ "$(json data.clearing_house)" = "$(sb clearing_house)" ]
	[ "$(house .paid_in)" = 5000 ]
	[ "$(witness cleared "$ME" | jq -r '.[].event')" = DebtorPaid ]
	# Again: done, and nothing is sent.
	BEFORE=$(on_chain)
	ends 0 cycles pay "$CYCLE"
	word already_paid
	[ "$(json data.already)" = true ]
	sent_nothing
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	ends 0 cycles pay "$CYCLE" --accept-difference
	did 'pay:mined'
	[ "$(house .paid_in)" = 400 ]
}

@test 'a cycle goes by its text id, its hash, and the beginning of either' {
	buys 5000
	close
	id=$(house .id)
	for name in "$CYCLE" "$id" "${id:0:12}" "${CYCLE:0:50}" "${CYCLE:0:12}"; do
		ends 31 cycles pay "$name" --max-amount 0.001usdc
		rule max-amount
		[ "$(json data.cycle)" = "$CYCLE" ]
		[ "$(json data.cycle_id)" = "$id" ]
	done
	ends 2 cycles pay 0xfade99
	ends 2 cycles pay 0xfa
	# A seller's ledger knows of none: by the whole text, or on chain where the house is known.
	become bob
	ends 2 cycles claim "${id:0:12}"
	advises 'ASSET:START'
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" >/dev/null
	for name in "$CYCLE" "$id" "${id:0:12}" "${CYCLE:0:50}"; do
		ends 39 cycles claim "$name"
		[ "$(json data.cycle)" = "$CYCLE" ]
	done
}

# ---- what Core says, and what is so ----

# Armed once for one of the two questions; nothing may be sent.
lie() { # QUESTION MEMBER
	ctl fault "{\"where\":\"core\",\"fault\":\"tampered_clearing\",\"route\":\"$ROUTE/$1\",\"arg\":$2}" >/dev/null
}

@test 'each member of a proof or an action that is not so is named, and nothing is sent' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	buys 5000
	become dee && buys 300 && become ann
	owes ann bob 400 eth
	close
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" >/dev/null
	for asset in "$(sb usdc)" $eth; do
		CYCLE=$(cycle_of "${asset,,}")
		ROUTE=/core/cycles/$CYCLE/participants/$ME
		BEFORE=$(on_chain)
		for member in cycle_id cycle_id_text asset_address participant role amount net_debit net_credit \
			leaf merkle_root proof; do
			lie clearing-proof "\"$member\""
			ends 14 cycles pay "$CYCLE" --accept-difference
			rule $member
			clear_faults
		done
		for member in contract_address function_name action cycle_id cycle_id_text asset_address \
			participant debtor amount payable_value proof; do
			lie clearing-action "\"$member\""
			ends 14 cycles pay "$CYCLE" --accept-difference
			rule $member
			clear_faults
		done
		sent_nothing
		[ "$(in_ledger)" = 0 ]
	done
	# And without a lie:
	ends 0 cycles pay "$CYCLE" --accept-difference
}

@test 'a house that only Core names is kept with its first use, and then no other is taken' {
	buys 5000
	close
	ROUTE=/core/cycles/$CYCLE/participants/$ME
	# No contract there.
	lie clearing-action '"contract_address"'
	ends 13 cycles pay "$CYCLE"
	says "no contract at the clearing house"
	clear_faults
	# A contract, but no clearing house.
	lie clearing-action "{\"contract_address\":\"$(sb usdc)\"}"
	run_json cycles pay "$CYCLE"
	[ "$status" != 0 ]
	clear_faults
	[ "$(on_chain)" = 0 ] || [ "$(in_ledger)" = 0 ]
	ends 0 cycles pay "$CYCLE"
	[[ "$(json 'warnings | join(" ")')" == *'used for the first time'* ]]
	[ "$(ledger "SELECT value FROM pin WHERE kind = 'clearing_house'")" = "$(sb clearing_house)" ]
	buys 5000
	close
	ROUTE=/core/cycles/$CYCLE/participants/$ME
	BEFORE=$(on_chain)
	lie clearing-action '"contract_address"'
	ends 14 cycles pay "$CYCLE"
	rule contract_address
	sent_nothing
	clear_faults
	ends 0 cycles pay "$CYCLE"
	[[ "$(json 'warnings | join(" ")')" != *'used for the first time'* ]]
}

@test 'a debit that the ledger does not explain is paid only with --accept-difference' {
	buys 5000
	owes ann bob 700
	close
	BEFORE=$(on_chain)
	ends 64 cycles pay "$CYCLE"
	rule audit
	sent_nothing
	ends 0 cycles pay "$CYCLE" --accept-difference
	[ "$(json data.paid.amount)" = 5700 ]
	[ "$(json 'warnings | length')" -gt 0 ]
}

# ---- what the contract refuses ----

@test 'not netted, not committed: 39, and nothing is asked of the chain in vain' {
	buys 5000
	CYCLE=$(cycle_of "$(sb usdc | tr A-F a-f)")
	ends 39 cycles pay "$CYCLE"
	rule not-netted
	ctl cycle/close '{"commit":false}' >/dev/null
	ends 39 cycles pay "$CYCLE"
	rule 'CycleNotFound'
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" >/dev/null
	ends 39 cycles pay "$CYCLE"
	rule 'CycleNotFound'
	ends 39 cycles finalize "$CYCLE"
}

@test 'the wrong side, no side, no part in it' {
	buys 5000
	owes bob ann 300
	owes dee cid 800
	owes cid dee 800
	close
	ends 15 cycles claim "$CYCLE"
	rule role
	advises "cycles pay $CYCLE"
	become bob
	ends 15 cycles pay "$CYCLE"
	rule role
	advises "cycles claim $CYCLE"
	become dee
	ends 15 cycles pay "$CYCLE"
	rule flat
	become operator
	ends 2 cycles pay "$CYCLE"
	rule participant-unknown
	ends 2 cycles pay "$(sb usdc | tr A-F a-f):1700000000"
	rule cycle-unknown
}

@test 'no claim before debtors paid; --wait funded stays until then' {
	buys 5000
	become dee && buys 300
	close
	become bob
	BEFORE=$(on_chain)
	ends 39 cycles claim "$CYCLE"
	rule 'ClaimExceedsFundedLiquidity'
	says '0 USDC of 0.0053 USDC'
	become dee
	ends 0 cycles pay "$CYCLE"
	become bob
	ends 39 cycles claim "$CYCLE"
	says '0.0003 USDC of 0.0053 USDC'
	sent_nothing
	ends 39 cycles claim "$CYCLE" --wait funded --timeout 1s
	start waiting cycles claim "$CYCLE" --wait funded --timeout 60s
	become ann
	ends 0 cycles pay "$CYCLE"
	ended 0 waiting
	[ "$(json data.claimed.amount)" = 5300 ]
	become bob
	ends 0 cycles claim "$CYCLE"
	word already_claimed
}

@test 'a default: marked once, covered, claimed, closed; the second debtor cannot be marked' {
	buys 5000
	become dee && buys 300
	close 100 200
	become cid
	ctl fund "{\"address\":\"$ME\",\"wei\":\"1000000000000000000\"}" >/dev/null
	BEFORE=$(on_chain)
	ann=$(sb accounts.ann.address) dee=$(sb accounts.dee.address)
	ends 39 cycles default "$CYCLE" "$ann"
	rule 'PaymentFinalityPending'
	[ "$(json data.retry_at)" = "$(date -u -d "@$(($(house '.final_at | tonumber') + 1))" +%FT%TZ)" ]
	at .final_at 1
	ends 15 cycles default "$CYCLE" "$(sb accounts.bob.address)"
	rule role
	sent_nothing
	ends 0 cycles default "$CYCLE" "$ann"
	word marked
	[ "$(json data.owed.amount)" = 5000 ]
	[ "$(house .status)" = 3 ]
	ends 0 cycles default "$CYCLE" "$ann"
	word already_marked
	ends 15 cycles default "$CYCLE" "$dee"
	says 'a default was already recorded'
	become dee
	ends 15 cycles pay "$CYCLE"
	says 'the cycle is in default; payments are closed'
	become bob
	ends 39 cycles claim "$CYCLE"
	ctl cycle/cover "{\"cycle\":\"$CYCLE\",\"debtor\":\"$ann\"}" >/dev/null
	ends 39 cycles claim "$CYCLE"
	says '0.005 USDC of 0.0053 USDC'
	become cid
	ends 15 cycles finalize "$CYCLE"
	rule 'CycleDebtUnresolved'
}

@test 'closing: too early, debts, claims, and then done' {
	buys 5000
	close 100 200
	ends 0 cycles pay "$CYCLE"
	ends 39 cycles finalize "$CYCLE"
	at .final_at 1
	ends 15 cycles finalize "$CYCLE"
	rule 'CycleClaimsUnresolved'
	become bob
	ends 0 cycles claim "$CYCLE"
	ends 2 cycles finalize 0x123456
	ends 0 cycles finalize "$CYCLE"
	word finalized
	ends 0 cycles finalize "$CYCLE"
	word already_finalized
	become ann
	ends 0 cycles pay "$CYCLE"
	word already_paid
}

@test 'too few tokens, no gas, an address that takes no ETH' {
	ends 0 deposit 999.999usdc
	buys 5000
	close
	BEFORE=$(on_chain)
	ends 15 cycles pay "$CYCLE"
	rule ERC20InsufficientBalance
	says 'the wallet holds 0.001 USDC, 0.005 USDC is needed'
	ctl fund "{\"address\":\"$ME\",\"usdc\":1000000}" >/dev/null
	ctl chain "{\"balance\":{\"address\":\"$ME\",\"wei\":\"0\"}}" >/dev/null
	ends 15 cycles pay "$CYCLE"
	rule gas
	sent_nothing
	ctl chain "{\"balance\":{\"address\":\"$ME\",\"wei\":\"1000000000000000000\"}}" >/dev/null
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	ends 0 cycles pay "$CYCLE" --accept-difference
	become bob
	chain_does "{\"no_receive\":\"$ME\",\"mine\":1}" >/dev/null
	ends 15 cycles claim "$CYCLE"
	rule NativeTransferFailed
}

@test 'a debtor who paid is not marked; a default that is covered in part keeps the cycle open' {
	buys 5000
	become dee && buys 300
	close 100 200
	ends 0 cycles pay "$CYCLE"
	at .final_at 1
	become cid
	ctl fund "{\"address\":\"$ME\",\"wei\":\"1000000000000000000\"}" >/dev/null
	ends 15 cycles default "$CYCLE" "$(sb accounts.dee.address)"
	rule AlreadyPaid
	says 'already paid'
	ends 0 cycles default "$CYCLE" "$(sb accounts.ann.address)"
	ctl cycle/cover "{\"cycle\":\"$CYCLE\",\"debtor\":\"$(sb accounts.ann.address)\",\"amount\":\"4000\"}" >/dev/null
	ends 15 cycles finalize "$CYCLE"
	rule CycleUnderfunded
	says '0.0043 USDC of 0.0053 USDC is funded'
}

# ---- time ----

@test 'status tells the next end of a time to pay' {
	buys 400
	ends 0 status
	[ "$(json data.next_deadline)" = null ]
	close 5000 9000
	late=$CYCLE
	buys 300
	close 1000 2000
	ends 0 status
	[ "$(json data.next_deadline)" = null ] # nobody has named the house yet
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
	ends 0 status
	[ "$(json data.next_deadline_cycle)" = "$CYCLE" ]
	[ "$(date -d "$(json data.next_deadline)" +%s)" = "$(house .pay_by)" ]
	ends 0 cycles pay "$CYCLE" --accept-difference
	ends 0 status
	[ "$(json data.next_deadline_cycle)" = "$late" ]
	# Not of a wallet that gave no guarantee in them; not when it is over.
	become dee
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
	ends 0 status
	[ "$(json data.next_deadline)" = null ]
	become ann
	chain_does '{"increase_time":5001,"mine":1}' >/dev/null
	ends 0 status
	[ "$(json data.next_deadline)" = null ]
}

@test 'deadlines to the second, on the clock of the chain' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close 1000 2000
	first=$CYCLE
	owes ann bob 400 eth
	close 1000 2000
	BEFORE=$(on_chain)
	at .pay_by -59
	ends 15 cycles pay "$CYCLE" --accept-difference
	rule deadline-margin
	advises '--late'
	sent_nothing
	at .pay_by -1
	CYCLE=$first ends 0 cycles pay "$first" --accept-difference --late
	at .pay_by 0
	ends 0 cycles pay "$CYCLE" --accept-difference --late
	[ "$(seat .paid)" = true ]
	owes ann bob 400 eth
	close 1000 2000
	at .pay_by -60
	"$FOURMICA" status --sign-in -q >/dev/null
	ends 0 cycles pay "$CYCLE" --accept-difference --dry-run
	[[ "$(json 'warnings | join(" ")')" == *'60 s were left'* ]]
	BEFORE=$(on_chain)
	at .pay_by 1
	ends 15 cycles pay "$CYCLE" --accept-difference --late
	rule PaymentWindowElapsed
	for offset in -1 0; do
		at .final_at $offset
		ends 39 cycles default "$CYCLE" "$ME"
		ends 39 cycles finalize "$CYCLE"
		rule PaymentFinalityPending
	done
	sent_nothing
	at .final_at 1
	ends 15 cycles finalize "$CYCLE"
	rule CycleDebtUnresolved
	ends 0 cycles default "$CYCLE" "$ME"
}

@test 'a wall clock that is a day off has no part in it' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build wants to be preloaded first'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	right=$FOURMICA
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" >/dev/null
	for off in 86400 -86400; do
		FOURMICA=$right
		buys 5000
		close 600 1200
		"$FOURMICA" status --sign-in -q >/dev/null # a message to sign in with has a time of its own
		FOURMICA=$BATS_TEST_TMPDIR/wrong
		printf '#!/bin/sh\nexec env LD_PRELOAD=%s KILLAT_WALL_S=%s %s "$@"\n' \
			"$FOURMICA_KILLAT" "$off" "$(realpath "$right")" >"$FOURMICA"
		chmod +x "$FOURMICA"
		ends 0 cycles pay "$CYCLE"
		word paid
		ends 39 cycles finalize "$CYCLE"
		rule PaymentFinalityPending
	done
	FOURMICA=$right
	buys 5000
	close 30 60
	FOURMICA=$BATS_TEST_TMPDIR/wrong
	ends 15 cycles pay "$CYCLE"
	rule deadline-margin
}

# ---- limits, stop, dry run ----

@test 'clearing limits hold, payments do not count under them; the stop does not hold' {
	policy <<<'{"version":1,"networks":["eip155:84532"],"new_sellers":"pin","limits":[
		{"name":"day","amount":"5usdc","window":"1d"},
		{"name":"settle","amount":"0.008usdc","window":"1d","of":"clearing"}]}'
	buys 5000
	close
	ends 0 cycles pay "$CYCLE"
	buys 5000
	close
	BEFORE=$(on_chain)
	ends 32 cycles pay "$CYCLE"
	rule settle
	sent_nothing
	policy <<<'{"version":1,"networks":["eip155:84532"],"new_sellers":"pin","limits":[
		{"name":"day","amount":"5usdc","window":"1d"},
		{"name":"settle","amount":"1usdc","window":"1d","of":"clearing"}]}'
	accept_policy
	"$FOURMICA" stop -q >/dev/null
	ends 37 deposit 1usdc
	ends 0 cycles pay "$CYCLE"
	word paid
}

@test 'a dry run shows what it would take, and sends and keeps nothing' {
	buys 5000
	close
	"$FOURMICA" status --sign-in -q >/dev/null
	BEFORE=$(on_chain)
	ends 0 cycles pay "$CYCLE" --dry-run
	word would_pay
	[ "$(json data.amount.amount)" = 5000 ]
	sent_nothing
	[ "$(ledger "SELECT count(*) FROM pin WHERE kind = 'clearing_house'")" = 0 ]
	[ "$(ledger 'SELECT count(*) FROM op')" = 0 ]
}

# ---- many ----

@test 'two processes at once pay one debit: one payment, both content' {
	buys 5000
	close
	start one cycles pay "$CYCLE"
	start two cycles pay "$CYCLE"
	ended 0 one
	one=$output
	ended 0 two
	[ "$(jq -s -r '[.[].status] | sort | join(" ")' <<<"$one$output")" = 'already_paid paid' ]
	[ "$(jq -s '[.[].data.transactions[] | select(.purpose == "pay")] | length' <<<"$one$output")" = 1 ]
	[ "$(witness cleared "$ME" | jq length)" = 1 ]
	[ "$(house .paid_in)" = 5000 ]
	[ "$(ledger 'SELECT count(*) FROM op')" = 1 ] # the second found it done, and began none
}

@test 'two machines at once: one payment, both content' {
	buys 5000
	close
	here=$FOURMICA_HOME
	cp -r "$here" "$BATS_TEST_TMPDIR/there"
	start one cycles pay "$CYCLE" --accept-difference
	FOURMICA_HOME=$BATS_TEST_TMPDIR/there start two cycles pay "$CYCLE" --accept-difference
	ended 0 one
	ended 0 two
	[ "$(witness cleared "$ME" | jq length)" = 1 ]
	[ "$(house .paid_in)" = 5000 ]
}

@test 'a machine that comes second while the first waits for a block: one payment' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	here=$FOURMICA_HOME
	cp -r "$here" "$BATS_TEST_TMPDIR/there"
	chain_does '{"auto_mine":false}' >/dev/null
	start one cycles pay "$CYCLE" --accept-difference
	until_true known 1
	FOURMICA_HOME=$BATS_TEST_TMPDIR/there start two cycles pay "$CYCLE" --accept-difference
	sleep 1
	chain_does '{"mine":1}' >/dev/null
	ended 0 one
	word paid
	chain_does '{"auto_mine":true,"mine":1}' >/dev/null
	ended 0 two
	word already_paid
	[ "$(witness cleared "$ME" | jq length)" = 1 ]
}

@test 'a payment whose answer is lost, or that is not mined in time, is paid once' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	rpc_fault rpc_drop_after_send
	ends 0 cycles pay "$CYCLE" --accept-difference
	word paid
	clear_faults
	owes ann bob 400 eth
	close
	chain_does '{"auto_mine":false}' >/dev/null
	ends 51 cycles pay "$CYCLE" --accept-difference --timeout 1s
	[ "$(json error.spent)" = maybe ]
	# It waits for the one that is on its way, and sends none.
	ends 51 cycles pay "$CYCLE" --accept-difference --timeout 1s
	[ "$(in_ledger)" = 2 ]
	chain_does '{"auto_mine":true,"mine":1}' >/dev/null
	ends 0 cycles pay "$CYCLE" --accept-difference
	[ "$(witness cleared "$ME" | jq length)" = 2 ]
	run_json reconcile
	[ "$status" = 0 ]
	[ "$(ledger 'SELECT count(*) FROM op WHERE state = 0 OR told = 0')" = 0 ]
}

@test 'a payment that a reorganization takes out again is brought back, not made anew' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	chain_does '{"mine":3}' >/dev/null
	ends 0 cycles pay "$CYCLE" --accept-difference
	hash=$(json 'data.transactions[0].hash')
	chain_does '{"reorg":1}' >/dev/null
	[ "$(seat .paid)" = false ]
	ends 0 cycles pay "$CYCLE" --accept-difference
	[ "$(seat .paid)" = true ]
	[ "$(witness cleared "$ME" | jq -r '.[].hash')" = "$hash" ]
	[ "$(in_ledger)" = 1 ]
	[ "$(house .paid_in)" = 400 ]
}

@test 'what is done needs no word of Core, nor a key' {
	buys 5000
	close
	ends 0 cycles pay "$CYCLE"
	ctl fault '{"where":"core","fault":"http_500","times":0}' >/dev/null
	rm "$FOURMICA_HOME"/wallets/*.json
	"$FOURMICA" wallet watch ann "$ME" -q >/dev/null
	ends 0 cycles pay "$CYCLE"
	word already_paid
	clear_faults
}

@test 'an operation that another machine made needless is given up' {
	buys 5000
	close
	cp -r "$FOURMICA_HOME" "$BATS_TEST_TMPDIR/there"
	# The approval is mined, and then the process ends.
	chain_does '{"auto_mine":false}' >/dev/null
	start one cycles pay "$CYCLE"
	until_true known 1
	kill -9 "$PID_one"
	ended 137 one
	chain_does '{"auto_mine":true,"mine":1}' >/dev/null
	FOURMICA_HOME=$BATS_TEST_TMPDIR/there ends 0 cycles pay "$CYCLE"
	word paid
	ends 0 cycles pay "$CYCLE"
	word already_paid
	[ "$(ledger 'SELECT count(*) FROM op WHERE state = 0')" = 0 ]
	[ "$(witness cleared "$ME" | jq length)" = 1 ]
}

@test 'all that is due, within one amount, as often as it runs' {
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" >/dev/null
	buys 5000
	close 3000
	first=$CYCLE
	buys 3000
	close 2000
	second=$CYCLE
	buys 4000
	close 4000
	third=$CYCLE
	ends 2 cycles pay --due
	ends 2 cycles pay --due --max-amount 5base
	ends 2 cycles pay "$CYCLE" --due --max-amount 5usdc
	"$FOURMICA" status --sign-in -q >/dev/null
	ends 0 cycles pay --due --max-amount 1usdc --dry-run
	[ "$(json 'data.debits | map(.result) | join(" ")')" = 'would_pay would_pay would_pay' ]
	[ "$(in_ledger)" = 0 ]
	# The second ends first; the third does not fit any more.
	ends 44 cycles pay --due --max-amount 0.01usdc
	rule max-amount
	[ "$(json 'data.debits | map(.result) | join(" ")')" = 'paid paid over_limit' ]
	[ "$(json 'data.debits[0].cycle')" = "$second" ]
	[ "$(json 'data.debits[1].cycle')" = "$first" ]
	[ "$(json error.spent)" = yes ]
	BEFORE=$(on_chain)
	ends 31 cycles pay --due --max-amount 0.001usdc
	ends 0 cycles pay --due --max-amount 1eth
	word nothing_due
	sent_nothing
	start one cycles pay --due --max-amount 1usdc
	start two cycles pay --due --max-amount 1usdc
	ended 0 one
	ended 0 two
	ends 0 cycles pay --due --max-amount 1usdc
	word nothing_due
	CYCLE=$third
	[ "$(seat .paid)" = true ]
	[ "$(witness cleared "$ME" | jq length)" = 3 ]
	[ "$(ledger "SELECT count(*) FROM op WHERE told = 0")" = 0 ]
}
