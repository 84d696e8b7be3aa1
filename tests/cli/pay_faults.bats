#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What seller, facilitator, Core and chain can do to a payment, one fault of the sandbox each: the exit
# status, the ledger's word, how often the payment was sent and with how many signatures, what Core
# issued, and the same command once more. Broken challenges, and what can be wrong with a
# certificate, are in pay.bats and evidence.bats.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	ME=$("$FOURMICA" wallet new w --no-passphrase --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"usdc\":100000000,\"credit\":100000000}" >/dev/null
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"day","amount":"50usdc","window":"1d"}]}'
	HOSTILE=$(sb sellers.hostile) N=0 TAG=$BASHPID-$RANDOM SINCE=$(ctl_get log | jq length)
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

# Most of it is waiting, and the answers are those of other tests.
waits() { [ -z "${FOURMICA_SAN:-}" ] || skip 'waits; the build without sanitizers does it'; }

# Copies of a guarantee are sent within one minute of Core's clock: not in its last ten seconds.
early_in_the_minute() {
	local second
	second=$(($(date +%s) % 60))
	[ "$second" -lt 50 ] || sleep $((60 - second))
}

arm() { ctl fault "$1" >/dev/null; }

# Sendings and signatures a seller saw for one key, and guarantees Core issued for its request id: "1 1 0".
came() { # KEY
	local id
	id=$(ledger "SELECT hex(req_id) FROM payment WHERE idem_key = '$1' AND state <> $RELEASED" 2>/dev/null || true)
	jq -rn --arg step "step=$1" --arg id "${id:-none}" --arg me "${ME,,}" \
		--slurpfile log <(ctl_get "log?since=$SINCE") --slurpfile core <(ctl_get guarantees) '
		[$log[0][] | select((.service | startswith("seller/")) and (.query | contains($step))) | .payments | values[]] as $sent |
		[$core[0][] | select(.claims.user == $me and (.certificate.claims[320:384] | ascii_upcase) == $id)] as $issued |
		"\($sent | length) \($sent | unique | length) \($issued | length)"'
}

# Pays, and then once more with the same key and no fault: nothing is sent, nothing is signed.
meets() { # URL EXIT STATE "SENDINGS SIGNATURES GUARANTEES" AGAIN [OPTION...]
	local key=$TAG-$((N += 1)) url=$1 seen state
	case $url in *\?*) url="$url&step=$key" ;; *) url="$url?step=$key" ;; esac
	early_in_the_minute
	run2 "$FOURMICA" pay --json -m 3 --idempotency-key "$key" "${@:6}" "$url"
	seen=$(came "$key") state=$(state_of "$key" 2>/dev/null || true)
	[ "$status/$state/$seen" = "$2/$3/$4" ] || {
		echo "$1: exit/state/seen $status/$state/$seen, not $2/$3/$4; $output $err"
		return 1
	}
	told
	clear_faults
	run2 "$FOURMICA" pay --json -m 3 --idempotency-key "$key" "${@:6}" "$url"
	[ "$status/$(came "$key")" = "$5/$4" ] || [ "$3" = '' ] || {
		echo "$1, again: exit/seen $status/$(came "$key"), not $5/$4; $output $err"
		return 1
	}
	[ "$status" = "$5" ]
}

# The document says of the value what the exit status says.
told() {
	case $status in
	0 | 4[0-9]) [ "$(json data.payment_id)" != null ] ;;
	esac
	case $status in
	0) ;;
	4[0-9]) [ "$(json error.spent)" = yes ] ;;
	5[0-9]) [ "$(json error.spent)" = maybe ] ;;
	*) [ "$(json error.spent)" = no ] ;;
	esac
}

@test 'statuses, drops and silence on a paid request: the same bytes again, or not' {
	waits
	local credit="$HOSTILE/%s?scheme=4mica-credit" exact="$HOSTILE/%s?scheme=exact" route
	for route in "$exact" "$credit"; do
		core=0
		[ "$route" = "$exact" ] || core=1
		# Table of x402, section 7 (vec_after has each of its rows): not once more ...
		meets "${route/\%s/good}" 0 "$PAID" "1 1 $core" 0
		meets "${route/\%s/http_404}" 50 "$IN_DOUBT" '1 1 0' 50
		meets "${route/\%s/settlement_in_doubt}" 50 "$IN_DOUBT" "1 1 $core" 50
		# ... three times more, and never with another signature ...
		meets "${route/\%s/drop_before_settle}" 50 "$IN_DOUBT" '4 1 0' 50
		# ... until the answer is that it was taken before, which is no refusal.
		meets "${route/\%s/http_500}&settle=1" 50 "$IN_DOUBT" "2 1 $core" 50
		meets "${route/\%s/drop_after_settle}" 50 "$IN_DOUBT" "2 1 $core" 50
		meets "${route/\%s/no_answer}" 50 "$IN_DOUBT" "2 1 $core" 50
	done
	meets "${credit/\%s/http_412}" 50 "$IN_DOUBT" '1 1 0' 50
	meets "${credit/\%s/http_429}" 50 "$IN_DOUBT" '4 1 0' 50
	meets "${credit/\%s/http_503}" 50 "$IN_DOUBT" '4 1 0' 50
	meets "${credit/\%s/settle_pending}" 50 "$IN_DOUBT" '4 1 0' 50
	meets "${credit/\%s/reset_after_settle}" 50 "$IN_DOUBT" '2 1 1' 50
}

@test 'a seller that is lost once is paid by the second sending' {
	local seller core fault
	for seller in credit_v1 credit_v2 exact_v2; do
		core=1
		[ "$seller" != exact_v2 ] || core=0
		meets "$(sb sellers.$seller)" 0 "$PAID" "1 1 $core" 0
		for fault in drop_before_accept http_500 http_503 http_429; do
			arm "{\"where\":\"seller/$seller\",\"fault\":\"$fault\",\"paid\":true}"
			meets "$(sb sellers.$seller)" 0 "$PAID" "2 1 $core" 0
		done
		# Late, but in time.
		arm "{\"where\":\"seller/$seller\",\"fault\":\"delay\",\"arg\":800,\"paid\":true}"
		meets "$(sb sellers.$seller)" 0 "$PAID" "1 1 $core" 0
	done
}

@test 'the effect is there and its answer is lost: in doubt, one guarantee' {
	local fault
	for fault in drop_after_accept http_500_after; do
		arm "{\"where\":\"seller/credit_v1\",\"fault\":\"$fault\",\"paid\":true}"
		meets "$(sb sellers.credit_v1)" 50 "$IN_DOUBT" '2 1 1' 50
		arm "{\"where\":\"seller/exact_v2\",\"fault\":\"$fault\",\"paid\":true}"
		meets "$(sb sellers.exact_v2)" 50 "$IN_DOUBT" '2 1 0' 50
	done
	# Core's word for a known request has two statuses; they mean the same.
	arm '{"where":"core","fault":"duplicate_409","times":0}'
	arm '{"where":"seller/credit_v1","fault":"drop_after_accept","paid":true}'
	meets "$(sb sellers.credit_v1)" 50 "$IN_DOUBT" '2 1 1' 50
}

@test 'answers that never end: the time limit holds, and what is known of the payment is kept' {
	waits
	local out=$BATS_TEST_TMPDIR/endless
	meets "$HOSTILE/slow_body" 41 "$PAID" '1 1 1' 0
	meets "$HOSTILE/half_body" 41 "$PAID" '1 1 1' 0
	meets "$HOSTILE/cut_body" 41 "$PAID" '1 1 1' 0
	meets "$HOSTILE/endless_body" 41 "$PAID" '1 1 1' 0 -o "$out" --max-filesize 1000000
	[ "$(stat -c %s "$out")" -le 1000000 ]
	meets "$HOSTILE/endless_headers" 50 "$IN_DOUBT" '2 1 1' 50
	meets "$HOSTILE/slow_head" 50 "$IN_DOUBT" '2 1 1' 50
	meets "$HOSTILE/head_only" 50 "$IN_DOUBT" '2 1 1' 50
	meets "$HOSTILE/slow_body?scheme=exact" 41 "$PAID" '1 1 0' 0
	meets "$HOSTILE/cut_body?scheme=exact" 41 "$PAID" '1 1 0' 0
	meets "$HOSTILE/slow_head?scheme=exact" 50 "$IN_DOUBT" '2 1 0' 50
}

@test 'another place, other terms: a payment goes nowhere else, and nothing is signed anew' {
	local scheme route code
	for scheme in exact 4mica-credit; do
		for route in redirect_same_host redirect_relative redirect_other_port redirect_other_host redirect_loop redirect_file; do
			meets "$HOSTILE/$route?scheme=$scheme" 50 "$IN_DOUBT" '1 1 0' 50
		done
		for code in 301 302 303 308; do
			meets "$HOSTILE/redirect_other_host?scheme=$scheme&status=$code" 50 "$IN_DOUBT" '1 1 0' 50
		done
		for route in price_change payto_change asset_change network_change scheme_change; do
			meets "$HOSTILE/$route?scheme=$scheme" 40 "$REFUSED" '1 1 0' 40
		done
	done
	[ "$(payments_seen seller/hostile_other)" = 0 ]
}

@test 'receipts nobody can believe: the goods are the user'\''s, the evidence is not' {
	local scheme route core
	for scheme in exact 4mica-credit; do
		core=0
		[ "$scheme" = exact ] || core=1
		for route in free_after_pay bad_receipt_base64 bad_receipt_json bad_receipt_array bad_receipt_failure bad_receipt_twice; do
			meets "$HOSTILE/$route?scheme=$scheme" 42 "$PAID" "1 1 $core" 0
		done
	done
	for route in bad_receipt_no_certificate bad_receipt_signature bad_receipt_other_payment; do
		meets "$HOSTILE/$route" 42 "$PAID" '1 1 1' 0
	done
	# More than a response head may hold: no answer at all, and the next one says that it was taken.
	meets "$HOSTILE/bad_receipt_huge" 50 "$IN_DOUBT" '2 1 1' 50
}

@test 'Core and facilitator fail behind the seller: its words decide, and the payment counts' {
	local seller fault
	# This seller answers 500 when Core does not answer, and asks again when Core refuses.
	arm '{"where":"core","route":"/core/guarantees","fault":"drop_before_accept","times":0}'
	meets "$(sb sellers.credit_v1)" 50 "$IN_DOUBT" '4 1 0' 50
	arm '{"where":"core","route":"/core/guarantees","fault":"drop_after_accept"}'
	meets "$(sb sellers.credit_v1)" 50 "$IN_DOUBT" '2 1 1' 50
	for fault in http_500 http_503 http_429; do
		arm "{\"where\":\"core\",\"route\":\"/core/guarantees\",\"fault\":\"$fault\"}"
		meets "$(sb sellers.credit_v1)" 40 "$REFUSED" '1 1 0' 40
	done
	# Refused or not, Core has it: it stays counted.
	arm '{"where":"core","route":"/core/guarantees","fault":"http_500_after"}'
	meets "$(sb sellers.credit_v1)" 40 "$REFUSED" '1 1 1' 40
	arm '{"where":"core","route":"/core/guarantees","fault":"delay","arg":800}'
	meets "$(sb sellers.credit_v1)" 0 "$PAID" '1 1 1' 0
	arm '{"where":"core","route":"/core/guarantees","fault":"delay","arg":4000}'
	meets "$(sb sellers.credit_v1)" 50 "$IN_DOUBT" '2 1 1' 50
	for seller in credit_v2 exact_v2; do
		for fault in drop_before_accept http_500 http_503 http_429; do
			arm "{\"where\":\"facilitator\",\"route\":\"/settle\",\"fault\":\"$fault\",\"times\":0}"
			meets "$(sb sellers.$seller)" 40 "$REFUSED" '1 1 0' 40
			arm "{\"where\":\"facilitator\",\"route\":\"/verify\",\"fault\":\"$fault\",\"times\":0}"
			meets "$(sb sellers.$seller)" 40 "$REFUSED" '1 1 0' 40
		done
	done
	arm '{"where":"facilitator","route":"/settle","fault":"drop_after_accept","times":0}'
	meets "$(sb sellers.credit_v2)" 40 "$REFUSED" '1 1 1' 40
	arm '{"where":"facilitator","fault":"settle_real_shape"}'
	meets "$(sb sellers.credit_v2)" 50 "$IN_DOUBT" '2 1 1' 50
	[ "$(ledger "SELECT count(*) FROM payment WHERE state <> $RELEASED")" = \
		"$(ledger "SELECT sum(count) FROM total WHERE scope = 'all' AND width = 86400")" ]
}

@test 'clocks that differ: an hour is refused with the reason, a little is waited for' {
	waits
	arm '{"where":"core","fault":"clock_skew","arg":-3600,"times":0}'
	meets "$(sb sellers.credit_v1)" 40 "$REFUSED" '4 1 0' 40
	[[ "$(json error.seller_reason) $(json error.message)" == *'timestamp is in the future'* ]]
	arm '{"where":"core","fault":"clock_skew","arg":3600,"times":0}'
	meets "$(sb sellers.credit_v1)" 0 "$PAID" '1 1 1' 0
	arm '{"where":"core","fault":"clock_skew","arg":-1,"times":0}'
	early_in_the_minute
	run2 "$FOURMICA" pay --json --idempotency-key little "$(sb sellers.credit_v1)?step=little"
	[[ "$status $(came little)" =~ ^0\ [1-4]\ 1\ 1$ ]] || { echo "$(came little) $output"; false; }
}

# Before the first payment Core and the chain are asked. Nothing is signed and nothing is counted, and
# once the fault is gone the same key pays.
@test 'Core or chain fail before anything is signed: below 40, and nothing counts' {
	local fault
	unheard() { # JSON EXIT
		local key=$TAG-$((N += 1))
		new_ledger
		arm "$1"
		run2 "$FOURMICA" pay --json -m 3 --timeout 2s --idempotency-key "$key" "$(sb sellers.credit_v1)?step=$key"
		[[ "$status" =~ ^($2)$ ]] || { echo "$1: $status; $output"; return 1; }
		[ "$(json error.spent)" = no ]
		[ "$(came "$key")" = '0 0 0' ]
		[ ! -e "$FOURMICA_HOME/ledger.db" ] || [ "$(ledger "SELECT count(*) FROM payment WHERE state <> $RELEASED")" = 0 ]
		clear_faults
		run2 "$FOURMICA" pay --json --idempotency-key "$key" "$(sb sellers.credit_v1)?step=$key"
		[ "$status/$(came "$key")" = '0/1 1 1' ] || { echo "$1, then without: $status; $output"; return 1; }
	}
	for fault in drop_before_accept drop_after_accept http_500 http_503 http_429 http_500_after; do
		unheard "{\"where\":\"core\",\"route\":\"/core/public-params\",\"fault\":\"$fault\",\"times\":0}" '1[0-4]'
		unheard "{\"where\":\"rpc\",\"fault\":\"$fault\",\"times\":0}" '1[0-4]|62'
	done
	unheard '{"where":"core","route":"/core/public-params","fault":"delay","arg":4000,"times":0}' '1[0-4]'
	unheard '{"where":"core","fault":"key_switch","times":0}' '1[0-4]|62'
	unheard '{"where":"core","fault":"vault_switch","times":0}' '1[0-4]|62'
	unheard '{"where":"core","fault":"domain_switch","times":0}' '1[0-4]|62'
	for fault in rpc_wrong_chain rpc_error rpc_no_data no_code; do
		unheard "{\"where\":\"rpc\",\"fault\":\"$fault\",\"times\":0}" '1[0-4]|62'
	done
	unheard '{"where":"rpc","fault":"rpc_slow","arg":4000,"times":0}' '1[0-4]|62'
	# A chain some blocks behind is the same chain.
	ctl chain '{"mine":6}' >/dev/null
	new_ledger
	arm '{"where":"rpc","fault":"rpc_stale","times":0}'
	meets "$(sb sellers.credit_v1)" 0 "$PAID" '1 1 1' 0
}

@test 'a price that flips is judged each time it is told' {
	# Every second unpaid answer costs twice as much.
	meets "$HOSTILE/price_flip" 0 "$PAID" '1 1 1' 0 --max-amount 0.01usdc
	meets "$HOSTILE/price_flip" 31 '' '0 0 0' 0 --max-amount 0.01usdc
}
