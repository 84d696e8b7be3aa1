# SPDX-License-Identifier: MIT
# For tests that settle cycles: wallets of the sandbox's people, cycles made to measure, and what the
# clearing house says, asked by the witness.
# shellcheck shell=bash
# shellcheck disable=SC2154 # output, status come from run2

load move

# A home of its own for one of the sandbox's accounts; then it is the one that is used.
become() { # NAME
	FOURMICA_HOME=$BATS_TEST_TMPDIR/home-$1
	ME=$(sb "accounts.$1.address")
	export FOURMICA_HOME
	[ ! -d "$FOURMICA_HOME" ] || return 0
	mkdir -m 700 "$FOURMICA_HOME"
	(umask 077 && sb "accounts.$1.key" >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet import "$1" --from-file "$FOURMICA_HOME/key" --no-passphrase >/dev/null 2>&1
	rm "$FOURMICA_HOME/key"
}

people() {
	FOURMICA_CORE_URL=$(sb core)
	FOURMICA_RPC_URL=$(sb rpc)
	export FOURMICA_CORE_URL FOURMICA_RPC_URL FOURMICA_NO_INPUT=1
	unset FOURMICA_WALLET FOURMICA_POLICY FOURMICA_NETWORK FOURMICA_MAX_AMOUNT FOURMICA_TASK
}

# Somebody owes somebody, without a signature: owes ann bob 5000 [eth]
owes() { # DEBTOR CREDITOR AMOUNT [ASSET]
	ctl cycle/plant "{\"kind\":\"extra\",\"user\":\"$(sb "accounts.$1.address")\",
		\"recipient\":\"$(sb "accounts.$2.address")\",\"amount\":\"$3\",\"asset\":\"${4:-usdc}\"}" >/dev/null
}
# Ann or Dee buys of Bob for real, in USDC.
buys() { "$FOURMICA" pay "$(sb sellers.credit_v2)?amount=$1" -q >/dev/null; }
# Nets and commits what is open: CYCLE is (one of) them, pays and ends in seconds from now.
close() { # [PAY [FINAL [MEMBERS]]]
	CYCLE=$(ctl cycle/close "{\"pay\":${1:-3600},\"final\":${2:-7200}${3:+,$3}}" | jq -er '.[0].cycle')
}
cycle_of() { ctl_get cycles | jq -er ".[] | select(.asset == \"$1\") | .cycle"; } # ADDRESS
eth=0x0000000000000000000000000000000000000000

# What the house says: house .paid_in; of the one who is at work: seat .paid
house() { witness cycle "$CYCLE" | jq -er "$1"; }
seat() { witness cycle "$CYCLE" "$ME" | jq -er ".seat$1"; }
# The next block has a time so many seconds from a deadline: at .pay_by +1
at() { # DEADLINE OFFSET
	chain_does "{\"next_time\":$(($(house "$1 | tonumber") + $2))}" >/dev/null
}
sent_nothing() { # since the count before was BEFORE
	[ "$(on_chain)" = "$BEFORE" ] || { echo "transactions: $(on_chain), before $BEFORE"; return 1; }
}
rule() { [ "$(json error.rule)" = "$1" ] || { echo "not rule '$1' but: $output"; return 1; }; }
word() { [ "$(json status)" = "$1" ] || { echo "not status '$1' but: $output"; return 1; }; }
