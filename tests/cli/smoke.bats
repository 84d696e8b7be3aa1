# SPDX-License-Identifier: MIT
# scripts/smoke against the sandbox: what CI jobs on Base Sepolia run.
load common
load sandbox
setup() {
	need_sandbox
	home_with_wallet
	export TMPDIR=$BATS_TEST_TMPDIR
	smoke=$BATS_TEST_DIRNAME/../../scripts/smoke
	export SMOKE_REPORT=$BATS_TEST_TMPDIR/report
}

result_of() { jq -r --arg step "$1" 'select(.step == $step) | .result' "$SMOKE_REPORT"; }

@test "every step, one capped payment" {
	run2 "$smoke" "$(sb sellers.credit_v2)"
	[ "$status" -eq 0 ] || { echo "$output$err"; false; }
	for step in version doctor quote pay verify-cert; do [ "$(result_of $step)" = ok ]; done
	[ "$(guarantees_issued)" -ge 1 ]
}

@test "skipped steps are reported as skipped" {
	run2 "$smoke"
	[ "$status" -eq 0 ]
	for step in quote pay verify-cert; do [ "$(result_of $step)" = skip ]; done
	before=$(guarantees_issued)
	SMOKE_PAY=0 run2 "$smoke" "$(sb sellers.credit_v2)"
	[ "$(result_of quote)" = ok ]
	[ "$(result_of pay)" = skip ]
	[ "$(guarantees_issued)" = "$before" ]
}

@test "the exit status is that of the first step that failed" {
	SMOKE_MAX=0.001usdc run2 "$smoke" "$(sb sellers.credit_v2)"
	[ "$status" -eq 31 ]
	[ "$(result_of pay)" = FAIL ]
	[ "$(result_of verify-cert)" = skip ]
	FOURMICA_RPC_URL=http://127.0.0.1:1 run2 "$smoke" "$(sb sellers.credit_v2)"
	[ "$status" -ne 0 ]
	[ "$(result_of doctor)" = FAIL ]
}

# The status the frozen table gives, by step.
frozen() { jq -r --arg step "$1" 'select(.step == $step) | "\(.result) \(.exit)"' "$SMOKE_REPORT"; }

@test "refusals: each with its frozen code, no wallet of ours touched" {
	before=$(find "$FOURMICA_HOME" -type f -exec sha256sum {} + | sort)
	issued=$(guarantees_issued)
	run2 "$smoke" --refusals --junit "$BATS_TEST_TMPDIR/junit.xml"
	[ "$status" -eq 0 ] || { echo "$output$err"; false; }
	while read -r step code; do
		[ "$(frozen "$step")" = "ok $code" ] || { echo "$step: $(frozen "$step")"; false; }
	done <<-END
		unsupported-network 35
		over-limit 31
		insufficient-collateral 36
		timeout-unpaid 11
		paid 0
		repeated 0
		duplicate-key 2
		seller-mismatch 34
		duplicate-request-id 40
		rejected-signature 40
		retry 0
		timeout-paid 50
		timeout-repeated 50
		budget-exhausted 32
		rehearsal-journal 0
	END
	for step in doctor quote pay; do [ -z "$(result_of $step)" ]; done
	[ "$(find "$FOURMICA_HOME" -type f -exec sha256sum {} + | sort)" = "$before" ]
	[ "$(guarantees_issued)" = "$issued" ]
	count=$(jq -s length "$SMOKE_REPORT")
	grep -q "tests=\"$count\" failures=\"0\" errors=\"0\" skipped=\"0\"" "$BATS_TEST_TMPDIR/junit.xml"
	[ "$(grep -c '<testcase ' "$BATS_TEST_TMPDIR/junit.xml")" -eq "$count" ]
	gone() { ! pgrep -f "smoke-seller $BATS_TEST_TMPDIR/" >/dev/null; }
	wait_until gone
	[ -z "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'tmp.*')" ]
}

@test "refusals: endpoints are those of config.json, its wallets are not asked for" {
	jq -n --arg core "$FOURMICA_CORE_URL" --arg rpc "$FOURMICA_RPC_URL" '{default: {wallet: "gone"},
		networks: {"base-sepolia": {chain_id: 84532, core: $core, rpc: [$rpc]}}}' >"$FOURMICA_HOME/config.json"
	before=$(cat "$FOURMICA_HOME/config.json")
	unset FOURMICA_CORE_URL FOURMICA_RPC_URL
	run2 "$smoke" --refusals
	[ "$status" -eq 0 ] || { echo "$output$err"; false; }
	[ "$(frozen insufficient-collateral)" = 'ok 36' ]
	[ "$(cat "$FOURMICA_HOME/config.json")" = "$before" ]
}

@test "refusals: one that does not come is a failure" {
	# A program that forgets its policy's limits.
	cat >"$BATS_TEST_TMPDIR/lax" <<-END
		#!/bin/sh
		[ ! -f "\$FOURMICA_HOME/policy.json" ] || printf '{"version":1,"networks":["eip155:84532"],"limits":[{"amount":"9usdc"}]}' >"\$FOURMICA_HOME/policy.json"
		exec "$FOURMICA" "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/lax"
	FOURMICA=$BATS_TEST_TMPDIR/lax run2 "$smoke" --refusals --junit "$BATS_TEST_TMPDIR/junit.xml"
	[ "$status" -eq 1 ]
	[ "$(frozen over-limit)" = 'FAIL 0' ]
	[ "$(frozen budget-exhausted)" = 'FAIL 0' ]
	[ "$(frozen seller-mismatch)" = 'ok 34' ]
	grep -q '<failure message="exit 0: exit 0 instead of 31' "$BATS_TEST_TMPDIR/junit.xml"
	holds "$output" '2 of 17 steps failed'
}

@test "junit: failures, skipped steps, text from outside" {
	FOURMICA_RPC_URL='http://127.0.0.1:1/<&"' run2 "$smoke" --junit "$BATS_TEST_TMPDIR/junit.xml"
	[ "$status" -ne 0 ]
	grep -q 'tests="5" failures="1" errors="0" skipped="3"' "$BATS_TEST_TMPDIR/junit.xml"
	[ "$(grep -c '<skipped ' "$BATS_TEST_TMPDIR/junit.xml")" -eq 3 ]
	! grep -q '[<]&["]' "$BATS_TEST_TMPDIR/junit.xml" || false
	run2 "$smoke" --junit "$BATS_TEST_TMPDIR/none/junit.xml"
	[ "$status" -eq 74 ]
	run2 "$smoke" --junit
	[ "$status" -eq 2 ]
	run2 "$smoke" --refuse
	[ "$status" -eq 2 ]
	run2 "$smoke" --help
	[ "$status" -eq 0 ]
	holds "$output" '--refusals'
	lacks "$output" 'set -u'
}
