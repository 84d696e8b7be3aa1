#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is known of networks, and when the key of certificates is pinned, kept and changed.

# shellcheck disable=SC2154 # output, stderr, status come from fm and run2
# shellcheck disable=SC2030,SC2031 # each test has its own environment

load common
load sandbox

HEX_KEY='^0x[0-9a-f]{96}$'
NOBODY=http://127.0.0.1:9

setup() {
	fresh_home
	export FOURMICA_NO_INPUT=1
}

teardown() {
	[ -z "${SANDBOX:-}" ] || ctl reset >/dev/null
}

config() {
	mkdir -p "$FOURMICA_HOME" && cat >"$FOURMICA_HOME/config.json"
}

# The sandbox's Core and chain; what else a home needs for this is nothing.
with_sandbox() {
	need_sandbox
	FOURMICA_CORE_URL=$(sb core) FOURMICA_RPC_URL=$(sb rpc)
	export FOURMICA_CORE_URL FOURMICA_RPC_URL
}

fault() { # WHERE FAULT [ARG AS JSON]
	ctl fault "{\"where\":\"$1\",\"fault\":\"$2\",\"times\":0${3:+,\"arg\":$3}}" >/dev/null
}

requests() { # SERVICE
	ctl_get "log?service=$1" | jq length
}

pinned_key() {
	"$FOURMICA" networks show --json | jq -r '.data.key'
}

# ---- without anybody to ask ----

@test 'the list is the built-in networks, and touches nothing' {
	fm networks --json
	ends_with_status 0
	is_document fourmica.networks.list/1 0
	js '.data.networks[] | select(.name == "base-sepolia") |
		.default and .test and (.pinned | not) and .kind == "test" and .chain_id == 84532 and
		.network == "eip155:84532" and .core == "https://base.sepolia.api.4mica.xyz" and
		.rpc == "https://base-sepolia-rpc.publicnode.com"'
	js '.data.networks[] | select(.name == "base") | .kind == "MAINNET" and (.default | not)'
	js '.data.networks | map(select(.default)) | length == 1'
	js '.data.networks[] | select(.name == "celo") | .core == null and .rpc == null'
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	fm networks list
	ends_with_status 0
	holds "$output" MAINNET
	[ "$(head -1 <<<"$output" | cut -d' ' -f1)" = Network ]
}

@test 'networks of config.json come first, with all their endpoints and none of their secrets' {
	config <<-'END'
		{ "default": { "network": "mine" },
		  "networks": {
		    "mine": { "chain_id": 99, "core": "https://core.example/api/",
		              "rpc": ["https://one.example/v3/SECRET", "https://me:SECRET@two.example",
		                      "http://three.example/?key=SECRET"] },
		    "base-sepolia": { "rpc": ["https://own.example"] } } }
	END
	fm networks --json
	ends_with_status 0
	lacks "$output" SECRET
	js '.data.networks[0] | .name == "mine" and .default and .chain_id == 99 and
		.core == "https://core.example/api" and .rpc == "https://one.example/..."'
	js '.data.networks | map(select(.chain_id == 84532)) | length == 1 and
		.[0].rpc == "https://own.example" and .[0].core == "https://base.sepolia.api.4mica.xyz"'
	for name in '' mine eip155:99; do
		fm networks show ${name:+"$name"} --json
		ends_with_status 0
		is_document fourmica.networks.show/1 0
		lacks "$output" SECRET
		js '[.data.name, .data.rpc, (.data.rpc_more | map(.url) | .[])] == ["mine",
			"https://one.example/...", "https://two.example", "http://three.example/..."]'
		js '.data | (.pinned | not) and .key == null and .versions == [] and .earlier == []'
	done
	fm networks show base-sepolia --network mine
	ends_with_status 0
	holds "$output" own.example
}

@test 'networks that are not known, and endpoints that cannot be' {
	fm networks show nowhere --json
	ends_with_status 2
	is_document fourmica.networks.show/1 2
	holds "$(js .error.message)" nowhere
	holds "$(js .error.hint)" base-sepolia
	fm networks refresh ethereum --json
	ends_with_status 3
	is_document fourmica.networks.refresh/1 3
	holds "$(js .error.message)" 'no 4Mica Core is known for eip155:1'
	js '.data.name == "ethereum" and .data.outcome == null'
	config <<<'{ "networks": { "base": { "rpc": "https://one.example" } } }'
	fm networks
	ends_with_status 3
	holds "$stderr" 'config.json:1:'
	config <<<"{ \"networks\": { \"base\": { \"rpc\": [$(printf '"https://x%d.example",' {1..8})\"https://x9.example\"] } } }"
	fm networks
	ends_with_status 3
	holds "$stderr" 'more than 8 endpoints'
	config <<<'{ "networks": { "base": { "rpc": ["ftp://one.example"] } } }'
	fm networks
	ends_with_status 3
}

@test 'a Core that cannot be reached' {
	export FOURMICA_CORE_URL=$NOBODY FOURMICA_RPC_URL=$NOBODY
	fm networks refresh --json
	ends_with_status 10
	is_document fourmica.networks.refresh/1 10
	js '.data.pinned | not'
}

# ---- pinning ----

@test 'the first refresh pins, with one request each; the next changes nothing' {
	with_sandbox
	FOURMICA_RPC_URL="$(sb rpc)/v3/SECRET?key=SECRET"
	fm networks refresh -vv --json
	ends_with_status 0
	is_document fourmica.networks.refresh/1 0
	lacks "$output$stderr" SECRET
	[ "$(js .data.outcome)" = pinned ]
	[ "$(js .data.key)" = "$(sb bls_public_key)" ]
	[ "$(js .data.vault)" = "$(sb vault)" ]
	[ "$(js .data.pinned_core)" = "$(sb core)" ]
	[ "$(js .data.pinned_rpc)" = "$(sb rpc)" ]
	js '.data.changes == [] and .data.pinned and .data.eip712_name == "4mica" and
		.data.eip712_version == "1" and (.data.params_read_at | fromdateiso8601 > 0) and
		(.data.versions | map(.version) == [1, 2]) and (.data.versions | all(.enabled)) and
		(.data.registries | length == 1)'
	# the domains of the certificate vectors, whose vault this is
	js '.data.versions[0].domain == "0x1ce156a40edcb14153b7667dba51bf05717f59cfc177d0ccb5b5de18e09ef3e3"'
	[ "$(requests core)" = 1 ]
	[ "$(requests rpc)" = 1 ]
	ctl_get 'log?service=rpc' | jq -e '.[0].rpc_methods == ["eth_chainId", "eth_getCode",
		"eth_call", "eth_call", "eth_call", "eth_call"]'
	fm networks refresh --json
	ends_with_status 0
	[ "$(js .data.outcome)" = unchanged ]
	[ "$(requests core)" = 2 ]
	run ! grep -rqa SECRET "$FOURMICA_HOME"
	fm networks --json
	js '.data.networks[] | select(.name == "base-sepolia").pinned'
	js '.data.networks[] | select(.name == "base").pinned | not'
}

@test 'what is pinned is shown without asking anybody' {
	with_sandbox
	fm networks refresh base-sepolia
	ends_with_status 0
	holds "$stderr" 'pinned with this first use'
	before=$(requests core)$(requests rpc)
	fm networks show
	ends_with_status 0
	holds "$output" "$(sb bls_public_key)"
	holds "$output" "$(sb vault)"
	[ "$before" = "$(requests core)$(requests rpc)" ]
	# whichever Core is named now
	FOURMICA_CORE_URL=$NOBODY
	[[ "$(pinned_key)" =~ $HEX_KEY ]]
}

# Each: what is bent, the status, a piece of the message. Nothing may be pinned.
refused() { # STATUS WORDS
	fm networks refresh --json --timeout 1s
	[ "$status" = "$1" ] || { show; return 1; }
	js '(.data.pinned | not) and .data.outcome == null and .error.spent == "no"' || { show; return 1; }
	holds "$(js .error.message)" "$2"
	ctl reset >/dev/null
}

@test 'what Core and the chain do not both say is not pinned' {
	with_sandbox
	key=$(sb bls_public_key)
	fault core key_switch
	refused 14 "$key"
	ctl vault '{"key":"other"}' >/dev/null
	refused 14 "4Mica Core's key is $key, the vault's for version 1 is 0xa572cbea"
	ctl vault '{"key":"other","version":2}' >/dev/null
	refused 14 "version 2"
	fault core key_no_point
	refused 14 "4Mica Core's key 0xffff"
	fault core key_no_point '"infinity"'
	refused 14 'infinity'
	fault core chain_switch
	refused 14 'serves chain 8453, not chain 84532'
	fault core domain_switch
	refused 14 'domain for version 2'
	ctl vault '{"version":2,"enabled":false}' >/dev/null
	refused 14 'version 2, the vault has it disabled'
	fault core no_domain_name
	refused 14 eip712_name
	fault core vault_switch
	refused 13 'no contract'
	ctl vault "{\"version\":1,\"domain\":\"0x$(printf '%064d' 7)\"}" >/dev/null
	refused 13 'that of this chain and vault'
	ctl vault '{"enabled":false}' >/dev/null
	refused 13 'no guarantee version enabled'
}

@test 'a chain that is another, broken or down pins nothing' {
	with_sandbox
	fault rpc rpc_wrong_chain
	refused 13 'serves chain 8453, wanted is chain 84532'
	fault rpc no_code
	refused 13 'no contract'
	fault rpc rpc_error '"\u001b[31mno"'
	refused 13 '\x1b[31mno'
	fault rpc rpc_no_data
	refused 13 'execution reverted'
	fault rpc rpc_slow 5000
	refused 11 ''
	fault rpc http_503
	refused 10 'HTTP 503'
	fault rpc drop_before_accept
	refused 10 ''
}

@test 'the next endpoint is asked when the first is down, not when it lies' {
	with_sandbox
	unset FOURMICA_RPC_URL
	config <<<"{ \"networks\": { \"base-sepolia\": { \"rpc\": [\"$NOBODY\", \"$(sb rpc)\"] } } }"
	fm networks refresh --json
	ends_with_status 0
	[ "$(js .data.pinned_rpc)" = "$(sb rpc)" ]
	config <<<"{ \"networks\": { \"base-sepolia\": { \"rpc\": [\"$(sb core)\", \"$(sb rpc)\"] } } }"
	fm networks refresh --json
	ends_with_status 13
}

# ---- changes ----

rotate() {
	fault core key_switch
	ctl vault '{"key":"other"}' >/dev/null
}

@test 'a change is shown, and taken over with a word only' {
	with_sandbox
	fm networks refresh
	old=$(pinned_key)
	rotate
	fm networks refresh --json
	ends_with_status 5
	is_document fourmica.networks.refresh/1 5
	holds "$(js .error.hint)" --yes
	[ "$(js .data.outcome)" = refused ]
	# shellcheck disable=SC2016 # jq's own
	jq -e --arg old "$old" '.data.changes == [{ "what": "key", "before": $old,
		"after": .data.changes[0].after, "needs_word": true }] and .data.key == $old' <<<"$output"
	[ "$(pinned_key)" = "$old" ]
	fm networks refresh --yes --json
	ends_with_status 0
	[ "$(js .data.outcome)" = changed ]
	new=$(pinned_key)
	[ "$new" != "$old" ]
	fm networks show --json
	# shellcheck disable=SC2016 # jq's own
	jq -e --arg old "$old" '.data.earlier | length == 1 and .[0].key == $old and
		.[0].vault != null and .[0].domain_v1 != null and .[0].domain_v2 != null and
		(.[0].replaced_at | fromdateiso8601) >= (.[0].pinned_at | fromdateiso8601)' <<<"$output"
	fm networks refresh --json
	ends_with_status 0
	[ "$(js .data.outcome)" = unchanged ]
}

@test 'the question at the terminal shows both values, and no is the default' {
	with_sandbox
	unset FOURMICA_NO_INPUT
	fm networks refresh
	old=$(pinned_key)
	rotate
	fm_at_terminal '[y/N] ' '' -- networks refresh
	ends_with_status 6
	holds "$output" "was $old"
	holds "$output" 'now 0xa572cbea'
	holds "$output" 'Accept only what the operator confirms in another way'
	[ "$(pinned_key)" = "$old" ]
	fm_at_terminal '[y/N] ' y -- networks refresh
	ends_with_status 0
	[ "$(pinned_key)" != "$old" ]
}

@test 'one of the two alone changes nothing, whoever says yes' {
	with_sandbox
	fm networks refresh
	old=$(pinned_key)
	fault core key_switch
	fm networks refresh --yes --json
	ends_with_status 14
	[ "$(js .data.key)" = "$old" ]
	clear_faults
	ctl vault '{"key":"other"}' >/dev/null
	fm networks refresh --yes --json
	ends_with_status 14
	[ "$(pinned_key)" = "$old" ]
}

@test 'a version that is switched off, and parameters that need no word' {
	with_sandbox
	fm networks refresh
	fault core params_switch
	fm networks refresh --json
	ends_with_status 0
	[ "$(js .data.outcome)" = changed ]
	[ "$(js .data.eip712_version)" = 2 ]
	js '.data.changes == [{ "what": "eip712", "before": "4mica 1", "after": "4mica 2",
		"needs_word": false }] and .data.earlier == []'
	ctl reset >/dev/null
	fault core version_switch
	ctl vault '{"version":2,"enabled":false}' >/dev/null
	fm networks refresh --json
	ends_with_status 5
	[ "$(js '.data.changes[0] | .what + " " + .before + " " + .after')" = 'enabled_v2 yes no' ]
	fm networks refresh --json --yes
	ends_with_status 0
	js '.data.versions | map(.enabled) == [true, false]'
}

@test 'two at once make one pin' {
	with_sandbox
	local pids=()
	for i in 1 2 3 4; do
		"$FOURMICA" networks refresh --json >"$BATS_TEST_TMPDIR/out$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	jq -es 'all(.ok) and (map(.data.key) | unique | length == 1)' "$BATS_TEST_TMPDIR"/out*
	fm networks show --json
	js '.data.earlier == []'
}

@test 'kill -9 at every step leaves a pin or none' {
	with_sandbox
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	home=$FOURMICA_HOME
	KILLAT_LOG=$BATS_TEST_TMPDIR/log LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" networks refresh >/dev/null 2>&1
	steps=$(wc -l <"$BATS_TEST_TMPDIR/log")
	[ "$steps" -gt 10 ]
	pins=0
	for ((n = 1; n <= steps; n++)); do
		export FOURMICA_HOME=$home-$n
		status=0
		{ KILLAT_N=$n LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" networks refresh >/dev/null; } 2>/dev/null ||
			status=$?
		[ "$status" = 137 ] || continue # the steps of two runs need not be the same
		fm networks show --json
		[ "$status" = 0 ] || { echo "step $n"; show; return 1; }
		pins=$((pins + $(js 'if .data.pinned then 1 else 0 end')))
		js 'if .data.pinned then .data.vault != null and (.data.versions | length) == 2
			else .data.key == null end'
		fm networks refresh --json
		ends_with_status 0
		js '.data.pinned and .data.earlier == []'
	done
	# some were early, some late
	[ "$pins" -gt 0 ]
	[ "$pins" -lt "$steps" ]
}
