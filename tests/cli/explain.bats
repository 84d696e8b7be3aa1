# SPDX-License-Identifier: MIT
# `explain`: exit status, code, words, payment; without wallet and network.
load common
setup() { fresh_home; }

explained() { # KIND CAUSE CODE WORDS...
	local kind=$1 cause=$2 code=$3
	shift 3
	fm explain --json -- "$@"
	ends_with_status 0
	is_document fourmica.explain/1 0
	[ "$(jq -r '[.data.kind, .data.cause, .data.code] | join(" ")' <<<"$output")" = "$kind $cause $code" ] ||
		{ show; return 1; }
	jq -e '.data | .meaning != "" and .remedy != ""' <<<"$output" >/dev/null
}

@test "an exit status: every one has a cause and a remedy" {
	explained exit seller payment_failed 40
	[ "$(jq -c '[.data.rows[].code]' <<<"$output")" = \
		'["payment_failed","insufficient_collateral","new_terms","rejected_stale","needs_allowance"]' ]
	[ "$(js .data.exit)" = 40 ]
	explained exit local locked 4
	[ "$(jq -c '.data.rows' <<<"$output")" = '[]' ]
	explained exit local terminated 143
	for status in $(fm help exit-codes --json >/dev/null; "$FOURMICA" explain --list --json | jq -r '.data.rows[].exit // empty' | sort -nu); do
		fm explain "$status" --json
		ends_with_status 0
		[ "$(js .data.known)" = true ]
	done
	explained text unknown unknown 7
}

@test "a code word, also one two statuses share" {
	explained code network in_doubt in_doubt
	[ "$(js .data.retryable)" = false ]
	explained code collateral insufficient_collateral insufficient_collateral
	[ "$(jq -c '[.data.rows[].exit]' <<<"$output")" = '[36,40]' ]
	# The word in error.cause_code.
	explained text request_id req_id_used req_id_used
	[ "$(js .data.source)" = core ]
}

@test "words of Core, facilitator, seller and contract, with quotes and without" {
	explained text collateral insufficient_collateral Not enough free collateral
	explained text collateral insufficient_collateral "Not enough free collateral"
	explained text seller claim_recipient "claim recipient 0x01 does not match payTo 0x02"
	explained text request_id req_id_used \
		"core guarantee request failed (400 Bad Request): another guarantee with req_id 7 already exists"
	explained text signature invalid_signature invalid_exact_evm_payload_signature
	explained text local revert_amount_zero 0xcbca5aa2
	explained text collateral revert_cycle_not_found 'CycleNotFound(bytes32)'
}

@test "what no row has is unknown, shown safely, and not guessed at" {
	explained text unknown unknown $'evil\e[31m text'
	[ "$(js .data.known)" = false ]
	fm explain $'evil\e[31m text'
	ends_with_status 0
	lacks "$output$stderr" $'\e'
	holds "$output" "Cause:       unknown"
	fm explain "$(head -c 60000 /dev/zero | tr '\0' 'x')" --json
	ends_with_status 0
	[ "$(js .data.known)" = false ]
	fm explain "$(head -c 100000 /dev/zero | tr '\0' 'x')"
	ends_with_status 2
}

@test "--list is the whole table, each code once for each exit status" {
	fm explain --list --json
	ends_with_status 0
	is_document fourmica.explain/1 0
	jq -e '.data.rows | length > 240' <<<"$output" >/dev/null
	jq -e '[.data.rows[] | [.code, .exit]] | length == (unique | length)' <<<"$output" >/dev/null
	jq -e '[.data.rows[].cause] | unique == ["collateral","facilitator","local","network","policy",
		"request_id","seller","signature"]' <<<"$output" >/dev/null
	# Every text that varies in nothing finds its own row.
	while IFS=$'\t' read -r code text; do
		fm explain --json -- "$text"
		[ "$(js .data.code)" = "$code" ] || { echo "$text: $(js .data.code), not $code"; return 1; }
	done < <(jq -r '.data.rows[] | select(.source == "x402") | .code as $c | .text | split("|")[] |
		select(test("[*=]") | not) | [$c, .] | @tsv' <<<"$output")
	fm explain --list
	ends_with_status 0
	holds "$output" "revert_cycle_not_found"
}

@test "neither text nor --list, or both: usage" {
	fm explain
	ends_with_status 2
	holds "$stderr" "hint: fourmica explain TEXT"
	fm explain --list text
	ends_with_status 2
}

@test "no home, no ledger, a broken ledger: the words are explained all the same" {
	explained text network nonce_low nonce too low
	[ "$(jq -c .warnings <<<"$output")" = '[]' ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	mkdir -p "$FOURMICA_HOME"
	chmod 700 "$FOURMICA_HOME"
	(umask 077 && echo 'no database' >"$FOURMICA_HOME/ledger.db")
	explained text network nonce_low nonce too low
	holds "$(jq -r '.warnings[0] | tostring' <<<"$output")" "the ledger was not looked at"
	[ "$(cat "$FOURMICA_HOME/ledger.db")" = 'no database' ]
}
