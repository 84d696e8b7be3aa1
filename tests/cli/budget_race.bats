#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many processes pay out of one budget: together they use it up to the last payment that fits, and never
# more; none of them starves; and when they are killed at random, ledger, Core and chain still say
# the same. RACE_PROCESSES, RACE_PAYMENTS and RACE_SHARE are 50, 100 and 3 in `make check-deep`.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

PROCESSES=${RACE_PROCESSES:-12} PAYMENTS=${RACE_PAYMENTS:-10}
PRICE=10000 # 0.01 USDC
# Payments that fit: so many in ten of those that are tried; and half a one, which does not.
FIT=$((PROCESSES * PAYMENTS * ${RACE_SHARE:-6} / 10))

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	[ -z "${FOURMICA_SAN:-}" ] || skip 'timing of an instrumented build says nothing; the build without runs it'
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	ME=$("$FOURMICA" wallet new w --no-passphrase --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"credit\":$((PROCESSES * PAYMENTS * PRICE))}" >/dev/null
	LIMIT=$((FIT * PRICE + PRICE / 2))
	policy <<<"{\"version\":1,\"networks\":[\"eip155:84532\"],\"limits\":[
		{\"name\":\"race\",\"amount\":\"$((LIMIT / 1000000)).$(printf %06d $((LIMIT % 1000000)))usdc\",\"window\":\"1d\"}]}"
	URL="$(sb sellers.credit_v1)?tab=none" TMP=$BATS_TEST_TMPDIR
}

# One of the many: PAYMENTS runs, one after the other, each with a key of its own, as soon as all are there. Says
# the status of each. In a deadly race every third run has a moment at which it is killed, if it still lives.
worker() { # NUMBER [MOST_MS]
	local n status moment
	local -a killed
	while [ ! -e "$TMP/go" ]; do sleep 0.02; done
	for ((n = 1; n <= PAYMENTS; n++)); do
		killed=() status=0
		if [ -n "${2:-}" ] && [ $((RANDOM % 3)) = 0 ]; then
			moment=$((RANDOM % $2))
			killed=(timeout -s KILL "$((moment / 1000)).$(printf %03d $((moment % 1000)))")
		fi
		{ "${killed[@]}" "$FOURMICA" pay -s --idempotency-key "race-$1-$n" "$URL" >/dev/null; } 2>/dev/null || status=$?
		echo "$status"
	done >"$TMP/worker-$1"
}

race() { # [MOST_MS]
	local n
	local -a pids=()
	rm -f "$TMP/go"
	for ((n = 1; n <= PROCESSES; n++)); do
		worker "$n" "$@" 3>&- &
		pids+=($!)
	done
	SECONDS=0
	touch "$TMP/go"
	wait "${pids[@]}"
	cat "$TMP"/worker-* | sort | uniq -c | awk '{printf "%s%s times %s", sep, $1, $2; sep = ", "} END {print ""}' >"$TMP/told"
	echo "# $PROCESSES x $PAYMENTS in $SECONDS s: $(cat "$TMP/told")" >&3
}

# What Core issued to this payer: its request ids, as the ledger writes them.
issued() {
	ctl_get guarantees | jq -r --arg me "${ME,,}" '[.[] | select(.claims.user == $me)] |
		if any(.claims.amount != "'$PRICE'") then error("another price") else . end |
		.[].certificate.claims[320:384] | ascii_upcase' | sort
}
rows() { ledger "SELECT hex(req_id) FROM payment WHERE state IN ($1)" | sort; }
count() { ledger "SELECT count(*) FROM payment WHERE state IN ($1)"; }

# Core, ledger and chain tell one story.
agree() {
	issued >"$TMP/issued"
	[ -z "$(uniq -d "$TMP/issued")" ]
	# Each guarantee is one that was signed, and what counts as paid has one.
	rows "$SIGNED, $PAID, $REFUSED, $IN_DOUBT, 6" >"$TMP/signed"
	[ -z "$(comm -23 "$TMP/issued" "$TMP/signed")" ]
	rows "$PAID" >"$TMP/paid"
	[ -z "$(comm -13 "$TMP/issued" "$TMP/paid")" ]
	# A key has one payment, and the running totals are the sum of those that count.
	[ "$(ledger "SELECT count(*) FROM (SELECT 1 FROM payment WHERE state <> $RELEASED GROUP BY idem_key HAVING count(*) > 1)")" = 0 ]
	[ "$(ledger "SELECT sum(count) FROM total WHERE scope = 'all' AND width = 86400")" = \
		"$(ledger "SELECT count(*) FROM payment WHERE state <> $RELEASED")" ]
	[ "$(ledger "SELECT count(*) FROM total WHERE hex(amount) <> printf('%064X', count * $PRICE)")" = 0 ]
	[ "$(ledger 'PRAGMA integrity_check')" = ok ]
	# What Core holds of the collateral on the chain is what it issued.
	[ "$(ctl_get "account?address=$ME" | jq -r '"\(.core_locked) \(.collateral)"')" = \
		"$(($(wc -l <"$TMP/issued") * PRICE)) $((PROCESSES * PAYMENTS * PRICE))" ]
}

served() { # how many runs of each worker paid, fewest first
	grep -c '^0$' "$TMP"/worker-* | sed 's/.*://' | sort -n
}

@test 'a budget is used up to the last payment that fits, and everybody gets a share' {
	"$FOURMICA" status -q >/dev/null # the wallet opens: nothing is made for the first time in the race
	race
	least=$(served | head -1) most=$(served | tail -1)
	echo "# issued $(issued | wc -l) of $FIT that fit; least served $least, most $most" >&3
	[ "$(cut -d, -f1 <"$TMP/told")" = "$FIT times 0" ]
	grep -vqE '^(0|32)$' "$TMP"/worker-* && { cat "$TMP/told"; false; }
	[ "$(issued | wc -l)" = "$FIT" ]
	[ "$(count "$PAID")" = "$FIT" ]
	[ "$(count "$RESERVED, $SIGNED, $REFUSED, $IN_DOUBT")" = 0 ]
	agree
	[ $((least * 4)) -ge "$most" ]
}

@test 'killed at random: ledger, Core and chain agree, nothing is paid twice, nothing is lost' {
	race $((PROCESSES * 40))
	[ "$(grep -c '^137$' <(cat "$TMP"/worker-*))" -gt 0 ]
	[ "$(issued | wc -l)" -le "$FIT" ]
	# The same keys again: what was not signed is paid now, as far as the budget goes; the rest is told.
	rm -f "$TMP"/worker-*
	race
	grep -vqE '^(0|32|50)$' "$TMP"/worker-* && { cat "$TMP/told"; false; }
	agree
	doubt=$(count "$SIGNED, $IN_DOUBT")
	echo "# issued $(issued | wc -l) of $FIT that fit, $doubt in doubt, $(comm -12 "$TMP/issued" <(rows "$SIGNED, $IN_DOUBT") | wc -l) of them issued" >&3
	# Dead reservations went back: every payment that fits is signed, one way or another.
	[ "$(count "$RESERVED")" = 0 ]
	[ "$(count "$SIGNED, $PAID, $IN_DOUBT")" = "$FIT" ]
	"$FOURMICA" reconcile --help | grep -q -- --all || return 0
	run2 "$FOURMICA" reconcile --all --json
	[ "$status" = 0 ] || [ "$status" = 50 ]
	agree
	[ "$(count "$SIGNED, $PAID, $REFUSED, $IN_DOUBT, 6")" = "$FIT" ]
}
