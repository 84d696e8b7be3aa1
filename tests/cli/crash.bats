#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 before every step of a payment that has an effect outside the process, and after the last
# one (before a step is after the one in front of it). Whatever the moment, the ledger must say
# truthfully whether a signature may have left, and the same idempotency key must never be signed
# for twice.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # each walk has its own environment

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	home_with_wallet
	RUN=$BASHPID-$RANDOM # queries of this run, on a sandbox that may have seen others
}

pay_once() { # key url, with the environment of the moment; bash's own word of a kill is dropped
	{
		LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" pay -s --idempotency-key "$1" "$2" >/dev/null
	} 2>/dev/null
}

# Distinct payment headers a seller saw for one query string, and how often.
headers_for() { # service query
	ctl_get "log?service=seller/$1" | jq -c --arg q "?$2" \
		'[.[] | select(.query == $q) | .payments | values | .[]] | [length, (unique | length)]'
}

check_one() { # n after seller url
	local n=$1 after=$2 seller=$3 url=$4 key=key-$1-$2 state status=0 seen
	KILLAT_N=$n KILLAT_AFTER=$after pay_once "$key" "$url" || status=$?
	[ "$status" = 137 ] || { echo "step $n/$after: not killed ($status)"; return 1; }
	state=$(state_of "$key" 2>/dev/null || true)
	seen=$(headers_for "$seller" "step=$RUN-$n-$after")
	# A header that left is in the ledger as signed, at least.
	if [ "$seen" != '[0,0]' ] && ! [ "${state:-0}" -ge "$SIGNED" ]; then
		echo "step $n/$after: the seller has a payment, the ledger says '$state'"
		return 1
	fi
	status=0
	pay_once "$key" "$url" || status=$?
	case ${state:-none} in
	"$PAID") want='0' ;;
	"$SIGNED" | "$IN_DOUBT") want='50' ;;
	*) want='0' ;; # nothing had left: this run pays
	esac
	[ "$status" = "$want" ] || { echo "step $n/$after, state '$state': second run $status, not $want"; return 1; }
	seen=$(headers_for "$seller" "step=$RUN-$n-$after")
	case $seen in
	'[0,0]' | '[1,1]') ;;
	*) echo "step $n/$after: seller saw [sendings, signatures] = $seen"; return 1 ;;
	esac
	[ "$(ledger "SELECT count(*) FROM payment WHERE idem_key = '$key'")" = 1 ]
	[ "$(ledger 'PRAGMA integrity_check')" = ok ]
}

walk() { # seller service
	local seller=$1 service=$2 n=0 total after home
	total=$(mktemp "$BATS_TEST_TMPDIR/calls-XXXXXX")
	KILLAT_LOG=$total pay_once count "$(sb "sellers.$seller")?step=$RUN-count"
	[ "$(headers_for "$service" "step=$RUN-count")" = '[1,1]' ] # counting works
	total=$(wc -l <"$total")
	[ "$total" -gt 40 ]
	while [ $((n += 1)) -le $((total + 1)) ]; do
		after=$((n > total))
		home=$FOURMICA_HOME
		home_with_wallet # the first payment of a home has the most steps
		check_one $((n - after)) "$after" "$service" "$(sb "sellers.$seller")?step=$RUN-$((n - after))-$after"
		rm -rf "$home"
	done
}

@test 'killed at each step of a credit payment' { walk credit_v1 credit_v1; }
@test 'killed at each step of an exact payment' { walk exact_v2 exact_v2; }

@test 'a disk that fills up at any moment: the exit status tells the truth' {
	local limit query seen
	url=$(sb sellers.exact_v2)
	pay_once warm "$url?step=$RUN-warm"
	for limit in 4 8 16 24 32 40 48 56 60 64 68 72 76 80 88 96 104 112 120 136; do
		query=$RUN-full-$limit
		status=0
		rm -f "$FOURMICA_HOME/ledger.db-shm"
		( ulimit -f "$limit" && exec "$FOURMICA" pay -s --idempotency-key "$query" "$url?step=$query" ) \
			>/dev/null 2>&1 || status=$?
		seen=$(headers_for exact_v2 "step=$query")
		case $status in
		0 | 4? | 5?) ;; # value may have moved
		*) [ "$seen" = '[0,0]' ] || { echo "limit $limit: exit $status, seller saw $seen"; false; } ;;
		esac
		[ "$status" != 1 ]
		# With room again the same key pays, or says that it did; never twice.
		pay_once "$query" "$url?step=$query" || [ "$?" = 50 ]
		[ "$(headers_for exact_v2 "step=$query")" = '[1,1]' ]
		[ "$(ledger 'PRAGMA integrity_check')" = ok ]
	done
}
