#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A paid request against the sandbox's sellers.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

@test 'the body of a free resource is written as it is, and nothing is opened' {
	url=$(sb sellers.credit_v2)
	run2 "$FOURMICA" pay "${url%/paid}/free"
	[ "$status" = 0 ]
	[ "$output" = "$(curl -sf "${url%/paid}/free")" ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
}

@test 'credit, x402 version 1: one guarantee at Core, with our signature' {
	before=$(guarantees_issued)
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$status" = 0 ]
	[ "$(json status)" = paid ]
	[ "$(json data.scheme)" = 4mica-credit ]
	[ "$(json data.evidence)" = verified ]
	[ "$(json data.quote.version)" = 1 ]
	[ "$(json data.certificate.amount)" = 10000 ]
	[ "$(json data.certificate.payer)" = "$(sb accounts.ann.address)" ]
	[ "$(guarantees_issued)" = $((before + 1)) ]
	ctl_get 'log?service=core&path=/core/guarantees' |
		jq -e --arg id "$(json data.req_id)" '[.. | .guarantee? // empty] | last | .result // "" | tostring | test("error") | not'
	[ "$(state_of "$(json data.idempotency_key)")" = "$PAID" ]
}

@test 'credit, x402 version 2, made with @x402/express' {
	before=$(guarantees_issued)
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
	[ "$(json data.quote.version)" = 2 ]
	[ "$(json data.quote.reply_header)" = PAYMENT-SIGNATURE ]
	[ "$(guarantees_issued)" = $((before + 1)) ]
	[ "$(json data.body)" = "$(jq -r .data.body <<<"$output")" ]
	jq -e .paid <<<"$(json data.body)"
}

@test 'exact settles on the chain: the transfer is there' {
	before=$(ctl_get "account?address=$(sb accounts.ann.address)" | jq -r .usdc)
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	[ "$(json data.scheme)" = exact ]
	[[ "$(json data.transaction)" =~ ^0x[0-9a-f]{64}$ ]]
	after=$(ctl_get "account?address=$(sb accounts.ann.address)" | jq -r .usdc)
	[ $((before - after)) = 10000 ]
}

@test 'exact, x402 version 1' {
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v1)"
	[ "$status" = 0 ]
	[ "$(json data.quote.reply_header)" = X-PAYMENT ]
}

@test 'credit is preferred where both are offered; --scheme and --prefer choose' {
	run2 "$FOURMICA" pay --json "$(sb sellers.dual_v2)"
	[ "$(json data.scheme)" = 4mica-credit ]
	run2 "$FOURMICA" pay --json --scheme exact "$(sb sellers.dual_v2)"
	[ "$(json data.scheme)" = exact ]
	run2 "$FOURMICA" pay --json --prefer exact "$(sb sellers.dual_v2)"
	[ "$(json data.scheme)" = exact ]
}

@test 'a V2 guarantee carries the validation policy' {
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2_validated)"
	[ "$status" = 0 ]
	[ "$(json data.quote.guarantee_version)" = 2 ]
	[ "$(json data.certificate.version)" = 2 ]
	[ "$(json data.quote.validation.validation_registry_address)" != null ]
}

@test 'the client never talks to the facilitator' {
	ctl reset >/dev/null
	for seller in credit_v1 credit_v2 exact_v2; do
		run2 "$FOURMICA" pay "$(sb sellers.$seller)"
		[ "$status" = 0 ]
	done
	log=$(ctl_get 'log?service=facilitator')
	jq -e '[.. | .user_agent? // empty] | length > 0' <<<"$log" # the sellers do
	jq -e '[.. | .user_agent? // empty | select(test("fourmica"; "i"))] | length == 0' <<<"$log"
	ctl_get 'log?service=core' | jq -e '[.. | .user_agent? // empty | select(test("^fourmica"))] | length > 0'
}

@test 'a POST is paid with the same body' {
	run2 "$FOURMICA" pay --json -d 'order=17' "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
	json data.body | jq -e '.method == "POST" and .body_bytes == 8'
	[ "$(json data.body | jq -r .body_sha256)" = "$(printf 'order=17' | sha256sum | cut -d' ' -f1)" ]
}

@test 'over the limit: 31, both values, nothing signed, nothing written' {
	run2 "$FOURMICA" pay --json -o "$BATS_TEST_TMPDIR/body" "$(sb sellers.credit_v2)?amount=100001"
	[ "$status" = 31 ]
	[ "$(json error.code)" = over_limit ]
	[ "$(json error.spent)" = no ]
	[[ "$(json error.message)" == *'0.100001 USDC'*'0.1 USDC'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/body" ]
	run2 "$FOURMICA" pay --max-amount 0.005usdc "$(sb sellers.credit_v2)"
	[ "$status" = 31 ]
	[ -z "$output" ]
}

@test 'a policy file: networks, schemes, limits, sellers' {
	policy <<<'{"version":1,"networks":["eip155:84532"],"schemes":["exact"],"limits":[{"name":"request","amount":"0.01usdc"}]}'
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 35 ]
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)?amount=10001"
	[ "$status" = 31 ]
	policy <<<'{"version":1,"networks":["eip155:8453"],"limits":[{"name":"request","amount":"0.01usdc"}]}'
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$status" = 35 ]
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"three","amount":"0.03usdc","window":"1h"}]}'
	accept_policy
	for _ in 1 2; do # one was paid above
		run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
		[ "$status" = 0 ]
	done
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 32 ]
	[ "$(json error.rule)" = three ]
	origin=$(sb sellers.credit_v2); origin=${origin%/paid}
	policy <<<"{\"version\":1,\"networks\":[\"eip155:84532\"],\"limits\":[{\"amount\":\"1usdc\"}],\"sellers\":{\"$origin\":{\"pay_to\":[\"$(sb accounts.cid.address)\"]}}}"
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 34 ]
	policy <<<"{\"version\":1,\"networks\":[\"eip155:84532\"],\"limits\":[{\"amount\":\"1usdc\"}],\"blocked\":[\"$origin\"]}"
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 33 ]
}

@test 'a policy that says what no version understands is refused, with its place' {
	policy <<<'{"version":1,
 "networks":["eip155:84532"], "approve_over":"0.5usdc"}'
	run2 "$FOURMICA" pay "$(sb sellers.credit_v2)"
	[ "$status" = 3 ]
	[[ "$err" == *policy.json:2:*approve_over* ]]
}

@test 'the same key is never paid twice; another request with it is a usage error' {
	seen=$(payments_seen seller/credit_v2)
	run2 "$FOURMICA" pay --json --idempotency-key one "$(sb sellers.credit_v2)"
	[ "$(json status)" = paid ]
	run2 "$FOURMICA" pay --json --idempotency-key one "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
	[ "$(json status)" = already_paid ]
	[ "$(json data.payment_id)" != null ]
	[ "$(payments_seen seller/credit_v2)" = $((seen + 1)) ]
	run2 "$FOURMICA" pay --json --idempotency-key one "$(sb sellers.credit_v2)?x=1"
	[ "$status" = 2 ]
	run2 "$FOURMICA" pay --json --idempotency-key one -d x "$(sb sellers.credit_v2)"
	[ "$status" = 2 ]
}

@test 'two processes with one key pay once' {
	seen=$(payments_seen seller/credit_v2)
	"$FOURMICA" pay --idempotency-key both "$(sb sellers.credit_v2)" >/dev/null 2>&1 &
	first=$!
	status=0
	"$FOURMICA" pay --idempotency-key both "$(sb sellers.credit_v2)" >/dev/null 2>&1 || status=$?
	other=0
	wait $first || other=$?
	[ "$status" = 0 ] || [ "$other" = 0 ]
	[ "$(ledger "SELECT count(*) FROM payment")" = 1 ]
	[ "$(payments_seen seller/credit_v2)" = $((seen + 1)) ]
}

@test 'many processes together stay inside a limit' {
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"five","amount":"0.05usdc","window":"1h"}]}'
	pids=()
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$FOURMICA" pay "$(sb sellers.credit_v1)" >/dev/null 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || true; done
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" = 5 ]
	[ "$(ledger "SELECT count(*) FROM payment WHERE state NOT IN ($PAID, $RELEASED)")" = 0 ]
}

@test "core's refusal for want of collateral is payment_failed with that code" {
	run2 "$FOURMICA" wallet new poor --no-passphrase --json
	ctl fund "{\"address\":\"$(json data.address)\",\"credit\":\"1\"}" >/dev/null
	run2 "$FOURMICA" pay --json --wallet poor --evidence receipt "$(sb sellers.credit_v2)" # asks nobody before
	[ "$status" = 40 ]
	[ "$(json error.code)" = insufficient_collateral ]
	[ "$(json error.spent)" = yes ]
	[ "$(json error.seller_reason)" != null ]
}

@test 'the real answer of the facilitator leaves the payment in doubt and counted' {
	ctl fault '{"where":"facilitator","fault":"settle_real_shape","times":1}' >/dev/null
	before=$(guarantees_issued)
	run2 "$FOURMICA" pay --json --idempotency-key real "$(sb sellers.credit_v2)"
	[ "$status" = 50 ]
	[ "$(json error.spent)" = maybe ]
	[ "$(state_of real)" = "$IN_DOUBT" ]
	run2 "$FOURMICA" pay --json --idempotency-key real "$(sb sellers.credit_v2)"
	[ "$status" = 50 ]
	[ "$(guarantees_issued)" -le $((before + 1)) ]
}

@test 'core unreachable before signing: nothing was spent' {
	FOURMICA_CORE_URL=http://127.0.0.1:9 run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 10 ]
	[ "$(json error.spent)" = no ]
}

@test 'answers to a paid request' {
	hostile=$(sb sellers.hostile)
	while read -r route want; do
		run2 "$FOURMICA" pay -m 5 "$hostile/$route"
		[ "$status" = "$want" ] || { echo "$route: $status instead of $want: $err"; false; }
	done <<-'END'
		good 0
		redirect_same_host 50
		redirect_other_host 50
		redirect_loop 50
		http_400 40
		http_403 40
		http_409 40
		paid_not_served 41
		cut_body 41
		free_after_pay 42
		bad_receipt_base64 42
		bad_receipt_json 42
		bad_receipt_failure 42
		bad_receipt_no_certificate 42
		bad_receipt_other_payment 42
		402_after_pay 40
		rejected 40
		rejected_stale 40
		price_change 40
		payto_change 40
		settle_failed 40
	END
	# Not once did a payment header go to the second origin.
	[ "$(payments_seen seller/hostile_other)" = 0 ]
}

@test 'challenges that must not be paid' {
	hostile=$(sb sellers.hostile)
	while read -r route want; do
		run2 "$FOURMICA" pay -m 5 "$hostile/$route"
		[ "$status" = "$want" ] || { echo "$route: $status instead of $want: $err"; false; }
		[[ "$err" != *$'\e'* ]]
	done <<-'END'
		oversized_402_header 12
		oversized_402_body 12
		oversized_402_accepts 12
		oversized_402_nesting 12
		bad_402_base64 12
		bad_402_json 12
		bad_402_not_x402 22
		bad_402_duplicate_keys 12
		bad_402_types 12
		bad_402_negative_amount 12
		bad_402_zero_amount 35
		bad_402_two_headers 12
		bad_402_version 35
		bad_402_empty_accepts 35
		bad_402_network 35
		bad_402_scheme 35
		bad_402_asset 35
		bad_402_zero_payto 12
		bad_402_utf8 12
		bad_402_raw_control 12
		resource_other_host 34
		resource_userinfo 34
		half_policy 35
		foreign_registry 35
	END
	[ ! -e "$FOURMICA_HOME/ledger.db" ] || [ "$(ledger 'SELECT count(*) FROM payment')" = 0 ]
}

@test 'what a server says reaches the terminal escaped' {
	run2 "$FOURMICA" pay -m 5 "$(sb sellers.hostile)/rejected_control"
	[ "$status" = 40 ]
	[[ "$err" == *'\x1b'* ]]
	[[ "$err" != *$'\e'* && "$err" != *$'\a'* ]]
}

@test 'tab endpoints: a good answer is used, a bad one is not' {
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v1)"
	[ "$(json data.req_id | wc -c)" -lt 20 ] # the seller's small number
	run2 "$FOURMICA" pay --json "$(sb sellers.hostile)/tab_terms" # an id, and other terms
	[ "$(json data.paid.amount)" = 10000 ]
	for route in tab_error tab_wrong_user tab_redirect; do
		run2 "$FOURMICA" pay --json -m 10 "$(sb sellers.hostile)/$route"
		[ "$status" = 0 ]
		[ "$(json data.paid.amount)" = 10000 ]
		[ "$(json data.req_id | wc -c)" -gt 20 ] # our own 16 random bytes
	done
}

@test 'bytes are the user'\''s: large, binary, to a file, to a pipe' {
	url=$(sb sellers.credit_v2)
	url=${url%/paid}/binary
	"$FOURMICA" pay -s "$url?bytes=1500000" >"$BATS_TEST_TMPDIR/pipe"
	"$FOURMICA" pay -s -o "$BATS_TEST_TMPDIR/file" "$url?bytes=1500000"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/file")" = 1500000 ]
	cmp "$BATS_TEST_TMPDIR/pipe" "$BATS_TEST_TMPDIR/file"
	run2 "$FOURMICA" pay --json "$url?bytes=1500000"
	[ "$(json data.body_bytes)" = 1500000 ]
	[ "$(json data.body_sha256)" = "0x$(sha256sum <"$BATS_TEST_TMPDIR/file" | cut -d' ' -f1)" ]
	cmp "$(json data.body_path)" "$BATS_TEST_TMPDIR/file"
	run2 "$FOURMICA" pay --json "$url?bytes=1000"
	[ "$(json data.body_base64 | base64 -d | wc -c)" = 1000 ]
}

@test 'standard output that cannot be written: 43 after payment, 74 before' {
	status=0
	"$FOURMICA" pay --idempotency-key full "$(sb sellers.credit_v2)" >/dev/full 2>/dev/null || status=$?
	[ "$status" = 43 ]
	[ "$(state_of full)" = "$PAID" ]
	status=0
	"$FOURMICA" pay --idempotency-key shut "$(sb sellers.credit_v2)" >&- 2>/dev/null || status=$?
	[ "$status" = 43 ]
	[ "$(state_of shut)" = "$PAID" ]
	url=$(sb sellers.credit_v2)
	status=0
	"$FOURMICA" pay "${url%/paid}/free" >/dev/full 2>/dev/null || status=$?
	[ "$status" = 74 ]
}

@test 'the stop file stops before anything is signed' {
	touch "$FOURMICA_HOME/stop"
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 37 ]
	rm "$FOURMICA_HOME/stop"
	FOURMICA_STOP=1 run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 37 ]
	run2 "$FOURMICA" pay --json "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
}

@test 'interrupted while the paid answer is awaited: 50, and the ledger knows' {
	for signal in INT TERM; do
		run2 timeout --preserve-status -s $signal 2 \
			"$FOURMICA" pay --idempotency-key $signal "$(sb sellers.hostile)/slow_head"
		[ "$status" = 50 ]
		[[ "$err" == *pay_* ]]
		[ "$(state_of $signal)" = "$IN_DOUBT" ]
	done
	run2 timeout --preserve-status -s INT 2 "$FOURMICA" pay "$(sb sellers.hostile)/slow_head?when=unpaid"
	[ "$status" = 130 ]
}

@test 'a quote is paid as it was seen, and refused when it changed' {
	url=$(sb sellers.credit_v2)
	run2 "$FOURMICA" quote --save "$BATS_TEST_TMPDIR/q" "$url"
	[ "$status" = 0 ]
	probes=$(ctl_get 'log?service=seller/credit_v2' | jq '[.. | .method? // empty] | length')
	run2 "$FOURMICA" pay --json --quote "$BATS_TEST_TMPDIR/q" "$url"
	[ "$status" = 0 ]
	[ "$(ctl_get 'log?service=seller/credit_v2' | jq '[.. | .method? // empty] | length')" = $((probes + 1)) ]
	run2 "$FOURMICA" pay --quote "$BATS_TEST_TMPDIR/q" "$url?amount=5"
	[ "$status" = 2 ]
	run2 "$FOURMICA" quote --json --diff "$BATS_TEST_TMPDIR/q" "$url?amount=20000"
	[ "$status" = 38 ]
	[ "$(json 'data.changes[0].member')" = amount ]
}

@test '--no-pay, --expect-*, --dry-run' {
	url=$(sb sellers.credit_v2)
	seen=$(payments_seen seller/credit_v2)
	run2 "$FOURMICA" pay --no-pay "$url"
	[ "$status" = 6 ]
	run2 "$FOURMICA" pay --expect-pay-to "$(sb accounts.cid.address)" "$url"
	[ "$status" = 34 ]
	run2 "$FOURMICA" pay --expect-amount 0.02usdc "$url"
	[ "$status" = 38 ]
	run2 "$FOURMICA" pay --asset eth "$url"
	[ "$status" = 35 ]
	run2 "$FOURMICA" pay --json --dry-run "$url"
	[ "$(json status)" = would_pay ]
	[ "$(payments_seen seller/credit_v2)" = "$seen" ]
}

@test '-i, -D, -w, -f, -I work as curl has them' {
	url=$(sb sellers.credit_v2)
	run2 "$FOURMICA" pay -s -i -D "$BATS_TEST_TMPDIR/head" -w '\n%{http_code} %{status}\n' "$url"
	[ "$status" = 0 ]
	[[ "$output" == HTTP/1.1\ 200* ]]
	[[ "$output" == *$'\n''200 paid' ]]
	grep -qi '^payment-response:' "$BATS_TEST_TMPDIR/head"
	run2 "$FOURMICA" pay -f "$(sb sellers.hostile)/http_403?when=unpaid"
	[ "$status" = 22 ]
	[ -z "$output" ]
}
