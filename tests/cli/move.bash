# SPDX-License-Identifier: MIT
# For tests that deposit and withdraw: a wallet of their own each, what the program says, and what
# the chain says of it, asked by a witness that shares no code with it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

# A fresh home with one wallet without passphrase that the sandbox gives gas and 100 USDC; more by
# the members of `fund`.
home_with_money() { # [MEMBERS]
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	ME=$("$FOURMICA" wallet new w --no-passphrase --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"usdc\":100000000${1:+,$1}}" >/dev/null
}

# For setup and teardown: nothing of one test is left for the next, nor for other files.
sandbox_as_new() {
	[ -z "${SANDBOX:-}" ] || { clear_faults; ctl reset >/dev/null; }
}

# The witness answers while the tests of a file run: for setup_file and teardown_file.
witness_up() {
	[ -n "${SANDBOX:-}" ] || return 0
	"$BATS_TEST_DIRNAME/../sandbox/node" "$BATS_TEST_DIRNAME/../sandbox/witness.mjs" serve \
		>"$BATS_FILE_TMPDIR/witness" 2>&1 3>&- &
	WITNESS_PID=$!
	until_true test -s "$BATS_FILE_TMPDIR/witness"
	WITNESS=$(cat "$BATS_FILE_TMPDIR/witness")
	export WITNESS WITNESS_PID
}
witness_down() { [ -z "${WITNESS_PID:-}" ] || kill "$WITNESS_PID"; }
witness() { jq -cn '$ARGS.positional' --args -- "$@" | curl -sS --fail-with-body -d @- "$WITNESS"; }
# A value of the chain's word on the wallet: chain .usdc.collateral
chain() { witness state "$ME" | jq -er "$1"; }
# Transactions of the wallet that are in blocks, and that the ledger knows.
on_chain() { witness sent "$ME" | jq length; }
in_ledger() { ledger 'SELECT count(*) FROM tx' 2>/dev/null || echo 0; }
# Both, and nothing else: made 2
made() { # TRANSACTIONS
	local chain ledger
	chain=$(on_chain) ledger=$(in_ledger)
	[ "$chain/$ledger" = "$1/$1" ] || { echo "chain/ledger $chain/$ledger, not $1/$1"; return 1; }
}
# The vault's events about the wallet, one a line: "CollateralDeposited usdc 5000000".
events() { witness events "$ME" | jq -r '.[] | [.event, .asset, .amount // ""] | join(" ")'; }

# The program, --json, quiet.
run_json() { run2 "$FOURMICA" --json -q "$@"; }
# ... must end with this status
ends() { # STATUS ARGUMENTS...
	run_json "${@:2}"
	[ "$status" = "$1" ] || { echo "$* -> $status: $output $err"; return 1; }
}
# ... and say this
says() { # PIECE
	[[ "$(json error.message)" == *"$1"* ]] || { echo "not '$1' but: $output"; return 1; }
}
advises() { # PIECE
	[[ "$(json error.hint)" == *"$1"* ]] || { echo "not '$1' but: $output"; return 1; }
}
# ... with transactions "approve:mined deposit:mined"
did() { # PURPOSES
	local list
	list=$(jq -r '[.data.transactions[] | .purpose + ":" + .state] | join(" ")' <<<"$output")
	[ "$list" = "$1" ] || { echo "not '$1' but '$list': $output"; return 1; }
}

# The program beside the test: started, in $BATS_TEST_TMPDIR/NAME what it said, waited for.
start() { # NAME ARGUMENTS...
	"$FOURMICA" --json -q "${@:2}" >"$BATS_TEST_TMPDIR/$1" 2>/dev/null 3>&- &
	eval "PID_$1=$!"
}
ended() { # STATUS NAME: its words are in $output
	local pid="PID_$2"
	status=0
	wait "${!pid}" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/$2")
	[ "$status" = "$1" ] || { echo "$2 -> $status, not $1: $output"; return 1; }
}
# Until a condition holds, at most twenty seconds.
until_true() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return
		sleep 0.1
	done
	echo "never: $*"
	return 1
}
known() { [ "$(in_ledger)" = "$1" ]; } # TRANSACTIONS
mined() { [ "$(ledger 'SELECT count(*) FROM tx WHERE state = 1')" = "$1" ]; } # TRANSACTIONS
operations_done() { [ "$(ledger 'SELECT count(*) FROM op WHERE state = 1')" = "$1" ]; }
announced() { [ -n "$(events)" ]; }

rpc_fault() { ctl fault "{\"where\":\"rpc\",\"fault\":\"$1\"${2:+,$2}}" >/dev/null; }
vault() { ctl vault "$1" >/dev/null; }
# The chain's own affairs; answers with its head: chain_does '{"mine":1}'
chain_does() { ctl chain "$1"; }
chain_time() { chain_does '{}' | jq .head.timestamp; }
