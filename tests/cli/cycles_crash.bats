#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 before every step of paying a debit and of claiming a credit that has an effect outside the
# process, and after the last one. Whatever the moment: what is on the chain is in the ledger, the debit
# is paid and the credit claimed once, and the same command brings it to its end.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # each walk has its own environment

load cycles

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	sandbox_as_new
	people
	become "$(case $BATS_TEST_DESCRIPTION in *debit*) echo ann ;; *) echo bob ;; esac)"
	RPC=$(sb rpc) HOUSE=$(sb clearing_house) CONTROL=$(sb control)
	DEBT="{\"kind\":\"extra\",\"user\":\"$(sb accounts.ann.address)\",\"amount\":\"5\",
		\"recipient\":\"$(sb accounts.bob.address)\",\"asset\":\"usdc\"}"
	EMPTY=$FOURMICA_HOME # each step has a copy: the first run of a home has the most steps
}

teardown() {
	sandbox_as_new
}

# Transactions of the wallet in blocks, and events of the walk's kind: "COUNT EVENTS".
on_the_chain() {
	local topics="\"$TOPIC\",null,\"0x000000000000000000000000${ME#0x}\""
	curl -sf -H 'content-type: application/json' "$RPC" -d "[
		{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionCount\",\"params\":[\"$ME\",\"latest\"]},
		{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_getLogs\",\"params\":[
			{\"fromBlock\":\"0x0\",\"address\":\"$HOUSE\",\"topics\":[$topics]}]}]" |
		jq -r '"\(.[0].result) \(.[1].result | length)"'
}

# "TRANSACTIONS OPEN DONE TOLD", the last three of operations.
in_the_ledger() {
	ledger "SELECT (SELECT count(*) FROM tx) || ' ' || coalesce(sum(state = 0), 0) || ' ' ||
		coalesce(sum(state = 1), 0) || ' ' || coalesce(sum(state = 1 AND told), 0) FROM op" 2>/dev/null ||
		echo 0 0 0 0
}

# As ctl, without looking up where.
order() { curl -sfS -H 'content-type: application/json' -d "$2" "$CONTROL/_ctl/$1"; }

# A home as new, and a cycle in which something is to be done.
prepare() {
	FOURMICA_HOME=$BATS_TEST_TMPDIR/copy
	rm -rf "$FOURMICA_HOME"
	cp -r "$EMPTY" "$FOURMICA_HOME"
	order cycle/plant "$DEBT" >/dev/null
	CYCLE=$(order cycle/close '{"pay":3600,"final":7200}' | jq -er '.[0].cycle')
	[ "$VERB" = pay ] || {
		(become ann && "$FOURMICA" cycles pay "$CYCLE" --accept-difference -q >/dev/null)
		FOURMICA_HOME=$BATS_TEST_TMPDIR/copy
	}
	WHAT=(cycles "$VERB" "$CYCLE")
	[ "$VERB" = claim ] || WHAT+=(--accept-difference)
}

run_once() {
	{
		LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" "${WHAT[@]}" --json -q >"$BATS_TEST_TMPDIR/out"
	} 2>/dev/null
}

fails() {
	echo "step $1: ${*:2}; $(cat "$BATS_TEST_TMPDIR/out")"
	return 1
}

check_one() { # STEP AFTER
	local step=$1/$2 status=0 txs open ended told before now events events_now
	read -r before events < <(on_the_chain)
	KILLAT_N=$1 KILLAT_AFTER=$2 run_once || status=$?
	case $status in
	137) KILLED=$((KILLED + 1)) ;;
	0) ;;
	*) fails "$step" "ended with $status" ;;
	esac
	read -r txs open ended told < <(in_the_ledger)
	read -r now events_now < <(on_the_chain)
	[ "$((now - before))" -le "$txs" ] || fails "$step" 'the chain has more than the ledger'
	status=0
	run_once || status=$?
	[ "$status" = 0 ] || fails "$step" "the second run ends with $status"
	case $ended/$told in
	1/0) # its end is told now
		[ "$(jq .data.resumed "$BATS_TEST_TMPDIR/out")" = true ] || fails "$step" 'not resumed'
		UNTOLD=$((UNTOLD + 1))
		;;
	1/1) [ "$(jq .data.already "$BATS_TEST_TMPDIR/out")" = true ] || fails "$step" 'not known to be done' ;;
	esac
	read -r txs open ended told < <(in_the_ledger)
	read -r now events_now < <(on_the_chain)
	[ "$((events_now - events))" = 1 ] || fails "$step" "$((events_now - events)) effects"
	[ "$((now - before))" = "$txs" ] || fails "$step" 'chain and ledger differ'
	[ "$open/$ended/$told" = 0/1/1 ] || fails "$step" "operations $open/$ended/$told"
}

walk() { # HALF VERB TOPIC0: steps up to the middle, or from there on
	local n=0 last total after
	VERB=$2 TOPIC=$3 UNTOLD=0 KILLED=0
	total=$(mktemp "$BATS_TEST_TMPDIR/calls-XXXXXX")
	prepare
	KILLAT_LOG=$total run_once
	total=$(wc -l <"$total")
	[ "$total" -gt 60 ]
	last=$((total / 2))
	[ "$1" = first ] || n=$last last=$((total + 1))
	[ "$1" = second ] || total=$last
	local from=$n
	while [ $((n += 1)) -le "$last" ]; do
		after=$((n > total))
		prepare
		check_one $((n - after)) "$after"
	done
	[ "$(ledger 'PRAGMA integrity_check')" = ok ]
	[ "$KILLED" -ge $((last - from - 5)) ]
	# Killed between the end and the note of its telling: the second half meets that moment.
	[ "$1" = first ] || [ "$UNTOLD" -gt 0 ]
}

# Sign-in, approval and payment.
@test 'killed at each step of paying a debit: the first half' {
	walk first pay 0xd91a24880475e8e5151518a0d8841de0468a8c42a3582cfb2b980f8997705a47
}

@test 'killed at each step of paying a debit: the second half' {
	walk second pay 0xd91a24880475e8e5151518a0d8841de0468a8c42a3582cfb2b980f8997705a47
	[ "$(chain .usdc.allowance)" = 0 ]
}

@test 'killed at each step of claiming a credit: the first half' {
	walk first claim 0x979721cedef1fbe84573ac29fd26d7bb82ba017239e9408f6f959a26575374b4
}

@test 'killed at each step of claiming a credit: the second half' {
	walk second claim 0x979721cedef1fbe84573ac29fd26d7bb82ba017239e9408f6f959a26575374b4
}

@test 'a debit whose process died while it waited for the block: the same command finds it' {
	ctl fund "{\"address\":\"$ME\",\"vault\":{\"eth\":\"9000\"}}" >/dev/null
	owes ann bob 400 eth
	close
	chain_does '{"auto_mine":false}' >/dev/null
	start one cycles pay "$CYCLE" --accept-difference
	until_true known 1
	kill -9 "$PID_one"
	ended 137 one
	start two cycles pay "$CYCLE" --accept-difference
	sleep 1
	[ "$(in_ledger)" = 1 ]
	chain_does '{"mine":1}' >/dev/null
	ended 0 two
	[ "$(json data.resumed)" = true ]
	[ "$(json data.paid.amount)" = 400 ]
	[ "$(house .paid_in)" = 400 ]
}
