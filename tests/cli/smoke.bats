# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317 # scripts that are written, functions that others call
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

# A program that does what it should, or nothing, and then says something else.
broken() { # SCRIPT: before the real one runs; $route is the last word of the command line
	cat >"$BATS_TEST_TMPDIR/broken" <<-END
		#!/bin/bash
		real() { "$FOURMICA" "\$@"; }
		route=\${*: -1}; route=\${route##*/}
		case " \$* " in *" pay "*) $1 ;; esac
		exec "$FOURMICA" "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/broken"
}
steps_with() { jq -r --arg result "$1" 'select(.result == $result) | .step' "$SMOKE_REPORT"; }
payments=$(printf '%s\n' unsupported-network over-limit insufficient-collateral timeout-unpaid paid repeated duplicate-key \
	seller-mismatch duplicate-request-id rejected-signature retry timeout-paid timeout-repeated budget-exhausted)

@test "refusals: no rehearsal passes with another exit code" {
	broken 'real "$@"; [ $? = 7 ] && exit 8; exit 7'
	FOURMICA=$BATS_TEST_TMPDIR/broken run2 "$smoke" --refusals
	[ "$status" -eq 7 ]
	[ "$(steps_with FAIL)" = "$payments" ]
	[ "$(steps_with ok)" = "$(printf '%s\n' version rehearsal-wallet rehearsal-journal)" ]
}

@test "refusals: no payment that was not sent passes, none sent twice, none with another reason" {
	# The right words and codes, and nothing else.
	cat >"$BATS_TEST_TMPDIR/says" <<-'END'
		case $route in mainnet) c=35 w=networks ;; dear) c=31 w=over_limit ;; credit) c=36 w=insufficient_collateral ;;
		slow) c=11 w=timeout ;; good) c=0 w=paid ;; moved) c=34 w=seller_mismatch ;; duplicate) c=40 w=request_id ;;
		rejected) c=40 w=signature ;; flaky) c=0 w=paid ;; lost) c=50 w=in_doubt ;; esac
		if [ $c = 0 ]; then echo "{\"status\":\"$w\",\"error\":null}"; else echo "{\"error\":{\"code\":\"$w\",\"message\":\"\"}}"; fi
		exit $c
	END
	broken ". '$BATS_TEST_TMPDIR/says'"
	FOURMICA=$BATS_TEST_TMPDIR/broken run2 "$smoke" --refusals
	[ "$status" -eq 1 ]
	for step in paid repeated duplicate-key duplicate-request-id rejected-signature retry timeout-paid budget-exhausted; do
		[ "$(result_of $step)" = FAIL ] || { echo "$step"; false; }
	done
	# One signature too many, on another key.
	broken 'case $route in good | duplicate | rejected | flaky) real --json pay --idempotency-key again-$RANDOM --wallet rehearsal "${@: -1}" >/dev/null 2>&1 ;; esac'
	FOURMICA=$BATS_TEST_TMPDIR/broken run2 "$smoke" --refusals
	[ "$status" -ne 0 ]
	for step in paid duplicate-request-id rejected-signature retry; do
		[ "$(result_of $step)" = FAIL ] || { echo "$step"; false; }
	done
	# The code, for another reason.
	broken 'real "$@" | jq -c ".error |= if . then .code = \"other\" | .rule = \"other\" | .category = \"local\" else . end | .status = \"other\""; exit ${PIPESTATUS[0]}'
	FOURMICA=$BATS_TEST_TMPDIR/broken run2 "$smoke" --refusals
	[ "$status" -eq 1 ]
	[ "$(steps_with FAIL)" = "$payments" ]
}

# An XML reader other than ours; the number of test cases.
junit_cases() {
	python3 -c 'import sys, xml.etree.ElementTree as t; print(len(t.parse(sys.argv[1]).getroot().findall("testcase")))' "$1"
}

@test "junit: whatever a program says, and in whatever language" {
	cat >"$BATS_TEST_TMPDIR/rude" <<-'END'
		#!/bin/bash
		[ "${LC_ALL:-}" = C ] || exit 9
		case " $* " in *" doctor "*) printf '\e[31m]]><&"\001\n::error::\xff here\n' >&2; exit 3 ;; esac
		printf '%s' '{"error":{"code":"a","message":"\u0000\u001b]0;x\u0007\n::set-output::<\"&'"'"']]>\ufffe"}}'
		exit 2
	END
	chmod +x "$BATS_TEST_TMPDIR/rude"
	umask 022
	FOURMICA=$BATS_TEST_TMPDIR/rude LC_ALL='' LC_NUMERIC=de_DE.UTF-8 LANG=de_DE.UTF-8 run2 "$smoke" --junit "$BATS_TEST_TMPDIR/junit.xml"
	[ "$status" -eq 2 ]
	[ "$(junit_cases "$BATS_TEST_TMPDIR/junit.xml")" = 5 ]
	lacks "$output" $'\e'
	! grep -q '^::' <<<"$output" || false
	[ "$(jq -s 'map(.seconds | numbers) | length' "$SMOKE_REPORT")" = 5 ]
	# Nothing at all: the last line of standard error.
	printf '#!/bin/sh\necho crashed >&2; exit 139\n' >"$BATS_TEST_TMPDIR/rude"
	FOURMICA=$BATS_TEST_TMPDIR/rude run2 "$smoke"
	[ "$status" -eq 139 ]
	holds "$output" '139  crashed'
}

@test "refusals: the report is as readable as the shell lets it, the home is not" {
	umask 022
	cat >"$BATS_TEST_TMPDIR/look" <<-END
		#!/bin/bash
		[ -z "\${FOURMICA_HOME:-}" ] || stat -c %a "\$FOURMICA_HOME" "\$FOURMICA_HOME"/policy.json >>"$BATS_TEST_TMPDIR/modes" 2>/dev/null
		exit 1
	END
	chmod +x "$BATS_TEST_TMPDIR/look"
	FOURMICA=$BATS_TEST_TMPDIR/look run2 "$smoke" --refusals --junit "$BATS_TEST_TMPDIR/junit.xml"
	[ "$status" -eq 1 ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/junit.xml")" = 644 ]
	tail -2 "$BATS_TEST_TMPDIR/modes" | diff - <(printf '700\n600\n')
}

@test "ended from outside: its seller and its folder go" {
	"$smoke" --refusals >/dev/null 2>&1 &
	pid=$!
	up() { pgrep -f "smoke-seller $BATS_TEST_TMPDIR/" >/dev/null; }
	wait_until up
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	gone() { ! up; }
	wait_until gone
	[ -z "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'tmp.*')" ]
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
