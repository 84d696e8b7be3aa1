#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What `status` says, whom it asks for it, and that it never asks a person.

# shellcheck disable=SC2154 # output, stderr, status come from fm and run2
# shellcheck disable=SC2030,SC2031 # each test has its own environment

load common
load sandbox

STRANGER=0x2c7536E3605D9C16a7a3D7b1898e529396a65c23

setup_file() { [ -z "${SANDBOX:-}" ] || ctl reset >/dev/null; }

setup() {
	need_sandbox
	fresh_home
	home_with_wallet
}

teardown() {
	[ -z "${SANDBOX:-}" ] || ctl reset >/dev/null
}

fault() { # WHERE FAULT [ARG AS JSON]
	ctl fault "{\"where\":\"$1\",\"fault\":\"$2\",\"times\":0${3:+,\"arg\":$3}}" >/dev/null
}

# Requests of a service that came since the last call of mark.
mark() { MARK=$(ctl_get log | jq length); }
since() { ctl_get "log" | jq -c "[.[$MARK:][] | select(.service == \"$1\")]"; }

asset() { js ".data.assets[] | select(.asset == \"$1\") | $2"; }

# A wallet with a passphrase instead of Ann's own.
with_passphrase() {
	(umask 077 && echo secret >"$BATS_TEST_TMPDIR/pass" && sb accounts.dee.key >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet import dee --from-file "$FOURMICA_HOME/key" \
		--passphrase-file "$BATS_TEST_TMPDIR/pass" -q >/dev/null
	rm "$FOURMICA_HOME/key"
}

@test 'a wallet without passphrase signs in without a question, and everything is there' {
	fm status --json
	ends_with_status 0
	is_document fourmica.status/1 0
	js '.data | .network == "eip155:84532" and .network_name == "base-sepolia" and .kind == "test" and
		.wallet_name == "ann" and .signs == "without a passphrase" and .stopped == null and
		.locked == null and .payments_in_doubt == 0 and .transactions_open == 0'
	js '.data.wallet == "'"$(sb accounts.ann.address)"'" and .data.vault == "'"$(sb vault)"'"'
	js '.data.chain | .state == "ok" and .rpc == "'"$(sb rpc)"'" and .block > 0 and (.paused | not) and
		.wait_seconds == 1900800'
	js '.data.core | .state == "ok" and .db and .chain_rpc and .signed_in and .error == null'
	asset USDC '.wallet.display == "1000 USDC" and .withdrawable.display == "1000 USDC" and
		.capacity.display == "1000 USDC" and .locked.display == "0 USDC" and
		.free.display == "1000 USDC" and .requested == null and .yield.display == "0 USDC"'
	asset ETH '.wallet.decimals == 18 and .yield == null and .free.display == "0 ETH"'
	js '.data.allowances == [] and .data.transactions == []'
	js '.data.limits == [.data.limits[0]] and (.data.limits[0] | .rule == "day" and .of == "payment" and
		.window_seconds == 86400 and .left.display == "1 USDC")'
}

@test 'with pins and a token it is one round: the node once, Core once an asset and its health' {
	fm status --json
	ends_with_status 0
	mark
	fm status --json
	ends_with_status 0
	# every few tokens are one request to the node: the sandbox lists ten
	[ "$(since rpc | jq length)" -eq 2 ]
	[ "$(since core | jq '[.[] | select(.path == "/core/health")] | length')" -eq 1 ]
	[ "$(since core | jq '[.[] | select(.path | contains("/assets/"))] | length')" -eq \
		"$(($(jq '.odd | length' <<<"$SANDBOX") + 3))" ]
	[ "$(since core | jq '[.[] | select(.path | contains("/auth/"))] | length')" -eq 0 ]
}

@test 'what was paid is locked, outstanding and used; what was deposited and requested is shown' {
	fm pay "$(sb sellers.credit_v2)" -s
	ends_with_status 0
	fm withdraw request 400usdc --json
	ends_with_status 0
	fm deposit 10usdc --approve 15usdc --json
	ends_with_status 0
	ctl vault '{"index":{"asset":"usdc","ray":"1100000000000000000000000000"}}' >/dev/null
	fm status --json
	ends_with_status 0
	asset USDC '.locked.display == "0.01 USDC" and .outstanding.display == "0.01 USDC" and
		.capacity.display == "1010 USDC" and .withdrawable.display != .capacity.display and
		.yield.amount != "0" and .requested.display == "400 USDC" and (.unlocked | not) and
		(.unlocks_at | endswith("Z")) and .free.display == "609.99 USDC"'
	js '.data.allowances[0] | .asset == "USDC" and .spender == "vault" and .allowance.display == "5 USDC"'
	js '.data.limits[0] | .used.display == "0.01 USDC" and .left.display == "0.99 USDC"'
	fm status
	ends_with_status 0
	holds "$output" 'Yield (variable)'
	holds "$output" '609.99 USDC'
	holds "$output" 'May take'
	[ "$(wc -l <<<"$output")" -le 40 ]
}

@test 'an address needs no key, no wallet folder and no token: locked is unknown' {
	rm -r "$FOURMICA_HOME/wallets"
	fm status --address "$STRANGER" --no-input --json
	ends_with_status 0
	js '.data | .wallet == "'$STRANGER'" and .wallet_name == null and .signs == "no" and
		.locked == "unknown (needs sign-in)" and (.core.signed_in | not) and .core.state == "ok"'
	asset USDC '.locked == null and .wallet.display == "0 USDC"'
	fm status --address "$STRANGER" --no-input
	ends_with_status 0
	holds "$output" 'unknown (needs sign-in)'
}

@test 'a wallet that only watches is looked at the same way' {
	fm wallet watch eye "$STRANGER"
	ends_with_status 0
	mark
	fm status --wallet eye --json
	ends_with_status 0
	js '.data | .wallet_name == "eye" and .signs == "no" and .locked == "unknown (needs sign-in)"'
	[ "$(since core | jq '[.[] | select(.path | contains("/auth/"))] | length')" -eq 0 ]
}

@test 'a wallet with a passphrase is never asked for it; --sign-in does' {
	with_passphrase
	fm_at_terminal -- status --wallet dee
	ends_with_status 0
	lacks "$output" Passphrase
	holds "$output" 'unknown (needs sign-in)'
	fm status --wallet dee --sign-in --passphrase-file "$BATS_TEST_TMPDIR/pass" --json
	ends_with_status 0
	js '.data | .locked == null and .core.signed_in and .signs == "with a passphrase"'
	fm status --wallet dee --sign-in --json
	ends_with_status 0
	js '.data | .locked == "unknown (4Mica Core did not say)" and (.core.signed_in | not) and
		(.core.error | length > 0)'
	js '.warnings | length == 1'
}

@test 'a self-hosted network comes from config.json alone' {
	cat >"$FOURMICA_HOME/config.json" <<-END
		{ "default": { "network": "mine" },
		  "networks": { "mine": { "chain_id": 84532, "core": "$(sb core)",
		    "rpc": ["http://127.0.0.1:9", "$(sb rpc)"], "clearing_house": "$(sb vault)" } } }
	END
	unset FOURMICA_CORE_URL FOURMICA_RPC_URL
	fm status --json
	ends_with_status 0
	js '.data | .network_name == "mine" and .core.state == "ok" and .locked == null'
	# the first endpoint is down
	js '.data.chain.rpc == "'"$(sb rpc)"'"'
}

@test 'Core that does not answer is a warning, and the rest is there' {
	fm status --json
	fault core http_503
	fm status --json
	ends_with_status 0
	js '.data | .core.state == "unreachable" and (.core.error | length > 0) and
		.locked == "unknown (4Mica Core did not say)" and .chain.state == "ok"'
	js '.warnings | length == 1'
	asset USDC '.wallet.display == "1000 USDC" and .locked == null'
	clear_faults
	fault core chain_lost
	fm status --json
	ends_with_status 0
	js '.data.core | .state == "unhealthy" and .db and (.chain_rpc | not)'
}

@test 'before the first use, without Core: nothing was asked, and it says so' {
	fault core http_503
	fm status --json
	ends_with_status 14
	js '.data | .chain.state == "not asked" and .core.state == "not asked" and
		.locked == "unknown (4Mica Core was not asked)" and .vault == null and (.limits | length == 1)'
}

@test 'a chain that does not answer decides the exit status; Core and ledger are there' {
	fm status --json
	fault rpc drop_before_accept
	fm status --json
	ends_with_status 10
	is_document fourmica.status/1 10
	js '.data | .chain.state == "unreachable" and .chain.block == null and .assets == [] and
		.core.state == "ok" and (.limits | length == 1) and .payments_in_doubt == 0'
	clear_faults
	fault rpc rpc_wrong_chain
	fm status
	ends_with_status 13
	holds "$output" unreachable
	holds "$stderr" 'serves chain 8453'
}

@test 'the emergency stop, doubt and open transactions are shown' {
	fm status --json
	touch "$FOURMICA_HOME/stop"
	fm status --json
	ends_with_status 0
	js '.data.stopped | contains("stop")'
	rm "$FOURMICA_HOME/stop"
	fault facilitator settle_real_shape
	fm pay "$(sb sellers.credit_v2)" -s
	clear_faults
	ctl chain '{"auto_mine":false}' >/dev/null
	fm deposit 1eth --wait sent --json
	fm status --json
	ends_with_status 0
	js '.data | .payments_in_doubt == 1 and .transactions_open == 1 and
		(.transactions[0] | .purpose == "deposit" and (.hash | startswith("0x")))'
	asset USDC '.outstanding.display == "0.01 USDC"'
	fm status
	holds "$stderr" 'fourmica reconcile'
	ctl chain '{"auto_mine":true,"mine":1}' >/dev/null
}

@test 'limits on the number, per seller and of deposits say what they are' {
	policy <<-'END'
		{ "version": 1, "limits": [
		    { "name": "request", "amount": "0.10usdc" },
		    { "name": "rate", "count": 60, "window": "1m" },
		    { "name": "each", "amount": "1usdc", "window": "1h", "per": "seller" },
		    { "name": "in", "amount": "50usdc", "window": "1d", "of": "deposit" } ] }
	END
	fm pay "$(sb sellers.credit_v2)" -s
	ends_with_status 0
	fm deposit 10usdc --json
	ends_with_status 0
	fm status --json
	ends_with_status 0
	js '.data.limits | length == 3'
	js '.data.limits[] | select(.rule == "rate") | .allowed_count == 60 and .used_count == 1 and
		.left_count == 59 and .allowed == null'
	js '.data.limits[] | select(.rule == "each") | .per == "seller" and .used == null and
		.allowed.display == "1 USDC"'
	js '.data.limits[] | select(.rule == "in") | .of == "deposit" and .used.display == "10 USDC" and
		.left.display == "40 USDC"'
}

@test 'tokens that mean nothing to the wallet are shown with --all only, and broken ones hide none' {
	fm status --json
	js '.data.assets | length == 2'
	fm status --all --json
	ends_with_status 0
	js '.data.assets | length > 10'
	js '[.data.assets[] | select(.problem)] | length == 1'
	asset USDT '.free.display == "0 USDT"'
}

@test 'nothing but the wallet is missing without one' {
	rm -r "$FOURMICA_HOME/wallets" "$FOURMICA_HOME/config.json"
	fm status --json
	ends_with_status 3
	is_document fourmica.status/1 3
	js '.error.hint | contains("wallet new")'
}
