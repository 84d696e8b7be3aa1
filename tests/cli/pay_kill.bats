#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A payment is stopped at every call that has an effect outside the process, one after the other:
# kill -9 before it, or the call fails once for want of space or with a broken disk. Every position is
# walked, in the build without sanitizers: the shim cannot be loaded in front of theirs. Then the same command runs
# again with the same key. pay_kill.jq says what must hold.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # each walk has its own environment

load sandbox

ENOSPC=28 EIO=5
USED=0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5 # AuthorizationUsed(address,bytes32)

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	ME=$("$FOURMICA" wallet new w --no-passphrase --json 2>/dev/null | jq -r .data.address)
	ctl fund "{\"address\":\"$ME\",\"usdc\":100000000,\"credit\":100000000}" >/dev/null
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"request","amount":"0.01usdc"},
		{"name":"day","amount":"50usdc","window":"1d"},{"name":"task","amount":"50usdc","per":"task"}]}'
	HERE=$BATS_TEST_DIRNAME TMP=$BATS_TEST_TMPDIR
}

# The command of the walk, with the shim if $SHIM names it; its words are in $TMP/out and $TMP/err. Bash's own word of a kill is dropped.
pay_as() { # AGENT KEY
	{
		timeout 60 env ${SHIM:+"LD_PRELOAD=$SHIM"} "$FOURMICA" pay --json -A "$1" --idempotency-key "$2" --task walk "$URL?step=$2" \
			>"$TMP/out" 2>"$TMP/err"
	} 2>/dev/null
}

# "STATE REQ_ID NONCE" of a key, of the newest row that counts. Fails when the ledger is not whole, or a
# running total is not the sum of what it counts (all payments of a walk cost the same).
look() { # KEY
	local line
	[ -e "$FOURMICA_HOME/ledger.db" ] || return 0 # not made yet
	line=$(ledger "
		SELECT (SELECT integrity_check FROM pragma_integrity_check) || ',' ||
			(SELECT count(*) FROM total WHERE hex(amount) <> printf('%064X', count * 10000)) || ',' ||
			(SELECT count(*) FROM (SELECT sum(count) AS n FROM total WHERE scope NOT LIKE 'credit%'
				GROUP BY scope, width) WHERE n <> (SELECT count(*) FROM payment WHERE state <> $RELEASED)) || ';' ||
			coalesce((SELECT state || ' ' || coalesce(hex(req_id), '') || ' ' || coalesce(hex(nonce), '')
				FROM payment WHERE idem_key = '$1' ORDER BY state = $RELEASED, seq DESC LIMIT 1), '')")
	echo "${line#*;}"
	[ "${line%%;*}" = ok,0,0 ] || { echo "$1: integrity, wrong totals, lost rows: ${line%%;*}" >&2; return 1; }
}

one_line() { tr -d '\t' <"$1" | tr '\n' ' '; }

# A walk of first payments has a home for each step, as it was before the walk.
new_home() {
	FOURMICA_HOME=$TMP/home-of-step
	rm -rf "$FOURMICA_HOME"
	cp -r "$EMPTY" "$FOURMICA_HOME"
}

step() { # N [after]
	local key=$TAG$1${2:+-$2} first=0 second=0 was out words
	[ -z "$EMPTY" ] || new_home
	: >"$TMP/hit"
	KILLAT_N=$1 KILLAT_AFTER=${2:+1} KILLAT_HIT=$TMP/hit SHIM=$FOURMICA_KILLAT pay_as first "$key" || first=$?
	was=$(look "$key")
	[ -n "${KILLAT_ERRNO:-}$EMPTY" ] || "$FOURMICA" status --json -q >"$TMP/status" 2>&1 || { cat "$TMP/status"; return 1; }
	out=$(one_line "$TMP/out") words=$(one_line "$TMP/err")
	pay_as second "$key" || second=$?
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${key#"$TAG"}" "$(cut -d' ' -f2 "$TMP/hit")" "$first" "$was" "$second" \
		"$out" "$words" "$(one_line "$TMP/out")" >>"$TMP/steps"
	look "$key" >/dev/null
	[ -z "$EMPTY" ] || kept >>"$TMP/kept"
}

# What Core and the chain say of this payer, in the words of the ledger: 64 hex digits.
issued() {
	ctl_get guarantees | jq -c --arg me "${ME,,}" '[.[] | select(.claims.user == $me) |
		.certificate.claims | ascii_upcase | {req_id: .[320:384], amount: .[512:576]}]'
}
used() {
	curl -sf -H 'content-type: application/json' "$FOURMICA_RPC_URL" -d "{\"jsonrpc\":\"2.0\",\"id\":1,
		\"method\":\"eth_getLogs\",\"params\":[{\"fromBlock\":\"0x0\",\"address\":\"$(sb usdc)\",
		\"topics\":[\"$USED\",\"0x000000000000000000000000${ME#0x}\"]}]}" |
		jq -c '[.result[].topics[2][2:] | ascii_upcase]'
}
kept() {
	sqlite3 -readonly -json "file:$FOURMICA_HOME/ledger.db?mode=ro" 'SELECT idem_key, state,
		hex(amount) AS amount, hex(req_id) AS req_id, hex(nonce) AS nonce FROM payment'
}

# Every position, killed before it; the last one also after it. Two more, and as many as the counted
# run had, because a run may take some steps more than another: SQLite moves pages now and then.
walk() { # SELLER [first]
	local n=0 total beyond=0
	URL=$(sb "sellers.$1") TAG=walk-$BASHPID-$RANDOM- EMPTY=''
	: >"$TMP/steps" && : >"$TMP/kept"
	if [ -n "${2:-}" ]; then
		EMPTY=$FOURMICA_HOME
		new_home
	else
		pay_as first "${TAG}warm" # asks the chain and Core, whose answers serve the whole walk
	fi
	KILLAT_LOG=$TMP/calls SHIM=$FOURMICA_KILLAT pay_as first "${TAG}count"
	total=$(wc -l <"$TMP/calls")
	[ "$total" -gt 40 ]
	jq -er .data.body "$TMP/out" >"$TMP/body"
	[ -z "$EMPTY" ] || kept >>"$TMP/kept"
	while [ "$beyond" -lt 2 ] || [ "$n" -lt "$total" ]; do
		step $((n += 1))
		[ -s "$TMP/hit" ] || [ $((beyond += 1)) -gt 1 ] || step $((n - 1)) after
		[ "$n" -lt $((2 * total)) ]
	done
	ctl_get "log?service=seller/$1" >"$TMP/log"
	issued >"$TMP/core" && used >"$TMP/used"
	[ -n "$EMPTY" ] || kept >"$TMP/kept"
	# The walk has reached what it walks to.
	[ "$(jq length "$TMP/core")" -gt $((total / 4)) ] || [ "$(jq length "$TMP/used")" -gt $((total / 4)) ]
	jq -nRr --arg tag "$TAG" --rawfile body "$TMP/body" --slurpfile log "$TMP/log" --slurpfile core "$TMP/core" \
		--slurpfile used "$TMP/used" --slurpfile rows "$TMP/kept" -f "$HERE/pay_kill.jq" "$TMP/steps" >"$TMP/broken"
	[ ! -s "$TMP/broken" ] || { cat "$TMP/broken"; return 1; }
}

full() { KILLAT_ERRNO=$ENOSPC && export KILLAT_ERRNO && walk "$@"; }
broken() { KILLAT_ERRNO=$EIO && export KILLAT_ERRNO && walk "$@"; }

@test 'credit, killed before each call' { walk credit_v1; }
@test 'exact, killed before each call' { walk exact_v2; }
@test 'credit, no space for one call' { full credit_v1; }
@test 'exact, no space for one call' { full exact_v2; }
@test 'credit, one call fails' { broken credit_v1; }
@test 'exact, one call fails' { broken exact_v2; }
@test 'the first credit payment of a home, killed before each call' { walk credit_v1 first; }
@test 'the first exact payment of a home, killed before each call' { walk exact_v2 first; }
@test 'the first credit payment, no space for one call' { full credit_v1 first; }
@test 'the first exact payment, no space for one call' { full exact_v2 first; }
@test 'the first credit payment, one call fails' { broken credit_v1 first; }
@test 'the first exact payment, one call fails' { broken exact_v2 first; }

@test 'a disk that fills up at any size of a file: the exit status tells the truth' {
	local limit key seen
	URL=$(sb sellers.exact_v2)
	pay_as first warm
	for limit in 4 8 16 24 32 40 48 56 60 64 68 72 76 80 88 96 104 112 120 136; do
		key=size-$BASHPID-$limit
		status=0
		rm -f "$FOURMICA_HOME/ledger.db-shm"
		(ulimit -f "$limit" && pay_as first "$key") || status=$?
		seen=$(ctl_get log?service=seller/exact_v2 | jq --arg q "?step=$key" '[.[] | select(.query == $q) | .payments[]] | length')
		case $status in
		0 | 4? | 5?) ;; # value may have moved
		*) [ "$seen" = 0 ] || { echo "limit $limit: exit $status, the seller saw $seen payments"; false; } ;;
		esac
		[ "$status" != 1 ]
		# With room again the same key pays, or says that it did; never twice.
		pay_as second "$key" || [ "$?" = 50 ]
		[ "$(ctl_get log?service=seller/exact_v2 | jq --arg q "?step=$key" '[.[] | select(.query == $q) | .payments[]] | length')" = 1 ]
		look "$key" >/dev/null
	done
}
