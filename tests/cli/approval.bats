#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Payments that take a person's approval: unattended with a quote file, and at a terminal.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	FOURMICA_TESTS=${FOURMICA_TESTS:-build/tests}
	home_with_wallet
	threshold 0.005usdc
	URL=$(sb sellers.credit_v2)
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

threshold() {
	policy <<-END
	{ "version": 1, "approve_above": "$1", "limits": [
	  { "name": "request", "amount": "0.10usdc" }, { "name": "day", "amount": "1usdc", "window": "1d" } ] }
	END
}

# A payment that needs approval; its quote file is in $FILE.
refused() {
	run2 "$FOURMICA" pay --json "$@"
	[ "$status" = 30 ]
	[ "$(json error.rule)" = approve_above ]
	FILE=$(json data.quote_path)
	[ -f "$FILE" ]
}

approve() { run2 "$FOURMICA" budget approve --yes --json "$@"; }

@test 'unattended: 30 and a private quote file; approved, it is paid once' {
	before=$(guarantees_issued)
	refused "$URL"
	[ "$(json data.quote.verdict)" = approve ]
	[ "$(json error.hint)" = "to allow exactly this once: fourmica budget approve $FILE" ]
	[ "$(stat -c %a "$FILE")" = 600 ]
	[ "$(stat -c %a "$(dirname "$FILE")")" = 700 ]
	jq -e '.schema == "fourmica.quote/1"' "$FILE"
	# The refusal is on record, and nothing else.
	run "$FOURMICA" audit stats --json
	jq -e '[.data.groups[].payments] | add == 0' <<<"$output"

	approve "$FILE"
	[ "$status" = 0 ]
	[ "$(json status)" = approved ]
	[ "$(json data.verdict)" = allow ]
	approval=$(json data.approval)
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 0 ]
	[ "$(json data.verdict)" = allow ]
	[ "$(json data.approval)" = "$approval" ]

	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 0 ]
	[ "$(json data.quote.approval)" = "$approval" ]
	id=$(json data.payment_id)
	[ "$(ledger "SELECT '0x' || lower(hex(approval)) FROM payment WHERE id = '$id'")" = "$approval" ]
	[ "$(ledger "SELECT payment FROM approval WHERE used > 0")" = "$id" ]
	[ "$(guarantees_issued)" = $((before + 1)) ]

	refused "$URL"
	[ "$(guarantees_issued)" = $((before + 1)) ]
	# The journal tells of it, without values of the query.
	ledger "SELECT body FROM journal WHERE subject = '$approval'" | jq -e '.event == "approved" and .terms.amount == "10000"'
}

@test 'with --quote exactly the approved terms are paid, once' {
	refused "$URL"
	approve "$FILE" --for 10m
	[ "$status" = 0 ]
	run2 "$FOURMICA" pay --json --quote "$FILE" "$URL"
	[ "$status" = 0 ]
	run2 "$FOURMICA" pay --json --quote "$FILE" "$URL"
	[ "$status" = 30 ]
}

@test 'approved is that price, that request, that body, that scheme' {
	url=$(sb sellers.dual_v2)
	refused --json-body '{"n":1}' "$url"
	approve "$FILE"
	[ "$status" = 0 ]
	refused --json-body '{"n":2}' "$url"
	refused "$url"
	refused --json-body '{"n":1}' "$url?x=1"
	refused --json-body '{"n":1}' -X PUT "$url"
	refused --json-body '{"n":1}' --scheme exact "$url"
	run2 "$FOURMICA" pay --json --json-body '{"n":1}' "$url"
	[ "$status" = 0 ]
}

@test 'another price at the same address is not approved: 30 with a new file' {
	curl -si "$URL" >"$BATS_TEST_TMPDIR/cheap"
	curl -si "$URL?amount=20000" >"$BATS_TEST_TMPDIR/dear"
	sign=("$FOURMICA" sign --json --url "$URL" --challenge)
	run2 "${sign[@]}" "$BATS_TEST_TMPDIR/cheap"
	[ "$status" = 30 ]
	first=$(json data.quote_path)
	approve "$first"
	run2 "${sign[@]}" "$BATS_TEST_TMPDIR/dear"
	[ "$status" = 30 ]
	[ "$(json data.quote_path)" != "$first" ]
	run2 "${sign[@]}" "$BATS_TEST_TMPDIR/cheap"
	[ "$status" = 0 ]
}

@test 'an approval ends' {
	refused "$URL"
	approve "$FILE" --for 1s
	[ "$status" = 0 ]
	sleep 1.1
	refused "$URL"
	approve "$FILE" --for 25h
	[ "$status" = 2 ]
	approve "$FILE" --for 0s
	[ "$status" = 2 ]
}

@test 'approval lifts no limit' {
	refused "$URL"
	policy <<-'END'
	{ "version": 1, "approve_above": "0.005usdc", "limits": [ { "name": "request", "amount": "0.006usdc" } ] }
	END
	approve "$FILE"
	[ "$status" = 31 ]
	[ "$(json error.rule)" = request ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ] || [ -z "$(ledger 'SELECT hash FROM approval')" ]
}

@test 'no approval stands in for rules that are not accepted' {
	threshold 0.10usdc
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 0 ]
	threshold 0.005usdc
	refused "$URL"
	sed -i s/1usdc/9usdc/ "$FOURMICA_HOME/policy.json"
	approve "$FILE"
	[ "$status" = 30 ]
	[ "$(json error.rule)" = accepted ]
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 30 ]
	[ "$(json error.rule)" = accepted ]
	[ "$(jq -r .data.quote_path <<<"$output")" = null ]
	# Nobody is asked either.
	at_terminal -- pay "$URL"
	[ "$status" = 30 ]
}

@test 'a limit that was lowered since refuses what was approved' {
	refused "$URL"
	approve "$FILE"
	[ "$status" = 0 ]
	policy <<-'END'
	{ "version": 1, "approve_above": "0.005usdc", "limits": [ { "name": "request", "amount": "0.006usdc" } ] }
	END
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 31 ]
}

@test 'nothing to approve: what is allowed anyway, and what is approved already' {
	refused "$URL"
	approve "$FILE"
	until=$(json data.approved_until)
	approve "$FILE"
	[ "$status" = 0 ]
	[ "$(json status)" = already_approved ]
	[ "$(json data.approved_until)" = "$until" ]
	threshold 0.10usdc
	approve "$FILE"
	[ "$(json status)" = not_needed ]
}

@test 'a quote file that was altered is none' {
	refused "$URL"
	jq -c '.amount = "1"' "$FILE" >"$BATS_TEST_TMPDIR/q"
	approve "$BATS_TEST_TMPDIR/q"
	[ "$status" = 3 ]
	echo '{' >"$BATS_TEST_TMPDIR/q"
	approve "$BATS_TEST_TMPDIR/q"
	[ "$status" = 3 ]
}

@test 'two processes: exactly one gets it' {
	refused "$URL"
	approve "$FILE"
	before=$(guarantees_issued)
	pids=()
	for _ in 1 2 3 4; do
		"$FOURMICA" pay -s "$URL" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	codes=()
	for pid in "${pids[@]}"; do
		code=0
		wait "$pid" || code=$?
		codes+=("$code")
	done
	[ "$(printf '%s\n' "${codes[@]}" | sort -n | tr '\n' ' ')" = '0 30 30 30 ' ]
	[ "$(guarantees_issued)" = $((before + 1)) ]
}

@test 'what ends before a signature gives the approval back' {
	refused "$URL"
	approve "$FILE"
	[ "$status" = 0 ]
	# The signature cannot be recorded: nothing left.
	ledger_write "CREATE TRIGGER full BEFORE UPDATE ON payment WHEN NEW.state = 2
		BEGIN SELECT RAISE(FAIL, 'full'); END"
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" -ne 0 ]
	[ "$status" -ne 30 ]
	[[ $status -lt 40 || $status -ge 60 ]]
	ledger_write 'DROP TRIGGER full'
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 0 ]
}

@test 'sign --challenge takes an approval, and leaves a file too' {
	curl -si "$URL" >"$BATS_TEST_TMPDIR/c"
	run2 "$FOURMICA" sign --json --challenge "$BATS_TEST_TMPDIR/c" --url "$URL"
	[ "$status" = 30 ]
	approve "$(json data.quote_path)"
	[ "$status" = 0 ]
	run2 "$FOURMICA" sign --json --challenge "$BATS_TEST_TMPDIR/c" --url "$URL"
	[ "$status" = 0 ]
	run2 "$FOURMICA" sign --json --challenge "$BATS_TEST_TMPDIR/c" --url "$URL"
	[ "$status" = 30 ]
}

@test 'a dry run, --no-pay and quote leave no file' {
	run2 "$FOURMICA" pay --json --dry-run "$URL"
	[ "$status" = 30 ]
	run2 "$FOURMICA" pay --json --no-pay "$URL"
	[ "$status" = 30 ]
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 30 ]
	[ ! -e "$FOURMICA_HOME/approvals" ]
	run2 "$FOURMICA" quote --save "$BATS_TEST_TMPDIR/q" "$URL"
	[ "$status" = 30 ]
	[[ $err == *"fourmica budget approve $BATS_TEST_TMPDIR/q"* ]]
	approve "$BATS_TEST_TMPDIR/q"
	[ "$status" = 0 ]
}

@test 'old quote files go, and there are never more than 64' {
	mkdir -m 700 "$FOURMICA_HOME/approvals"
	for ((i = 0; i < 70; i++)); do
		echo x >"$FOURMICA_HOME/approvals/$i.json"
		touch -d "-$((i + 1)) minutes" "$FOURMICA_HOME/approvals/$i.json"
	done
	touch -d '-25 hours' "$FOURMICA_HOME/approvals/0.json"
	echo mine >"$FOURMICA_HOME/approvals/note"
	refused "$URL"
	[ "$(find "$FOURMICA_HOME/approvals" -name '*.json' | wc -l)" = 64 ]
	[ ! -e "$FOURMICA_HOME/approvals/0.json" ]
	[ -e "$FOURMICA_HOME/approvals/1.json" ]
	[ ! -e "$FOURMICA_HOME/approvals/69.json" ]
	[ -e "$FOURMICA_HOME/approvals/note" ]
}

@test 'a place that cannot be written: still 30' {
	echo x >"$FOURMICA_HOME/approvals"
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 30 ]
	[ "$(jq -r .data.quote_path <<<"$output")" = null ]
}

# ---- at a terminal ----

at_terminal() {
	local -a answers=()
	while [ "$1" != -- ]; do
		answers+=("$1" "$2")
		shift 2
	done
	shift
	run env -u FOURMICA_NO_INPUT "$FOURMICA_TESTS/pty" -t 60 "${answers[@]}" -- "$FOURMICA" "$@"
}

@test 'at a terminal: everything is shown, and the passphrase pays' {
	(umask 077 && sb accounts.ann.key >"$FOURMICA_HOME/key" && echo right >"$FOURMICA_HOME/pass")
	"$FOURMICA" wallet remove ann --confirm ann >/dev/null 2>&1
	"$FOURMICA" wallet import owner --kdf interactive --from-file "$FOURMICA_HOME/key" \
		--passphrase-file "$FOURMICA_HOME/pass" -q >/dev/null
	rm "$FOURMICA_HOME/key"
	"$FOURMICA" wallet use owner >/dev/null
	before=$(guarantees_issued)

	at_terminal "Passphrase of wallet 'owner': " '' -- pay "$URL"
	[ "$status" = 6 ]
	for part in "Host     ${URL%/paid}" 'Route    /paid' 'Amount   0.01 USDC' 'not pinned' \
		'Base Sepolia' "'day' has 0.99 USDC left" "rule 'approve_above'"; do
		[[ $output == *"$part"* ]] || { echo "$part: $output"; false; }
	done
	# A passphrase that lies ready, and --yes, answer for nobody.
	at_terminal "Passphrase of wallet 'owner': " '' -- \
		pay --yes --passphrase-file "$FOURMICA_HOME/pass" "$URL"
	[ "$status" = 6 ]
	[ "$(guarantees_issued)" = "$before" ]

	at_terminal "Passphrase of wallet 'owner': " wrong "Passphrase of wallet 'owner': " right -- \
		pay --json "$URL"
	[ "$status" = 0 ]
	# Asked once, not again to sign.
	[ "$(grep -c 'Passphrase of wallet' <<<"$output")" = 2 ]
	[[ $output != *right* ]]
	[ "$(guarantees_issued)" = $((before + 1)) ]
	[ "$(ledger 'SELECT count(*) FROM approval WHERE used > 0')" = 1 ]

	# Unattended, the same passphrase file approves a file.
	refused "$URL"
	run2 "$FOURMICA" budget approve --json "$FILE"
	[ "$status" = 5 ]
	run2 "$FOURMICA" budget approve --json --passphrase-file "$FOURMICA_HOME/pass" "$FILE"
	[ "$status" = 0 ]
	run2 "$FOURMICA" budget approve --json --passphrase-file <(echo wrong) "$FILE"
	[ "$(json status)" = already_approved ]
}

@test 'at a terminal, a wallet without passphrase: a typed yes, not --yes' {
	at_terminal 'Type yes to pay it: ' '' -- pay --yes "$URL"
	[ "$status" = 6 ]
	at_terminal 'Type yes to pay it: ' yes -- pay --json "$URL"
	[ "$status" = 0 ]
}

@test 'a stop is told before anybody is asked' {
	: >"$FOURMICA_HOME/stop"
	at_terminal -- pay "$URL"
	[ "$status" = 37 ]
}
