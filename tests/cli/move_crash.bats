#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 before every step of a deposit and of a withdrawal's three that has an effect outside the
# process, and after the last one. Whatever the moment: what is on the chain is in the ledger, and
# the same command brings it to its end and makes no second one, until the report of the first was
# written and noted.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # each walk has its own environment

load move

setup_file() { witness_up; }
teardown_file() { witness_down; }

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	sandbox_as_new
	home_with_money '"vault":{"usdc":"50000000"}' # each step of the last walk takes a tenth
	EMPTY=$FOURMICA_HOME # each step has a copy: the first run of a home has the most steps
}

teardown() {
	sandbox_as_new
}

# Transactions of the wallet in blocks, and events of the walk's kind: "COUNT EVENTS".
on_the_chain() {
	local topics="\"$TOPIC\",\"0x000000000000000000000000${ME#0x}\""
	curl -sf -H 'content-type: application/json' "$RPC" -d "[
		{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionCount\",\"params\":[\"$ME\",\"latest\"]},
		{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_getLogs\",\"params\":[
			{\"fromBlock\":\"$SINCE\",\"address\":\"$VAULT\",\"topics\":[$topics]}]}]" |
		jq -r '"\(.[0].result) \(.[1].result | length)"'
}

# What the walk's command has in the ledger: "TRANSACTIONS OPEN DONE TOLD", the last three of operations.
in_the_ledger() {
	ledger "SELECT ((SELECT count(*) FROM tx) - $PREPARED) || ' ' || sum(state = 0) || ' ' ||
		(sum(state = 1) - $PREPARED) || ' ' || (sum(state = 1 AND told) - $PREPARED) FROM op" 2>/dev/null
}

# The program to be killed; bash's own word of a kill is dropped.
run_once() {
	{
		LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" "${WHAT[@]}" --json -q >"$BATS_TEST_TMPDIR/out"
	} 2>/dev/null
}

fresh_copy() {
	FOURMICA_HOME=$BATS_TEST_TMPDIR/copy
	rm -rf "$FOURMICA_HOME"
	cp -r "$EMPTY" "$FOURMICA_HOME"
	[ "$PREPARED" = 0 ] || prepare
}

# What there must be to cancel or to finalize: one operation of one transaction.
prepare() {
	"$FOURMICA" withdraw request 0.1usdc --yes -q >/dev/null
	chain_does '{"increase_time":4,"mine":1}' >/dev/null
}

fails() {
	echo "step $1: ${*:2}; $(cat "$BATS_TEST_TMPDIR/out")"
	return 1
}

check_one() { # STEP AFTER
	local step=$1/$2 status=0 txs=0 open=0 ended=0 told=0
	local before now events events_now
	read -r before events < <(on_the_chain)
	KILLAT_N=$1 KILLAT_AFTER=$2 run_once || status=$?
	# Waiting takes a question more or less: a run may be over before its last step.
	case $status in
	137) KILLED=$((KILLED + 1)) ;;
	0) ;;
	*) fails "$step" "ended with $status" ;;
	esac
	read -r txs open ended told < <(in_the_ledger) || true
	read -r now events_now < <(on_the_chain)
	[ "$((now - before))" -le "${txs:-0}" ] || fails "$step" 'the chain has more than the ledger'
	status=0
	run_once || status=$?
	if [ "${ended:-0}" = 1 ] && [ "$told" = 0 ]; then
		[ "$(jq .data.resumed "$BATS_TEST_TMPDIR/out")" = true ] || fails "$step" 'not resumed'
		UNTOLD=$((UNTOLD + 1))
	fi
	# Once told, the same words are a new wish; what was prepared is used up by then.
	local effects=$((1 + ${told:-0})) refused=0
	[ "$PREPARED" = 0 ] || { effects=1 refused=${told:-0}; }
	[ "$((status != 0))" = "$refused" ] || fails "$step" "the second run ends with $status"
	read -r txs open ended told < <(in_the_ledger)
	read -r now events_now < <(on_the_chain)
	[ "$((events_now - events))" = "$effects" ] || fails "$step" "$((events_now - events)) effects"
	[ "$((now - before))" = "$txs" ] || fails "$step" 'chain and ledger differ'
	[ "$open/$ended/$told" = "0/$effects/$effects" ] || fails "$step" "operations $open/$ended/$told"
}

walk() { # PREPARED TOPIC0 COMMAND...
	local n=0 total after seen
	PREPARED=$1 TOPIC=$2 WHAT=("${@:3}") UNTOLD=0 KILLED=0
	RPC=$(sb rpc) VAULT=$(sb vault)
	SINCE=$(printf 0x%x "$(chain_does '{}' | jq '.head.number + 1')")
	total=$(mktemp "$BATS_TEST_TMPDIR/calls-XXXXXX")
	fresh_copy
	KILLAT_LOG=$total run_once
	read -r _ seen < <(on_the_chain)
	[ "$seen" = 1 ] # counting works
	total=$(wc -l <"$total")
	[ "$total" -gt 60 ]
	while [ $((n += 1)) -le $((total + 1)) ]; do
		after=$((n > total))
		fresh_copy
		check_one $((n - after)) "$after"
	done
	[ "$(ledger 'PRAGMA integrity_check')" = ok ]
	[ "$KILLED" -ge $((total - 4)) ]
	# Killed between the end and the note of its telling: the walk met that moment.
	[ "$UNTOLD" -gt 0 ]
}

@test 'killed at each step of a deposit: approval and deposit' {
	walk 0 0xf1c0dd7e9b98bbff859029005ef89b127af049cd18df1a8d79f0b7e019911e56 deposit 0.1usdc
	[ "$(chain .usdc.allowance)" = 0 ]
}

@test 'killed at each step of a withdrawal request' {
	walk 0 0x196e6601eb68141737e4636af773e3013089d698090efd395ba859863e1f2f9c \
		withdraw request 0.1usdc --yes
}

@test 'killed at each step of taking a request back' {
	walk 1 0xe575a063e3dae59781b2089c49a922a8d6a76290b3e73b67d1fa34ca59a8c87f \
		withdraw cancel --asset usdc
}

@test 'killed at each step of finalizing: paid out once' {
	vault '{"timing":[1,2,1,4]}'
	walk 1 0x45892a46e6cef329bb642da6d69846d324db43d19008edc141ed82382eda1bee \
		withdraw finalize --asset usdc
}

@test 'killed while it waits for the block: the same command finds it' {
	chain_does '{"auto_mine":false}' >/dev/null
	start one deposit 0.1eth
	until_true known 1
	kill -9 "$PID_one"
	ended 137 one
	# Never sent, or sent: the bytes are the same.
	start two deposit 0.1eth
	sleep 1
	[ "$(in_ledger)" = 1 ]
	chain_does '{"mine":1}' >/dev/null
	ended 0 two
	[ "$(json data.resumed)" = true ]
	[ "$(chain .eth.collateral)" = 100000000000000000 ]
}
