#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `audit`: what was paid and what for, and whether the record of it is whole.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
}

teardown() {
	[ -z "${FOLLOWER:-}" ] || kill "$FOLLOWER" 2>/dev/null || :
	[ -z "${SANDBOX:-}" ] || clear_faults
}

origin() { local url; url=$(sb "sellers.$1"); echo "${url%/paid}"; }

# A payment with all that can be said of it, one of the other scheme, a refusal.
some_history() {
	policy <<-END
		{"version":1,"new_sellers":"pin","blocked":["$(origin dual_v2)"],
		 "limits":[{"name":"request","amount":"1usdc"},{"name":"day","amount":"2usdc","window":"1d"}]}
	END
	run2 "$FOURMICA" pay -s --task trip --category maps --idempotency-key order-17 \
		--reason '=a map, "of Rome"' -H 'Authorization: Bearer bearer-c4n4ry' \
		-d 'body-c4n4ry' -o "$BATS_TEST_TMPDIR/map.json" \
		"$(sb sellers.credit_v1)?secret=query-c4n4ry"
	[ "$status" = 0 ]
	run2 "$FOURMICA" pay -s "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	run2 "$FOURMICA" pay -s --task trip "$(sb sellers.dual_v2)?secret=query-c4n4ry"
	[ "$status" = 33 ]
}

@test 'a payment is found by every name it has, with all that is known of it' {
	some_history
	id=$(ledger "SELECT id FROM payment WHERE idem_key = 'order-17'")
	guarantee=$(ctl_get guarantees | jq -r '.[-1].id')
	req_id=$(ctl_get guarantees | jq -r '.[-1].claims.reqId')
	for name in "$id" order-17 "$guarantee" "$req_id" "${id:0:20}"; do
		run2 "$FOURMICA" audit show --json "$name"
		[ "$status" = 0 ] || { echo "$name: $output $err"; return 1; }
		[ "$(json data.id)" = "$id" ]
	done
	jq -e --arg seller "$(origin credit_v1)" --arg g "$guarantee" --arg dir "$BATS_TEST_TMPDIR" '
		.data | .seller == $seller and .route == "/paid" and .method == "POST" and
		.amount.display == "0.01 USDC" and .network == "eip155:84532" and
		.scheme == "4mica-credit" and .guarantee_version == 1 and .x402_version == 1 and
		.task == "trip" and .category == "maps" and .reason == "=a map, \"of Rome\"" and
		.guarantee_id == $g and .http_status == 200 and .evidence == "verified" and
		.certificate and .artefact == ($dir + "/map.json") and .code == null and
		(.receipt_path | test("/receipts/pay_")) and (.body_sha256 | test("^0x")) and
		([.records[].what] == ["reserved", "signed", "sent", "paid"])' <<<"$output" >/dev/null
	[ "0x$(sha256sum <"$BATS_TEST_TMPDIR/map.json" | cut -d' ' -f1)" = "$(json data.body_sha256)" ]
	# For people, what is not known says so.
	run2 "$FOURMICA" audit show "$(ledger "SELECT id FROM payment WHERE scheme = 'exact'")"
	[ "$status" = 0 ]
	[[ "$output" =~ Reason:\ +unknown ]]
	run2 "$FOURMICA" audit show nothing
	[ "$status" = 2 ]
	[[ "$err" == *"'nothing'"* ]]
	run2 "$FOURMICA" audit show 1111111111111111111111111111111111111111111111111111111111111111
	[ "$status" = 2 ]
	[[ "$err" != *11111111* ]]
}

@test 'a refusal is recorded, once in a while; quote and a dry run are not' {
	some_history
	run2 "$FOURMICA" audit list --json --event denied
	[ "$status" = 0 ]
	jq -e --arg seller "$(origin dual_v2)" '.data.records | length == 1 and (.[0] |
		.seller == $seller and .code == "blocked_seller" and .rule == "blocked" and
		.task == "trip" and .amount.display == "0.01 USDC" and .route == "/paid" and
		.body.verdict == "refuse")' <<<"$output" >/dev/null
	id=$(json 'data.records[0].id')
	run2 "$FOURMICA" audit show --json "$id"
	[ "$(json data.kind)" = denied ]
	run2 "$FOURMICA" quote "$(sb sellers.dual_v2)"
	run2 "$FOURMICA" pay --dry-run "$(sb sellers.dual_v2)"
	# The same again is counted only; what it was refused for otherwise is another one.
	run2 "$FOURMICA" pay -s --task trip "$(sb sellers.dual_v2)"
	run2 "$FOURMICA" pay -s --task trip "$(sb sellers.dual_v2)"
	[ "$status" = 33 ]
	run2 "$FOURMICA" pay -s --max-amount 0.001usdc "$(sb sellers.exact_v2)"
	[ "$status" = 31 ]
	run2 "$FOURMICA" audit list --json --event denied
	[ "$(jq -r '[.data.records[].code] | join(" ")' <<<"$output")" = \
		'blocked_seller over_limit' ]
	[ "$(json 'data.records[1].body.not_recorded_before')" = 2 ]
	run2 "$FOURMICA" audit verify
	[ "$status" = 0 ]
}

@test 'signatures and deposits that are refused are recorded as well' {
	policy <<-END
		{"version":1,"new_sellers":"pin","blocked":["$(origin dual_v2)"],
		 "limits":[{"name":"request","amount":"1usdc"},
		 {"name":"top-up","of":"deposit","amount":"1usdc"}]}
	END
	run2 "$FOURMICA" deposit --yes 2usdc
	[ "$status" = 31 ]
	curl -si "$(sb sellers.dual_v2)" >"$BATS_TEST_TMPDIR/challenge"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/challenge" --url "$(sb sellers.dual_v2)"
	[ "$status" = 33 ]
	: >"$FOURMICA_HOME/stop"
	run2 "$FOURMICA" pay "$(sb sellers.exact_v2)"
	[ "$status" = 37 ]
	run2 "$FOURMICA" audit list --json --event denied
	[ "$(jq -r '[.data.records[] | "\(.method) \(.code) \(.amount.display)"] | join("; ")' <<<"$output")" = \
		'deposit over_limit 2 USDC; GET blocked_seller 0.01 USDC; GET stopped 0.01 USDC' ] || { echo "$output"; return 1; }
}

@test 'nothing that is a secret, a body or a query is in the ledger' {
	some_history
	sqlite3 "$FOURMICA_HOME/ledger.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	for word in query-c4n4ry bearer-c4n4ry body-c4n4ry "$(sb accounts.ann.key | sed 's/^0x//')"; do
		! grep -rqi "$word" "$FOURMICA_HOME"/ledger.* || { echo "$word"; return 1; }
	done
	# The header is in the row that may have to send it again; the journal has only its hash.
	header=$(ledger "SELECT header FROM payment WHERE idem_key = 'order-17'")
	[ ${#header} -gt 100 ]
	[ "$(ledger "SELECT count(*) FROM journal WHERE instr(body, '${header:0:80}')")" = 0 ]
	run2 "$FOURMICA" audit export --format journal
	[[ "$output" != *"${header:0:80}"* ]]
	run2 "$FOURMICA" audit export
	[[ "$output" != *"${header:0:80}"* ]]
}

@test 'an auditor exports a time to CSV and finds what each payment was for' {
	some_history
	run2 "$FOURMICA" deposit --yes 1usdc
	[ "$status" = 0 ]
	run2 "$FOURMICA" audit note order-17 --kind refund --amount 0.005usdc --text 'came twice, "sorry"'
	[ "$status" = 0 ]
	day=$(date -u +%F)
	run2 "$FOURMICA" audit export --since "$day" --until 9999-01-01 -o "$BATS_TEST_TMPDIR/books.csv"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[[ "$err" == *"2 payments, 1 operations, 1 refusals"* ]]
	python3 - "$BATS_TEST_TMPDIR/books.csv" <<-'END'
		import csv, sys
		with open(sys.argv[1], newline='') as file:
		    rows = list(csv.DictReader(file, strict=True))
		assert all(None not in row and None not in row.values() for row in rows), rows
		assert [row['kind'] for row in rows] == ['payment', 'payment', 'deposit', 'deposit', 'denied'], rows
		first = rows[0]
		# No spreadsheet takes this for a formula.
		assert first['reason'] == '\'=a map, "of Rome"', first['reason']
		assert first['task'] == 'trip' and first['category'] == 'maps'
		assert first['amount'] == '0.01' and first['amount_base'] == '10000' and first['symbol'] == 'USDC'
		assert first['notes'] == 'refund 0.005 USDC: came twice, "sorry"', first['notes']
		assert first['state'] == 'paid' and first['evidence'] == 'verified'
		assert first['receipt_path'] and first['artefact'] and first['guarantee_id']
		assert rows[1]['task'] == '' and rows[1]['nonce']
		assert rows[2]['gas_used'] and rows[2]['fee_wei'] and rows[2]['tx_hash'] != rows[3]['tx_hash']
		assert [row['amount'] for row in rows[2:4]] == ['1', '']
		assert rows[4]['rule'] == 'blocked' and rows[4]['error_code'] == 'blocked_seller'
	END
	# Nothing of it before today; a file that is there stays.
	run2 "$FOURMICA" audit export --until "$day"
	[ "$(wc -l <<<"$output")" = 1 ]
	run2 "$FOURMICA" audit export -o "$BATS_TEST_TMPDIR/books.csv"
	[ "$status" = 2 ]
	[ "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'books*' | wc -l)" = 1 ]
	# The same in JSON.
	run2 "$FOURMICA" audit export --format json
	jq -e 'length == 5 and .[0].reason == "=a map, \"of Rome\"" and .[1].task == null and
		(map(keys) | unique | length == 1)' <<<"$output" >/dev/null
	run2 "$FOURMICA" audit export --format jsonl
	[ "$(jq -s length <<<"$output")" = 5 ]
	run2 "$FOURMICA" audit export --json -o "$BATS_TEST_TMPDIR/books.json" --format json
	[ "$status" = 0 ]
	[ "$(json data.sha256)" = "0x$(sha256sum <"$BATS_TEST_TMPDIR/books.json" | cut -d' ' -f1)" ]
	run2 "$FOURMICA" audit export --json
	[ "$status" = 2 ]
}

@test 'stats count by seller, task, day; times are checked' {
	some_history
	run2 "$FOURMICA" audit stats --json --by task
	[ "$status" = 0 ]
	jq -e '.data.groups | map({key, payments, paid, denied}) == [
		{"key": "", "payments": 1, "paid": 1, "denied": 0},
		{"key": "trip", "payments": 1, "paid": 1, "denied": 1}]' <<<"$output" >/dev/null
	run2 "$FOURMICA" audit stats --json --by day --since 24h
	[ "$(jq -r '.data.groups[0] | "\(.key) \(.paid_amount.display) \(.denied)"' <<<"$output")" = \
		"$(date -u +%F) 0.02 USDC 1" ]
	for by in seller network scheme category; do
		run2 "$FOURMICA" audit stats --json --by $by
		[ "$(jq '[.data.groups[].payments] | add' <<<"$output")" = 2 ]
	done
	run2 "$FOURMICA" audit stats --since yesterday
	[ "$status" = 2 ]
	[[ "$err" == *"'yesterday' is no time"* ]]
	run2 "$FOURMICA" audit stats --since 2026-02-30
	[ "$status" = 2 ]
}

@test 'list: filters, limits, and one line each for programs' {
	some_history
	total=$(ledger 'SELECT count(*) FROM journal')
	run2 "$FOURMICA" audit --json
	[ "$(jq '.data.records | length' <<<"$output")" = "$total" ]
	run2 "$FOURMICA" audit list --json --limit 3
	[ "$(jq -c '[.data.records[].record]' <<<"$output")" = "[$((total - 2)),$((total - 1)),$total]" ]
	[ "$(json data.older)" = true ]
	run2 "$FOURMICA" audit list --json --task trip
	[ "$(jq -r '[.data.records[].what] | join(" ")' <<<"$output")" = 'reserved signed sent paid denied' ]
	run2 "$FOURMICA" audit list --json --seller "$(origin exact_v2)" --event paid
	[ "$(jq '.data.records | length' <<<"$output")" = 1 ]
	run2 "$FOURMICA" audit list --json --network base --limit 10
	[ "$(jq '.data.records | length' <<<"$output")" = 0 ]
	run2 "$FOURMICA" audit list --jsonl --id order-17
	[ "$(head -n -1 <<<"$output" | jq -r .what | xargs)" = 'reserved signed sent paid' ]
	[ "$(tail -n 1 <<<"$output" | jq -r .schema)" = fourmica.audit.list/1 ]
}

@test 'follow tells what others do, holds no lock, and ends at Ctrl-C' {
	some_history
	# A job of a shell ignores SIGINT; what env starts anew does not.
	env --default-signal=INT "$FOURMICA" audit list --follow --jsonl >"$BATS_TEST_TMPDIR/lines" \
		2>"$BATS_TEST_TMPDIR/follow-err" 3>&- &
	FOLLOWER=$!
	sleep 1
	[ ! -s "$BATS_TEST_TMPDIR/lines" ]
	run2 timeout 60 "$FOURMICA" pay -s "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	for ((i = 0; i < 100; i++)); do
		! grep -q '"what":"paid"' "$BATS_TEST_TMPDIR/lines" || break
		sleep 0.1
	done
	[ "$(jq -r .what "$BATS_TEST_TMPDIR/lines" | grep -v pin | xargs)" = 'reserved signed sent paid' ]
	kill -INT "$FOLLOWER"
	code=0
	wait "$FOLLOWER" || code=$?
	FOLLOWER=
	[ "$code" = 130 ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/lines" | jq -r .exit)" = 130 ]
}

@test 'verify finds what was changed, and which' {
	some_history
	run2 "$FOURMICA" audit verify --json
	[ "$status" = 0 ]
	[ "$(json data.payments)" = 2 ]
	[ "$(json data.last_record)" = "$(ledger 'SELECT max(seq) FROM journal')" ]
	cp -a "$FOURMICA_HOME" "$BATS_TEST_TMPDIR/good"
	while IFS='|' read -r change words; do
		rm -rf "$FOURMICA_HOME"
		cp -a "$BATS_TEST_TMPDIR/good" "$FOURMICA_HOME"
		ledger_write "$change"
		run2 "$FOURMICA" audit verify --json
		[ "$status" = 63 ] || { echo "$change: $status $output"; return 1; }
		[[ "$(json data.differs)" == *"$words"* ]] || { echo "$change: $output"; return 1; }
		[ "$(json error.code)" = audit_broken ]
	done <<-'END'
		UPDATE payment SET amount = zeroblob(32) WHERE idem_key = 'order-17'|amount
		UPDATE payment SET state = 4 WHERE idem_key = 'order-17'|state
		UPDATE payment SET pay_to = zeroblob(20) WHERE idem_key = 'order-17'|pay_to
		UPDATE payment SET reason = 'nothing' WHERE idem_key = 'order-17'|payment pay_
		UPDATE journal SET body = replace(body, 'maps', 'pubs') WHERE body LIKE '%maps%'|not what was hashed
		DELETE FROM journal WHERE seq = 3|missing
		UPDATE pin SET value = '0x0000000000000000000000000000000000000001' WHERE kind = 'seller'|pin seller
		UPDATE total SET amount = zeroblob(32) WHERE scope = 'all' AND width = 86400|running totals
	END
	rm -rf "$FOURMICA_HOME"
	cp -a "$BATS_TEST_TMPDIR/good" "$FOURMICA_HOME"
	# The newest record that was flushed: nothing is paid from such a ledger.
	ledger_write "DELETE FROM journal WHERE seq >= (SELECT max(seq) FROM journal WHERE body LIKE '{\"event\":\"paid%')"
	run2 "$FOURMICA" audit verify --json
	[ "$status" = 63 ]
	[ "$(json error.code)" = audit_broken ]
	run2 "$FOURMICA" pay "$(sb sellers.exact_v2)"
	[ "$status" = 71 ]
}

@test 'retention: the oldest records leave for a file, everything else stays' {
	some_history
	sleep 2
	now=$(date -u +%FT%TZ)
	run2 "$FOURMICA" pay -s --idempotency-key later "$(sb sellers.exact_v2)"
	[ "$status" = 0 ]
	run2 "$FOURMICA" audit export --prune-before "$now" -o "$BATS_TEST_TMPDIR/old.jsonl"
	[ "$status" = 5 ]
	[ ! -e "$BATS_TEST_TMPDIR/old.jsonl" ]
	run2 "$FOURMICA" audit export --prune-before "$now"
	[ "$status" = 2 ]
	run2 "$FOURMICA" audit export --yes --json --prune-before "$now" -o "$BATS_TEST_TMPDIR/old.jsonl"
	[ "$status" = 0 ]
	to=$(json data.removed_to)
	[ "$(wc -l <"$BATS_TEST_TMPDIR/old.jsonl")" = "$to" ]
	[ "$(ledger 'SELECT min(seq) FROM journal')" = $((to + 1)) ]
	# What was written is the chain, to be checked by anybody.
	python3 - "$BATS_TEST_TMPDIR/old.jsonl" <<-'END'
		import hashlib, json, sys
		last = bytes(32)
		for number, line in enumerate(open(sys.argv[1]), 1):
		    r = json.loads(line)
		    prev = bytes.fromhex(r['prev'][2:])
		    text = b'fourmica.journal/1\0' + r['seq'].to_bytes(8, 'big') + r['at_ms'].to_bytes(8, 'big') + prev
		    last_wanted, last = last, hashlib.sha256(text + r['body'].encode()).digest()
		    assert r['seq'] == number and prev == last_wanted and last.hex() == r['hash'][2:], r
	END
	run2 "$FOURMICA" audit verify --json
	[ "$status" = 0 ]
	[ "$(json data.removed_to)" = "$to" ]
	[ "$(json data.payments)" = 3 ]
	[ "$(json data.export_sha256)" = "0x$(sha256sum <"$BATS_TEST_TMPDIR/old.jsonl" | cut -d' ' -f1)" ]
	# Never paid twice, and the books still have it.
	run2 "$FOURMICA" pay --json --idempotency-key order-17 -d 'body-c4n4ry' "$(sb sellers.credit_v1)?secret=query-c4n4ry"
	[ "$(json status)" = already_paid ]
	run2 "$FOURMICA" audit export
	[[ "$output" == *'of Rome'* ]]
	ledger_write "UPDATE payment SET amount = zeroblob(32) WHERE idem_key = 'order-17'"
	run2 "$FOURMICA" audit verify
	[ "$status" = 63 ]
}

@test 'without a ledger there is nothing to tell, and none is made' {
	for command in 'list' 'verify' 'export' 'stats'; do
		run2 "$FOURMICA" audit "$command"
		[ "$status" = 0 ]
	done
	run2 "$FOURMICA" audit show pay_1
	[ "$status" = 2 ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
}
