#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What became of payments: against the sandbox's chain and Core, with each fault that leaves one in
# doubt. Every test has a wallet of its own.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_money '"credit":"50000000"'
}

teardown() { sandbox_as_new; }

# A payment of 0.01 USDC that ends so; its id in $PAY.
pays() { # STATUS SELLER ARGUMENTS...
	run_json pay -m 10 --idempotency-key "${KEY:=key-$RANDOM$RANDOM}" "${@:3}" "$(sb "sellers.$2")"
	[ "$status" = "$1" ] || { echo "pay $2 -> $status, not $1: $output"; return 1; }
	PAY=$(ledger "SELECT id FROM payment WHERE idem_key = '$KEY'")
	KEY=
}
# The payments of the report: "before:state:evidence ...", older first.
became() { # WORDS
	local list
	list=$(jq -r '[.data.payments[] | [.before, .state, .evidence // "-"] | join(":")] | join(" ")' <<<"$output")
	[ "$list" = "$1" ] || { echo "not '$1' but '$list': $output"; return 1; }
}
# Of $PAY, as the ledger has it.
is_now() { # STATE EVIDENCE
	local now
	now=$(ledger "SELECT state || ' ' || evidence FROM payment WHERE id = '$PAY'")
	[ "$now" = "$1 $2" ] || { echo "not '$1 $2' but '$now'"; return 1; }
}
# What the limits of the day have been used for, base units.
used() { "$FOURMICA" status --json -q | jq -r '[.data.limits[] | select(.rule == "day").used.amount] | first'; }
fault() { # WHERE FAULT [MEMBERS]
	ctl fault "{\"where\":\"$1\",\"fault\":\"$2\"${3:+,$3}}" >/dev/null
}
# The chain's time goes on, and the safe block with it: it is 32 behind.
hours_later() { ctl chain '{"increase_time":7200,"mine":40}' >/dev/null; }
day_policy() { policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"day","amount":"5usdc","window":"1d"}]}'; }

RESOLVED=6

@test 'nothing is open: said, and nobody is asked' {
	ends 0 reconcile
	became ''
	jq -e '.data.core == [] and .data.transactions == [] and .data.operations == []' <<<"$output"
	[ "$(ctl_get 'log?service=core' | jq "[.[] | select(.path | contains(\"${ME,,}\"))] | length")" = 0 ]
}

@test 'credit, stored and signed but never answered: Core has it locked' {
	fault seller/credit_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	is_now "$IN_DOUBT" ''
	ends 0 reconcile "$PAY"
	became in_doubt:paid:core_locked
	is_now "$PAID" core_locked
	jq -e '.data.core[0] | .locked.amount == "10000" and .outstanding.amount == "10000" and .surplus.amount == "0"' <<<"$output"
	# Found once: the key is paid, nothing more is open, and it is still owed.
	ends 0 reconcile
	became ''
	[ "$("$FOURMICA" status --json -q | jq -r '.data.assets[] | select(.asset == "USDC").outstanding.amount')" = 10000 ]
}

@test 'credit, dropped before anything: not issued so far, counted and outstanding for good' {
	day_policy
	fault seller/credit_v2 drop_before_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	for again in 1 2; do
		ends 50 reconcile
		is_now "$IN_DOUBT" not_issued
		advises "fourmica reconcile $PAY --mark paid|unused --reason TEXT"
	done
	became in_doubt:in_doubt:not_issued
	[ "$(used)" = 10000 ]
	# Others that are certified do not change what is known of it.
	pays 0 credit_v2
	ends 50 reconcile
	became in_doubt:in_doubt:not_issued
	jq -e '.data.core[0] | .locked.amount == "10000" and .outstanding.amount == "20000" and .certified.amount == "10000"' <<<"$output"
}

@test 'credit: one of two is locked, and that does not tell which' {
	fault seller/credit_v2 drop_before_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	fault seller/credit_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	ends 50 reconcile
	became 'in_doubt:in_doubt:- in_doubt:in_doubt:-'
	says '0.01 USDC locked; 0.02 USDC is outstanding'
}

@test 'credit: what the facilitator lost and the seller refused had been issued' {
	fault core drop_after_accept '"route":"/core/guarantees","times":1'
	pays 40 credit_v2
	ends 0 reconcile
	became refused:paid:core_locked
	[ -z "$(ledger "SELECT error_code || coalesce(error_category, '') FROM payment WHERE id = '$PAY'")" ]
}

@test "credit, the facilitator's real answer to what it settled" {
	fault facilitator settle_real_shape '"times":1'
	pays 50 credit_v2
	ends 0 reconcile
	became in_doubt:paid:core_locked
}

@test 'credit, asked for again after it was paid: refused, and its authority is used' {
	run_json pay -m 10 --idempotency-key again "$(sb sellers.hostile)/402_after_pay"
	[ "$status" = 40 ]
	ends 0 reconcile
	jq -e '.data.payments | length == 1' <<<"$output"
	became refused:paid:core_locked
}

@test 'Core has more locked than this ledger knows: a warning' {
	# The same key pays from another ledger: copied before it was bound to this one.
	local here=$FOURMICA_HOME there
	there=$(mktemp -d "$BATS_TEST_TMPDIR/other-XXXXXX")
	cp -r "$here/wallets" "$there/"
	pays 0 credit_v2
	FOURMICA_HOME=$there
	pays 0 credit_v2
	FOURMICA_HOME=$here
	ends 0 reconcile
	jq -e '.data.core[0].surplus.amount == "10000" and (.warnings[0] | contains("0.01 USDC locked that this ledger does not know of"))' <<<"$output"
}

@test 'Core cannot be asked: said, and it stays in doubt' {
	fault seller/credit_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	FOURMICA_CORE_URL=http://127.0.0.1:9 ends 50 reconcile
	says '4Mica Core did not say'
	is_now "$IN_DOUBT" ''
	ends 0 reconcile
}

@test 'a wallet with a passphrase signs in only when told to' {
	(umask 077 && echo correct-horse >"$BATS_TEST_TMPDIR/pass")
	export FOURMICA_PASSPHRASE_FILE=$BATS_TEST_TMPDIR/pass
	rm -rf "$FOURMICA_HOME"
	ME=$("$FOURMICA" wallet new locked --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"usdc\":100000000,\"credit\":\"50000000\"}" >/dev/null
	fault seller/credit_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	ends 50 reconcile
	says '4Mica Core tells only a wallet that is signed in'
	advises "run: fourmica reconcile $PAY --sign-in"
	ends 0 reconcile "$PAY" --sign-in
	became in_doubt:paid:core_locked
}

@test 'every network the ledger knows the wallet on, but --network' {
	fault seller/exact_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 exact_v2
	clear_faults
	ledger_write "UPDATE payment SET network = 8453 WHERE id = '$PAY'"
	ends 0 reconcile --network base-sepolia
	became ''
	# The node is one of another chain: nothing it says counts.
	ends 50 reconcile
	became in_doubt:in_doubt:-
	jq -e '.data.payments[0].network == "eip155:8453" and .data.network == "eip155:84532"' <<<"$output"
	is_now "$IN_DOUBT" ''
	ends 50 reconcile --all
	ends 50 reconcile "$PAY"
}

@test 'exact: settled, and the answer lost' {
	fault seller/exact_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 exact_v2
	clear_faults
	ends 0 reconcile
	became in_doubt:paid:chain
	# The key says so, too.
	KEY=$(ledger "SELECT idem_key FROM payment WHERE id = '$PAY'")
	pays 0 exact_v2
	[ "$(json status)" = already_paid ]
}

@test 'exact: never used; in doubt until a safe block is past its end, then released' {
	day_policy
	fault seller/exact_v2 drop_before_accept '"paid":true,"times":0'
	pays 50 exact_v2
	clear_faults
	[ "$(used)" = 10000 ]
	ends 50 reconcile
	became in_doubt:in_doubt:-
	says 'not used so far; it can be until'
	advises "run: fourmica reconcile $PAY"
	[ "$(used)" = 10000 ]
	hours_later
	ends 0 reconcile
	became in_doubt:released:unused_on_chain
	is_now "$RELEASED" unused_on_chain
	[ "$(used)" = 0 ]
	ends 0 reconcile "$PAY"
	became released:released:unused_on_chain
}

@test 'exact: refused, and released when it can never be used' {
	day_policy
	run_json pay --idempotency-key refused "$(sb sellers.hostile)/rejected?scheme=exact&settle=0"
	[ "$status" = 40 ]
	ends 0 reconcile # its outcome is known
	became refused:refused:-
	[ "$(used)" = 10000 ]
	hours_later
	ends 0 reconcile
	became refused:released:unused_on_chain
	[ "$(used)" = 0 ]
}

@test 'exact: the chain cannot be asked' {
	fault seller/exact_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 exact_v2
	clear_faults
	fault rpc drop_before_accept '"times":0'
	ends 50 reconcile
	says 'the chain did not say'
	clear_faults
	ends 0 reconcile
}

@test "exact: --all asks the chain about what a seller's word made paid" {
	pays 0 exact_v2
	ends 0 reconcile
	became ''
	ends 0 reconcile --all
	became paid:paid:chain
	# Served, and never settled: it was not paid after all.
	run_json pay -m 10 --idempotency-key served "$(sb sellers.hostile)/free_after_pay?scheme=exact&settle=0"
	[ "$status" = 42 ]
	ends 0 reconcile --all
	became paid:paid:missing
	hours_later
	ends 0 reconcile --all
	became paid:released:unused_on_chain
}

@test 'under the emergency stop it looks and records' {
	fault seller/credit_v2 drop_after_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	touch "$FOURMICA_HOME/stop"
	before=$(guarantees_issued)
	ends 0 reconcile
	became in_doubt:paid:core_locked
	[ "$(guarantees_issued)" = "$before" ]
}

# ---- a person's word ----

@test 'ten refused: ten outstanding authorities; one marked unused leaves nine' {
	day_policy
	fault facilitator refuse_settle '"times":0'
	for _ in 1 2 3 4 5 6 7 8 9 10; do pays 40 credit_v2; done
	clear_faults
	authorities() { "$FOURMICA" status --json -q | jq -r '[.data.outstanding_count, (.data.outstanding | length)] | join("/")'; }
	[ "$(authorities)" = 10/10 ]
	[ "$(used)" = 100000 ]
	ends 0 reconcile "$PAY" --mark unused --reason 'the seller says it is gone' --yes
	became refused:resolved:marked_unused
	[ "$(authorities)" = 9/9 ]
	[ "$(used)" = 100000 ]
	[ "$(ledger "SELECT resolution FROM payment WHERE id = '$PAY'")" = 'the seller says it is gone' ]
	[ "$(ledger "SELECT json_extract(body, '$.resolution') FROM journal ORDER BY seq DESC LIMIT 1")" = 'the seller says it is gone' ]
	# Its key is spent all the same.
	KEY=$(ledger "SELECT idem_key FROM payment WHERE id = '$PAY'")
	pays 40 credit_v2
	says 'marked as unused'
}

@test 'marked as paid: no longer in doubt, still owed' {
	fault seller/credit_v2 drop_before_accept '"paid":true,"times":0'
	pays 50 credit_v2
	clear_faults
	ends 0 reconcile "$PAY" --mark paid --reason 'the seller showed the certificate' --yes
	is_now "$RESOLVED" marked_paid
	ends 0 reconcile
	became ''
	jq -e '.data.payments_in_doubt == 0 and .data.outstanding_count == 0 and
		(.data.assets[] | select(.asset == "USDC").outstanding.amount) == "10000"' <<<"$("$FOURMICA" status --json -q)"
	# A wrong word can be taken back.
	ends 0 reconcile "$PAY" --mark unused --reason 'it was another one' --yes
	is_now "$RESOLVED" marked_unused
}

@test 'marking: what it needs, and what it refuses' {
	fault facilitator refuse_settle '"times":1'
	pays 40 credit_v2
	ends 2 reconcile "$PAY" --mark unused
	says '--mark needs --reason'
	ends 2 reconcile --mark unused --reason x
	ends 2 reconcile "$PAY" --reason x
	ends 2 reconcile "$PAY" --mark gone --reason x
	ends 2 reconcile "$PAY" --all
	ends 2 reconcile "$PAY" --mark unused --reason ' ' --yes
	ends 2 reconcile "$PAY" --mark unused --reason $'a\nb' --yes
	ends 2 reconcile pay_00 --mark unused --reason x --yes
	ends 5 reconcile "$PAY" --mark unused --reason x
	is_now "$REFUSED" ''
	pays 0 credit_v2
	ends 2 reconcile "$PAY" --mark unused --reason x --yes
	says 'is paid, with evidence (verified)'
	is_now "$PAID" verified
	ends 2 reconcile nothing-of-this-name
}

# ---- crashes ----

@test 'killed between keeping the receipt and recording the outcome' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	local n found=0
	for ((n = 40; n < 400 && !found; n++)); do
		{ KILLAT_N=$n LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" pay -s --idempotency-key "k$n" \
			"$(sb sellers.credit_v2)" >/dev/null; } 2>/dev/null || true
		PAY=$(ledger "SELECT id FROM payment WHERE idem_key = 'k$n' AND state = $SIGNED" 2>/dev/null || true)
		[ -n "$PAY" ] && [ -s "$FOURMICA_HOME/receipts/$PAY.json" ] && found=1
	done
	[ "$found" = 1 ]
	fault core drop_before_accept '"times":0'
	ends 0 reconcile "$PAY"
	became signed:paid:verified
	[ -n "$(ledger "SELECT cycle_hint FROM payment WHERE id = '$PAY'")" ]
	# A receipt that was changed proves nothing.
	ledger_write "UPDATE payment SET state = $SIGNED, evidence = '' WHERE id = '$PAY'"
	jq -c '.certificate.signature |= (.[:-1] + if endswith("0") then "1" else "0" end)' "$FOURMICA_HOME/receipts/$PAY.json" >"$FOURMICA_HOME/r"
	(umask 077 && cp "$FOURMICA_HOME/r" "$FOURMICA_HOME/receipts/$PAY.json")
	ends 50 reconcile "$PAY"
}

@test 'killed anywhere: --all leaves the ledger agreeing with what Core issued' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	local n issued known
	pays 0 credit_v2
	for ((n = 5; n < 160; n += 7)); do
		{ KILLAT_N=$n LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" pay -s "$(sb sellers.credit_v2)" >/dev/null; } 2>/dev/null || true
	done
	run_json reconcile --all
	[ "$status" = 0 ] || [ "$status" = 50 ]
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = 0")" = 0 ]
	jq -e '.data.core[0].surplus.amount == "0"' <<<"$output"
	# Every guarantee of this wallet at Core is signed for in the ledger, and none that is known to be
	# unused was issued.
	issued=$(ctl_get guarantees | jq -r --arg me "${ME,,}" '[.[] | select((.claims.user | ascii_downcase) == $me)] | length')
	known=$(ledger "SELECT count(*) FROM payment WHERE state IN ($PAID, $IN_DOUBT, $SIGNED)")
	[ "$issued" -ge 1 ]
	[ "$known" -ge "$issued" ]
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" -le "$issued" ]
}
