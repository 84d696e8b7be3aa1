# SPDX-License-Identifier: MIT
# scripts/smoke against the sandbox: what CI jobs on Base Sepolia run.
load sandbox
setup() {
	need_sandbox
	home_with_wallet
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
