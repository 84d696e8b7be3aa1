#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A payment is stopped at every call that has an effect outside the process, one after the other:
# kill -9 before it, or the call fails once for want of space or with a broken disk. Every position is
# walked, in the build without sanitizers: the shim cannot be loaded in front of theirs. Then the same command runs
# again with the same key. pay_kill.jq says what must hold; crash.bats kills the first payment of a
# home, which takes other steps.

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

step() { # N
	local key=$TAG$1 first=0 second=0 was out words
	: >"$TMP/hit"
	KILLAT_N=$1 KILLAT_HIT=$TMP/hit SHIM=$FOURMICA_KILLAT pay_as first "$key" || first=$?
	was=$(look "$key")
	[ -n "${KILLAT_ERRNO:-}" ] || "$FOURMICA" status --json -q >"$TMP/status" 2>&1 || { cat "$TMP/status"; return 1; }
	out=$(one_line "$TMP/out") words=$(one_line "$TMP/err")
	pay_as second "$key" || second=$?
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(cut -d' ' -f2 "$TMP/hit")" "$first" "$was" "$second" \
		"$out" "$words" "$(one_line "$TMP/out")" >>"$TMP/steps"
	look "$key" >/dev/null
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

# Every position, and two more, because a run may take a step more than another.
walk() { # SELLER WHAT
	local n=0 total beyond=0
	URL=$(sb "sellers.$1") TAG=$2-$BASHPID-$RANDOM-
	: >"$TMP/steps"
	pay_as first "${TAG}warm" # asks the chain and Core, whose answers serve the whole walk
	KILLAT_LOG=$TMP/calls SHIM=$FOURMICA_KILLAT pay_as first "${TAG}count"
	total=$(wc -l <"$TMP/calls")
	[ "$total" -gt 40 ]
	jq -er .data.body "$TMP/out" >"$TMP/body"
	while [ "$beyond" -lt 2 ]; do
		step $((n += 1))
		[ -s "$TMP/hit" ] || beyond=$((beyond + 1))
		[ "$n" -lt $((2 * total)) ]
	done
	[ "$n" -ge "$total" ]
	ctl_get "log?service=seller/$1" >"$TMP/log"
	issued >"$TMP/core" && used >"$TMP/used" && kept >"$TMP/kept"
	# The walk has reached what it walks to.
	[ "$(jq length "$TMP/core")" -gt $((total / 4)) ] || [ "$(jq length "$TMP/used")" -gt $((total / 4)) ]
	jq -nRr --arg tag "$TAG" --rawfile body "$TMP/body" --slurpfile log "$TMP/log" --slurpfile core "$TMP/core" \
		--slurpfile used "$TMP/used" --slurpfile rows "$TMP/kept" -f "$HERE/pay_kill.jq" "$TMP/steps" >"$TMP/broken"
	[ ! -s "$TMP/broken" ] || { cat "$TMP/broken"; return 1; }
}

@test 'credit, killed before each call' { walk credit_v1 kill; }
@test 'exact, killed before each call' { walk exact_v2 kill; }
@test 'credit, no space for one call' { KILLAT_ERRNO=$ENOSPC && export KILLAT_ERRNO && walk credit_v1 full; }
@test 'exact, no space for one call' { KILLAT_ERRNO=$ENOSPC && export KILLAT_ERRNO && walk exact_v2 full; }
@test 'credit, one call fails' { KILLAT_ERRNO=$EIO && export KILLAT_ERRNO && walk credit_v1 broken; }
@test 'exact, one call fails' { KILLAT_ERRNO=$EIO && export KILLAT_ERRNO && walk exact_v2 broken; }
