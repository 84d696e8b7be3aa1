# SPDX-License-Identifier: MIT
# For tests that pay: the sandbox in $SANDBOX (one JSON line), a home of its own with Ann's wallet.
# shellcheck shell=bash

sb() { jq -er ".$1" <<<"$SANDBOX"; }

# POST to the sandbox's control: ctl fund '{"address":...}'
ctl() { curl -sfS -H 'content-type: application/json' -d "${2:-{\}}" "$(sb control)/_ctl/$1"; }
ctl_get() { curl -sfS "$(sb control)/_ctl/$1"; }
clear_faults() { curl -sfS -X DELETE "$(sb control)/_ctl/fault" >/dev/null; }

# Number of payment headers a seller saw, and of guarantees Core issued.
payments_seen() { ctl_get "log?service=$1" | jq '[.[] | select(.payments | length > 0)] | length'; }
guarantees_issued() { ctl_get guarantees | jq length; }

ledger() { sqlite3 -readonly "file:$FOURMICA_HOME/ledger.db?mode=ro" "$1"; }
ledger_write() { sqlite3 "$FOURMICA_HOME/ledger.db" "$1"; }
# States by number, as the ledger keeps them.
state_of() { ledger "SELECT state FROM payment WHERE idem_key = '$1'"; }
# shellcheck disable=SC2034 # used by the tests that load this file
RESERVED=0 RELEASED=1 SIGNED=2 PAID=3 REFUSED=4 IN_DOUBT=5

need_sandbox() { [ -n "${SANDBOX:-}" ] || skip 'no sandbox'; }

# A fresh home whose only wallet, without passphrase, is Ann's public test key.
home_with_wallet() {
	FOURMICA_HOME=$(mktemp -d "${BATS_TEST_TMPDIR:-/tmp}/home-XXXXXX")
	FOURMICA_CORE_URL=$(sb core)
	FOURMICA_RPC_URL=$(sb rpc)
	export FOURMICA_HOME FOURMICA_CORE_URL FOURMICA_RPC_URL FOURMICA_NO_INPUT=1
	unset FOURMICA_WALLET FOURMICA_POLICY FOURMICA_NETWORK FOURMICA_MAX_AMOUNT FOURMICA_TASK
	(umask 077 && sb accounts.ann.key >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet import ann --from-file "$FOURMICA_HOME/key" --no-passphrase >/dev/null 2>&1
	rm "$FOURMICA_HOME/key"
}

policy() { (umask 077 && cat >"$FOURMICA_HOME/policy.json"); }
# A new ledger, and the wallet pays from that.
new_ledger() {
	rm -f "$FOURMICA_HOME"/ledger*
	"$FOURMICA" policy accept --adopt-ledger --yes -q >/dev/null 2>&1
}
# A policy that allows more than the one a wallet paid under first.
accept_policy() { "$FOURMICA" policy accept --yes -q >/dev/null; }

# run, with standard error kept apart in $err.
# shellcheck disable=SC2034 # status and err are the test's
run2() {
	status=0
	output=$("$@" 2>"$BATS_TEST_TMPDIR/err") || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
}
json() { jq -er ".$1" <<<"$output"; }
