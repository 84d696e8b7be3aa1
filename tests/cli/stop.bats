#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The emergency stop: made by anybody in one word, obeyed by every process before it signs, lifted
# by the word of whom the wallet belongs to.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # some tests have an environment of their own

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	URL=$(sb sellers.exact_v2)
	STOP=$FOURMICA_HOME/stop
}

teardown() { [ -z "${SANDBOX:-}" ] || clear_faults; }

pay() { run2 "$FOURMICA" pay --json --yes "$URL"; }
told() { ledger "SELECT count(*) FROM journal WHERE body LIKE '{\"event\":\"$1\"%'"; }

@test 'stop and resume, with a reason, in the journal' {
	pay
	[ "$status" = 0 ]
	run2 "$FOURMICA" stop --reason 'the agent pays for nonsense' --json
	[ "$status" = 0 ]
	[ "$(json data.stopped)" = true ]
	[ "$(json 'data.already | tostring')" = false ]
	[ "$(json data.reason)" = 'the agent pays for nonsense' ]
	[ "$(stat -c '%a %h' "$STOP")" = '600 1' ]
	jq -e '.version == 1 and .time > 0 and .reason == "the agent pays for nonsense" and length == 3' "$STOP"
	[ "$(wc -l <"$STOP")" = 1 ]
	[ "$(told stop)" = 1 ]
	pay
	[ "$status" = 37 ]
	[ "$(json error.rule)" = stop ]
	[ "$(json error.spent)" = no ]
	[[ "$(json error.message)" == 'payments are stopped since 20'*': the agent pays for nonsense' ]]
	[[ "$(json error.hint)" == *'fourmica resume'* ]]
	kept=$(cat "$STOP")
	run2 "$FOURMICA" stop --reason other --json
	[ "$status" = 0 ]
	[ "$(json data.already)" = true ]
	[ "$(cat "$STOP")" = "$kept" ]
	[ "$(told stop)" = 1 ]
	run2 "$FOURMICA" resume
	[ "$status" = 5 ]
	[ -e "$STOP" ]
	run2 "$FOURMICA" resume --yes --json
	[ "$status" = 0 ]
	[ "$(json data.was_stopped)" = true ]
	[ ! -e "$STOP" ]
	[ "$(told resume)" = 1 ]
	pay
	[ "$status" = 0 ]
	run2 "$FOURMICA" resume --json # nothing to lift, nobody to ask
	[ "$status" = 0 ]
	[ "$(json 'data.was_stopped | tostring')" = false ]
}

@test 'everything that could pay is stopped; what only looks is not' {
	printf hello >"$BATS_TEST_TMPDIR/m"
	cat >"$BATS_TEST_TMPDIR/mail" <<-'END'
	{"types":{"EIP712Domain":[{"name":"name","type":"string"}],"Mail":[{"name":"contents","type":"string"}]},
	 "primaryType":"Mail","domain":{"name":"Test"},"message":{"contents":"hello"}}
	END
	curl -s -i "$URL" >"$BATS_TEST_TMPDIR/402"
	policy <<<'{"version":1,"sign":"any","limits":[{"amount":"0.1usdc"}]}'
	"$FOURMICA" stop -q >/dev/null
	for what in "pay $URL" "sign --message $BATS_TEST_TMPDIR/m" "sign --typed-data $BATS_TEST_TMPDIR/mail" \
		"sign --challenge $BATS_TEST_TMPDIR/402 --url $URL" 'deposit 0.01usdc'; do
		# shellcheck disable=SC2086 # words
		run2 "$FOURMICA" $what --yes --json
		[ "$status" = 37 ] || { echo "$what: $status $output"; false; }
	done
	run2 "$FOURMICA" quote "$URL"
	[ "$status" = 0 ]
	run2 "$FOURMICA" status
	[ "$status" = 0 ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ] || [ "$(ledger 'SELECT count(*) FROM payment')" = 0 ]
}

@test 'a stop between reserving and signing: nothing is signed, nothing stays reserved' {
	"$FOURMICA" pay -s "$(sb sellers.credit_v1)" >/dev/null
	before=$(guarantees_issued)
	"$FOURMICA" pay --json --timeout 4s --idempotency-key late "$(sb sellers.hostile)/tab_silent" \
		>"$BATS_TEST_TMPDIR/out" 2>/dev/null &
	pid=$!
	for _ in {1..100}; do
		[ "$(state_of late)" != "$RESERVED" ] || break
		sleep 0.05
	done
	[ "$(state_of late)" = "$RESERVED" ] # its request id is being asked for
	"$FOURMICA" stop -q >/dev/null
	status=0
	wait "$pid" || status=$?
	[ "$status" = 37 ] || { echo "$status"; cat "$BATS_TEST_TMPDIR/out"; false; }
	[ "$(jq -r .error.spent "$BATS_TEST_TMPDIR/out")" = no ]
	[ "$(state_of late)" = "$RELEASED" ]
	[ "$(guarantees_issued)" = "$before" ]
}

@test 'a file made by hand stops, whatever it holds' {
	for content in '' junk '{"version":1}' '{"version":1,"time":-1,"reason":null}' \
		'{"version":1,"time":1,"reason":null,"more":1}' '{"version":2,"time":1,"reason":null}' \
		"$(head -c 9000 /dev/zero | tr '\0' a)"; do
		(umask 077 && printf %s "$content" >"$STOP")
		pay
		[ "$status" = 37 ]
		[[ "$(json error.message)" == *"since 20"*"$STOP exists" ]]
		run2 "$FOURMICA" stop --json
		[ "$(json data.already)" = true ]
	done
	chmod 644 "$STOP"
	pay
	[ "$status" = 37 ]
	rm "$STOP"
	ln -s nowhere "$STOP"
	pay
	[ "$status" = 37 ]
	rm "$STOP"
	mkdir "$STOP"
	pay
	[ "$status" = 37 ]
	rmdir "$STOP"
	(umask 077 && printf '{"version":1,"time":1795000000,"reason":"\\u001b[31mred\\nline"}' >"$STOP")
	pay
	[ "$status" = 37 ]
	[[ "$(json error.message)" == *'since 2026-11-18T'*': \x1b[31mred\x0aline' ]]
	"$FOURMICA" resume --yes -q >/dev/null
	pay
	[ "$status" = 0 ]
}

@test 'stop works when nothing else does' {
	echo junk >"$FOURMICA_HOME/config.json"
	echo junk >"$FOURMICA_HOME/policy.json"
	(umask 077 && echo junk >"$FOURMICA_HOME/ledger.db")
	run2 "$FOURMICA" stop --reason broken --json
	[ "$status" = 0 ]
	[ "$(json data.stopped)" = true ]
	[ "$(json 'warnings | length')" = 1 ] # the journal
	[ "$(cat "$FOURMICA_HOME/ledger.db")" = junk ]
	rm "$STOP"
	FOURMICA_CORE_URL=junk FOURMICA_RPC_URL=junk FOURMICA_MAX_AMOUNT=junk run2 "$FOURMICA" stop --json
	[ "$status" = 0 ]
	[ -e "$STOP" ]
	FOURMICA_HOME=$BATS_TEST_TMPDIR/new/deep run2 "$FOURMICA" stop
	[ "$status" = 0 ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/new/deep")" = 700 ]
	[ -e "$BATS_TEST_TMPDIR/new/deep/stop" ]
	run2 "$FOURMICA" stop --reason "$(head -c 600 /dev/zero | tr '\0' a)"
	[ "$status" = 2 ]
}

@test 'a full disk: the file is made, without its words' {
	rm -f "$STOP"
	( ulimit -f 0 && exec "$FOURMICA" stop --reason why -q ) >/dev/null 2>"$BATS_TEST_TMPDIR/err" ||
		{ cat "$BATS_TEST_TMPDIR/err"; false; }
	[ -e "$STOP" ]
	[ ! -s "$STOP" ]
	pay
	[ "$status" = 37 ]
}

@test 'the environment stops one process, and no command lifts that' {
	FOURMICA_STOP=1 pay
	[ "$status" = 37 ]
	[ "$(json error.rule)" = stop ]
	FOURMICA_STOP=1 run2 "$FOURMICA" resume --yes --json
	[ "$status" = 37 ]
	[[ "$(json error.message)" == *FOURMICA_STOP* ]]
	pay
	[ "$status" = 0 ]
}

@test 'resume needs the passphrase where a wallet has one' {
	sb accounts.cid.key >"$BATS_TEST_TMPDIR/key"
	echo right >"$BATS_TEST_TMPDIR/pass"
	chmod 600 "$BATS_TEST_TMPDIR"/{key,pass}
	"$FOURMICA" wallet import safe --from-file "$BATS_TEST_TMPDIR/key" --kdf interactive \
		--passphrase-file "$BATS_TEST_TMPDIR/pass" -q >/dev/null
	"$FOURMICA" stop -q >/dev/null
	run2 "$FOURMICA" resume --yes --wallet ann # has none
	[ "$status" = 4 ]
	run2 "$FOURMICA" resume --yes --wallet safe
	[ "$status" = 5 ]
	echo wrong >"$BATS_TEST_TMPDIR/pass"
	run2 "$FOURMICA" resume --yes --wallet safe --passphrase-file "$BATS_TEST_TMPDIR/pass"
	[ "$status" = 4 ]
	[ -e "$STOP" ]
	echo right >"$BATS_TEST_TMPDIR/pass"
	run2 "$FOURMICA" resume --wallet safe --passphrase-file "$BATS_TEST_TMPDIR/pass"
	[ "$status" = 0 ]
	[ ! -e "$STOP" ]
}

@test 'stop forgets sign-ins' {
	"$FOURMICA" status -q >/dev/null
	[ -n "$(ls "$FOURMICA_HOME"/sessions/*.json)" ]
	"$FOURMICA" stop -q >/dev/null
	run ls "$FOURMICA_HOME"/sessions/*.json
	[ "$status" != 0 ]
}
