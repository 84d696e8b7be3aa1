#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every fault `doctor` can see has its line; what is well has one, too.

# shellcheck disable=SC2154 # output, stderr, status come from fm and run2
# shellcheck disable=SC2030,SC2031 # each test has its own environment

load common
load sandbox

STRANGER=0x2c7536E3605D9C16a7a3D7b1898e529396a65c23

setup() {
	fresh_home
	[ -z "${SANDBOX:-}" ] || {
		home_with_wallet
		rm "$FOURMICA_HOME/config.json" # it names the wallet, which is the only one
	}
	export FOURMICA_NO_INPUT=1
}

teardown() {
	[ -z "${SANDBOX:-}" ] || ctl reset >/dev/null
}

fault() { # WHERE FAULT [ARG AS JSON]
	ctl fault "{\"where\":\"$1\",\"fault\":\"$2\",\"times\":0${3:+,\"arg\":$3}}" >/dev/null
}

# The sandbox's chain makes blocks only when asked to.
new_block() { ctl chain '{"mine":1}' >/dev/null; }

# Names of the checks with that result, each once.
checks() { # RESULT
	jq -r "[.data.checks[] | select(.result == \"$1\").name] | unique | join(\" \")" <<<"$output"
}

# The one check of that name and result, with a remedy where it is not ok.
line() { # NAME RESULT PIECE-OF-TEXT
	js "[.data.checks[] | select(.name == \"$1\" and .result == \"$2\")][0] |
		(.text | contains(\"$3\")) and (.result == \"ok\" or .result == \"skip\" or .hint != null)" ||
		{ show; return 1; }
}

# Arm a fault, look, disarm.
under() { # WHERE FAULT [ARG]
	fault "$@"
	fm doctor --json
	clear_faults
}

@test 'all is well: every check has its line, and nothing is written' {
	need_sandbox
	new_block
	rm -r "$FOURMICA_HOME/wallets"
	fm doctor --address "$(sb accounts.ann.address)" --json
	ends_with_status 0
	is_document fourmica.doctor/1 0
	[ "$(checks fail)" = '' ]
	# one of the vault's tokens is broken on purpose
	[ "$(checks warn)" = tokens ]
	[ "$(jq -r '[.data.checks[].name] | unique | length' <<<"$output")" -eq 22 ]
	line trust ok 'nothing is pinned'
	js '.data.checks | map(.exit) | add == 0'
	[ -z "$(ls -A "$FOURMICA_HOME")" ]
	fm doctor --address "$(sb accounts.ann.address)"
	ends_with_status 0
	holds "$output" Remedy
}

@test 'a self-hosted network comes from config.json alone, each endpoint has its lines' {
	need_sandbox
	new_block
	cat >"$FOURMICA_HOME/config.json" <<-END
		{ "default": { "network": "mine" },
		  "networks": { "mine": { "chain_id": 84532, "core": "$(sb core)",
		    "rpc": ["$(sb rpc)", "http://127.0.0.1:9/key-in-path"],
		    "clearing_house": "$(sb accounts.cid.address)" } } }
	END
	unset FOURMICA_CORE_URL FOURMICA_RPC_URL
	fm doctor --json
	ends_with_status 13
	js '[.data.checks[] | select(.name == "rpc")] | length == 2'
	line rpc ok "$(sb rpc)"
	line rpc fail '127.0.0.1:9'
	line contract fail 'the clearing house'
	lacks "$output" key-in-path
	js '.error.rule == "contract"'
}

@test 'offline it asks nobody' {
	[ -z "${SANDBOX:-}" ] || mark=$(ctl_get log | jq '[.[] | select(.service != "control")] | length')
	fm doctor --offline --json
	ends_with_status 0
	line rpc skip '--offline'
	line ledger ok 'none yet'
	line config ok ''
	[ -z "${SANDBOX:-}" ] ||
		[ "$(ctl_get log | jq '[.[] | select(.service != "control")] | length')" -eq "$mark" ]
	rm -rf "$FOURMICA_HOME"
	fm doctor --offline --json
	ends_with_status 0
	line wallet warn 'no wallet'
	[ ! -e "$FOURMICA_HOME" ]
}

@test 'the clock: the chain ahead of it, Core behind it' {
	need_sandbox
	ctl chain '{"increase_time":3600,"mine":1}' >/dev/null
	fm doctor --json
	ends_with_status 0
	line clock warn 'ahead of'
	ctl reset >/dev/null
	under core clock_skew -600
	ends_with_status 3
	line clock fail 'guarantees from the future'
	under core clock_skew 600
	ends_with_status 0
	line clock warn 'ahead'
}

@test 'files that others can read or change are named with their chmod' {
	need_sandbox
	fm status --json
	ends_with_status 0
	chmod 755 "$FOURMICA_HOME/wallets"
	fm doctor --offline --json
	line files fail wallets
	js '.data.checks[] | select(.name == "files") | .hint | contains("chmod go-rwx")'
	chmod 700 "$FOURMICA_HOME/wallets"
	echo '{}' >"$FOURMICA_HOME/config.json"
	chmod 666 "$FOURMICA_HOME/config.json"
	fm doctor --offline --json
	ends_with_status 3
	line files fail config.json
	line config fail ''
	line wallet skip 'config.json cannot be read'
	rm "$FOURMICA_HOME/config.json"
	chmod 640 "$FOURMICA_HOME/ledger.db"
	fm doctor --offline --json
	line files fail ledger.db
	line ledger fail 'open to others'
}

@test 'settings, rules and a ledger that cannot be read; the rest is looked at all the same' {
	need_sandbox
	new_block
	fm status --json
	echo '{"version":2}' | policy
	fm doctor --json
	ends_with_status 3
	line policy fail ''
	line rpc ok ''
	rm "$FOURMICA_HOME/policy.json"
	echo nonsense >"$FOURMICA_HOME/config.json"
	fm doctor --json
	ends_with_status 3
	line config fail ''
	rm "$FOURMICA_HOME/config.json"
	# the newest records of the journal are gone
	cp -r "$FOURMICA_HOME" "$BATS_TEST_TMPDIR/old"
	fm pay "$(sb sellers.credit_v2)" -s
	ends_with_status 0
	rm -f "$FOURMICA_HOME"/ledger.db*
	cp "$BATS_TEST_TMPDIR"/old/ledger.db* "$FOURMICA_HOME"
	fm doctor --json
	ends_with_status 71
	line ledger fail 'older than it was'
	line trust skip 'the ledger cannot be read'
	rm "$FOURMICA_HOME"/ledger.db*
	fm doctor --json
	ends_with_status 71
	line ledger fail missing
}

@test 'no wallet, several, and one that is damaged' {
	need_sandbox
	echo '{' >"$FOURMICA_HOME/wallets/bad.json"
	fm doctor --offline --json
	line wallet fail bad
	rm "$FOURMICA_HOME"/wallets/*.json
	fm doctor --json
	ends_with_status 0
	line wallet warn 'no wallet'
	line gas skip 'no wallet'
	line core ok ''
}

@test 'stop, doubt and open transactions are warnings' {
	need_sandbox
	new_block
	touch "$FOURMICA_HOME/stop"
	fm doctor --json
	ends_with_status 0
	line stop warn stop
	rm "$FOURMICA_HOME/stop"
	fault facilitator settle_real_shape
	fm pay "$(sb sellers.credit_v2)" -s
	clear_faults
	ctl chain '{"auto_mine":false}' >/dev/null
	fm deposit 1eth --wait sent --json
	fm doctor --json
	ends_with_status 0
	line in_doubt warn ''
	line transactions warn ''
	# one that waits and is ours is no gap
	line nonce ok ''
	ctl chain '{"auto_mine":true,"mine":1}' >/dev/null
}

@test 'faults of the node have their lines' {
	need_sandbox
	new_block
	fm deposit 1usdc --json
	ends_with_status 0
	fm doctor --json
	ends_with_status 0
	line receipt ok 0x
	under rpc rpc_wrong_chain
	ends_with_status 13
	line rpc fail 'serves chain 8453'
	[ "$(checks fail)" = rpc ]
	under rpc rpc_error
	ends_with_status 13
	line rpc fail 'injected error'
	under rpc rpc_no_data
	line rpc fail 'execution reverted'
	under rpc rpc_no_batch
	line rpc fail 'batch'
	under rpc rpc_429
	ends_with_status 10
	line rpc fail 'HTTP 429'
	under rpc http_500
	line rpc fail 'HTTP 500'
	under rpc drop_before_accept
	ends_with_status 10
	line rpc fail ''
	line block skip ''
	line gas skip ''
	under rpc rpc_stale
	ends_with_status 13
	line block fail 'is behind'
	under rpc rpc_lost_receipt
	ends_with_status 13
	line receipt fail 'no receipt'
	under rpc rpc_lost_transaction
	ends_with_status 13
	line receipt fail 'never heard of'
	under rpc rpc_nonce_gap
	ends_with_status 13
	line nonce fail 'not in this ledger'
	[ "$(checks fail)" = nonce ]
	under rpc rpc_slow
	ends_with_status 0
	line rpc_speed warn ' ms'
	under rpc no_code
	ends_with_status 13
	line contract fail 'no contract'
	under rpc rpc_batch_order
	ends_with_status 0
	ctl vault '{"pause":true}' >/dev/null
	fm doctor --json
	ends_with_status 0
	line contract warn paused
}

@test 'faults of Core have their lines' {
	need_sandbox
	new_block
	fm status --json
	under core chain_lost
	ends_with_status 14
	line core fail 'chain fails'
	[ "$(checks fail)" = core ]
	under core http_503
	ends_with_status 14
	line core fail 503
	line versions warn unknown
	under core key_switch
	ends_with_status 14
	line trust fail "4Mica Core's key"
	[ "$(checks fail)" = trust ]
	under core vault_switch
	line trust fail 'no contract'
	under core chain_switch
	line trust fail 'serves chain 8453'
	under core no_domain_name
	line versions fail eip712_name
	under core version_switch '[7]'
	line versions fail 'version 7'
	under core tab_generation
	ends_with_status 14
	line versions fail 'tab generation'
	[ "$(checks fail)" = versions ]
	under core token_switch '{"decimals":18}'
	ends_with_status 14
	line tokens fail '18 decimals'
	under core params_switch
	ends_with_status 0
	line trust ok eip712
	# both agree on a new key: a person has to accept it
	ctl vault '{"key":"other"}' >/dev/null
	under core key_switch
	ends_with_status 62
	line trust fail 'pinned is 0x'
	fm networks show --json
	js '.data.key != null'
}

@test 'tokens that lie about their decimals, gas, allowances and collateral' {
	need_sandbox
	new_block
	cat >"$FOURMICA_HOME/config.json" <<-END
		{ "assets": [ { "network": "base-sepolia", "symbol": "ODDY", "decimals": 6,
		  "address": "$(sb odd.liar)" } ] }
	END
	fm doctor --json
	ends_with_status 35
	line tokens fail 'says 18 on chain'
	rm "$FOURMICA_HOME/config.json"
	fm deposit 1usdc --approve 3usdc --json
	ends_with_status 0
	fm doctor --json
	ends_with_status 0
	line allowance warn '2 USDC'
	line collateral ok '1001 USDC'
	fm doctor --address "$STRANGER" --json
	line gas warn '0 ETH'
	line collateral warn none
}

@test 'a facilitator is looked at, compared with Core and with the last time' {
	need_sandbox
	new_block
	fm doctor --facilitator "$(sb facilitator)" --json
	ends_with_status 0
	line facilitator ok healthy
	line facilitator_kinds ok remembered
	fm doctor --facilitator "$(sb facilitator)" --json
	line facilitator_kinds ok 'as since'
	fault facilitator kinds_switch '[{"scheme":"4mica-credit","network":"eip155:84532","x402Version":1}]'
	fm doctor --facilitator "$(sb facilitator)" --json
	ends_with_status 0
	js '[.data.checks[] | select(.name == "facilitator_kinds" and .result == "warn").text] |
		(.[0] | contains("does not list version 2")) and (.[1] | contains("no longer"))'
	clear_faults
	fm doctor --facilitator "$(sb facilitator)" --json
	line facilitator_kinds warn 'now also'
	fault facilitator kinds_switch
	fm doctor --facilitator "$(sb facilitator)" --json
	ends_with_status 35
	line facilitator_kinds fail 'does not take 4mica-credit'
	clear_faults
	fault facilitator health_fail
	fm doctor --facilitator "$(sb facilitator)" --json
	ends_with_status 14
	line facilitator fail 'not healthy'
	clear_faults
	fm doctor --facilitator http://127.0.0.1:9 --json
	ends_with_status 10
	line facilitator fail ''
	fm doctor --facilitator ftp://x --json
	ends_with_status 2
	fm doctor --facilitator "$(sb facilitator)" --offline --json
	line facilitator skip '--offline'
}

@test 'the report for support holds what is public, is private to the user, and overwrites nothing' {
	need_sandbox
	new_block
	local report=$BATS_TEST_TMPDIR/report.json
	fm pay "$(sb sellers.credit_v2)?secret=hunter2" -H 'X-Token: header-secret' -d body-secret \
		--idempotency-key the-key -s
	ends_with_status 0
	fm doctor --bundle "$report" --payment the-key --json
	ends_with_status 0
	js ".data.bundle == \"$report\""
	[ "$(stat -c %a "$report")" = 600 ]
	jq -e '.schema == "fourmica.report/1" and .role == "buyer" and .network == "eip155:84532" and
		(.wallet | startswith("0x")) and (.vault | startswith("0x")) and (.time | endswith("Z")) and
		.actual == "paid" and (.expected | length > 0) and (.checks | length > 20) and
		(.assets[0].symbol == "USDC") and
		(.payment | .route == "/paid" and .method == "POST" and .amount == "0.01 USDC" and
			(.request_id | length > 10) and .state == "paid" and .evidence == "verified" and
			(.pay_to | startswith("0x")) and .cycle != null)' "$report"
	for word in hunter2 header-secret body-secret "$(sb accounts.ann.key)" "$HOME"; do
		lacks "$(cat "$report")" "${word#0x}"
	done
	lacks "$(cat "$report")" "$(ledger "SELECT header FROM payment" | cut -c1-60)"
	fm doctor --bundle "$report" --json
	ends_with_status 2
	js '.error.message | contains("exists")'
	fm doctor --bundle "$report.2" --payment nothing --json
	ends_with_status 2
	[ ! -e "$report.2" ]
	fm doctor --payment the-key --json
	ends_with_status 2
}

@test 'an error of a seller goes into the report without what looks like a secret' {
	need_sandbox
	local report=$BATS_TEST_TMPDIR/report.json
	local secret=AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLL
	fault facilitator refuse_settle \
		"\"no: $secret see https://me:pw@x.example/a?key=hunter2 of $STRANGER\""
	fm pay "$(sb sellers.credit_v1)" -s --idempotency-key one || :
	fm pay "$(sb sellers.credit_v2)" -s --idempotency-key two || :
	clear_faults
	fm doctor --offline --bundle "$report" --payment two --json
	ends_with_status 0
	jq -e '.payment.state != "paid" and (.actual | length > 0)' "$report"
	for word in "$secret" hunter2 me:pw; do
		lacks "$(cat "$report")" "$word"
	done
}
