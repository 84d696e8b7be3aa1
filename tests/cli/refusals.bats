#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every refusal the conventions document, on loopback: its status, its code, the rule, both values and
# the next step, for people and in JSON alike.

load common
load sandbox

setup() {
	need_sandbox
	home_with_wallet
	URL=$(sb sellers.exact_v2)
	ORIGIN=$(jq -nr --arg u "$URL" '$u | capture("^(?<o>https?://[^/]+)").o')
	OTHER=0x90F79bf6EB2c4f870365E785982E1f101E93b906
}

rules() { policy <<<"{\"version\":1,\"networks\":[\"eip155:84532\"],$1}"; }
one_usdc() { rules "\"limits\":[{\"name\":\"request\",\"amount\":\"1usdc\"}]${1:+,$1}"; }

# STATUS CODE RULE 'HINT' VALUE... -- COMMAND...: the command twice, once with --json. Nothing is spent
# and no payment header leaves.
refused() {
	local want=$1 code=$2 rule=$3 hint=$4 value values=() seen
	shift 4
	while [ "$1" != -- ]; do values+=("$1") && shift; done
	shift
	seen=$(ctl_get log | jq '[.[] | select(.payments | length > 0)] | length')
	run2 "$FOURMICA" "$@"
	[ "$status" = "$want" ] || { echo "status $status: $err"; return 1; }
	for value in "${values[@]}"; do
		[[ "$err" == *"$value"* ]] || { echo "no '$value' in: $err"; return 1; }
	done
	[[ "$err" == *"hint: "*"$hint"* ]] || { echo "no '$hint' in: $err"; return 1; }
	words=$err
	run2 "$FOURMICA" "$@" --json
	[ "$status" = "$want" ] && [ "$(json exit)" = "$want" ]
	[ "$(json error.code)" = "$code" ] && [ "$(json status)" = "$code" ]
	[ "$(json error.rule)" = "$rule" ]
	[ "$(json error.spent)" = no ]
	[[ "$words" == *"$(json error.message)"* && "$words" == *"$(json error.hint)"* ]]
	[ "$(ctl_get log | jq '[.[] | select(.payments | length > 0)] | length')" = "$seen" ]
}

@test 'needs_approval: a new seller, a price above the threshold' {
	one_usdc '"new_sellers":"ask"'
	refused 30 needs_approval new_sellers 'budget approve' "$ORIGIN" ask -- pay "$URL"
	one_usdc '"approve_above":"0.005usdc"'
	refused 30 needs_approval approve_above 'budget approve' '0.01 USDC' '0.005 USDC' -- pay "$URL"
}

@test 'needs_approval: rules that are looser than the accepted ones' {
	"$FOURMICA" pay -s "$URL" >/dev/null
	rules '"limits":[{"name":"request","amount":"2usdc"}]'
	refused 30 needs_approval accepted 'policy accept' '2usdc' '0.10usdc' -- pay "$URL"
}

@test 'over_limit: policy, option, environment; a window that is too long' {
	rules '"limits":[{"name":"request","amount":"0.009usdc"}]'
	refused 31 over_limit request "'request'" '0.01 USDC' '0.009 USDC' -- pay "$URL"
	one_usdc
	refused 31 over_limit max-amount 'max-amount' '0.01 USDC' '0.001 USDC' -- \
		pay --max-amount 0.001usdc "$URL"
	export FOURMICA_MAX_AMOUNT=0.002usdc
	refused 31 over_limit FOURMICA_MAX_AMOUNT FOURMICA_MAX_AMOUNT '0.01 USDC' '0.002 USDC' -- pay "$URL"
	unset FOURMICA_MAX_AMOUNT
}

@test 'budget_exhausted: money, number, task' {
	rules '"limits":[{"amount":"1usdc"},{"name":"day","amount":"0.015usdc","window":"1d"}]'
	"$FOURMICA" pay -s "$URL" >/dev/null
	refused 32 budget_exhausted day day '0.01 USDC' '0.015 USDC' -- pay "$URL"
	rules '"limits":[{"amount":"1usdc"},{"name":"rate","count":1,"window":"1h"}]'
	accept_policy
	refused 32 budget_exhausted rate rate ' 1 ' -- pay "$URL"
	rules '"limits":[{"amount":"1usdc"},{"name":"job","amount":"0.009usdc","per":"task"}]'
	accept_policy
	refused 32 budget_exhausted job job '0.01 USDC' '0.009 USDC' -- pay --task t "$URL"
}

@test 'blocked_seller: on the list, new where none is wanted, after failures' {
	one_usdc "\"blocked\":[\"$ORIGIN\"]"
	refused 33 blocked_seller blocked "'blocked'" "$ORIGIN" -- pay "$URL"
	one_usdc '"new_sellers":"refuse"'
	refused 33 blocked_seller new_sellers "'sellers'" "$ORIGIN" refuse -- pay "$URL"
	one_usdc '"stop_after_failures":1'
	run "$FOURMICA" pay -s "$(sb sellers.hostile)/price_change"
	[ "$status" = 40 ]
	refused 33 blocked_seller stop_after_failures reconcile ' 1 ' -- pay "$(sb sellers.hostile)/good"
}

@test 'seller_mismatch: another address than the policy, the pin, or the caller says' {
	one_usdc "\"sellers\":{\"$ORIGIN\":{\"pay_to\":[\"$OTHER\"]}}"
	refused 34 seller_mismatch pay_to 'find out' "$OTHER" -- pay "$URL"
	one_usdc
	refused 34 seller_mismatch expect-pay-to 'find out' "$OTHER" -- pay --expect-pay-to "$OTHER" "$URL"
	"$FOURMICA" pay -s "$URL" >/dev/null
	ledger_write "UPDATE pin SET value = '$OTHER' WHERE kind = 'seller'"
	refused 34 seller_mismatch pin 'find out' "$OTHER" -- pay "$URL"
}

@test 'unsupported_terms: a network, a scheme, an asset outside the policy' {
	policy <<<'{"version":1,"networks":["eip155:8453"],"limits":[{"amount":"1usdc"}]}'
	refused 35 no_supported_option networks policy.json eip155:84532 -- pay "$URL"
	one_usdc '"schemes":["4mica-credit"]'
	refused 35 no_supported_option schemes policy exact -- pay "$URL"
	rules '"limits":[{"amount":"1eth"}]'
	refused 35 asset_not_allowed limits policy.json USDC -- pay "$URL"
}

@test 'insufficient_collateral: known before anything is signed' {
	local poor
	"$FOURMICA" wallet new poor --no-passphrase >/dev/null 2>&1
	poor=$(sb sellers.credit_v2)
	refused 36 insufficient_collateral collateral deposit '0.01 USDC' '0 USDC' -- pay --wallet poor "$poor"
}

@test 'stopped: the file, and the environment' {
	"$FOURMICA" stop --reason 'it runs wild' -q
	refused 37 stopped stop 'fourmica resume' 'it runs wild' -- pay "$URL"
	"$FOURMICA" resume --yes -q
	export FOURMICA_STOP=1
	refused 37 stopped stop FOURMICA_STOP FOURMICA_STOP -- pay "$URL"
	unset FOURMICA_STOP
}

@test 'quote_changed: another price than was quoted or expected' {
	one_usdc
	refused 38 quote_changed expect-amount 'fourmica quote' '0.01 USDC' '0.02usdc' -- pay --expect-amount 0.02usdc "$URL"
}

@test 'ledger_damaged: a ledger that is not the wallet'\''s' {
	"$FOURMICA" pay -s "$URL" >/dev/null
	rm "$FOURMICA_HOME"/ledger*
	refused 71 ledger_damaged ledger 'policy accept --adopt-ledger' 'none at' -- pay "$URL"
}

@test 'payment_failed: the words of the seller are known, and so is what to do' {
	one_usdc
	run2 "$FOURMICA" pay --json "$(sb sellers.hostile)/price_change"
	[ "$status" = 40 ]
	[ "$(json error.code)" = new_terms ]
	[ "$(json error.spent)" = yes ]
	[[ "$(json error.hint)" == *'fourmica quote'* ]]
}
