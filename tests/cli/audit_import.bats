#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The recipient's side: Bob, who sells, imports the certificates of what he was paid.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
	"$FOURMICA" pay -q -m 10 "$(sb sellers.credit_v2)?amount=10000" -o /dev/null \
		--cert-out "$BATS_TEST_TMPDIR/cert.json"
	ANN_HOME=$FOURMICA_HOME
	FOURMICA_HOME=$(mktemp -d "$BATS_TEST_TMPDIR/bob-XXXXXX")
	(umask 077 && sb accounts.bob.key >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet import bob --from-file "$FOURMICA_HOME/key" --no-passphrase -q >/dev/null 2>&1
	rm "$FOURMICA_HOME/key"
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
}

teardown() { sandbox_as_new; }

@test 'import: verified, kept once, counted in the audit of its cycle' {
	CYCLE=$(ctl cycle/close '{}' | jq -r '.[0].cycle')
	# Without it, Core's word is all Bob has.
	ends 66 cycles audit "$CYCLE"
	advises 'fourmica audit import-cert'
	ends 0 audit import-cert "$BATS_TEST_TMPDIR/cert.json"
	jq -e --arg bob "$(sb accounts.bob.address)" --arg cycle "$CYCLE" '.data | .known == false and
		.amount.amount == "10000" and .recipient == $bob and .cycle == $cycle and .version == 1' <<<"$output"
	ends 0 audit import-cert "$BATS_TEST_TMPDIR/cert.json"
	jq -e '.data.known' <<<"$output"
	ends 0 cycles audit "$CYCLE"
	jq -e '.data | .finding == "matched" and .role == "NET_CREDITOR" and
		(.sums[] | select(.of == "received") | .count == 1 and .amount.amount == "10000")' <<<"$output"
	ends 0 cycles
	jq -e '.data.cycles[0].known_from == "received committed"' <<<"$output"
	[ "$(ledger 'SELECT count(*) FROM incoming')" = 1 ]
	ends 0 audit verify
}

@test 'import: from a receipt of pay, and from standard input' {
	run2 "$FOURMICA" audit import-cert "$(echo "$ANN_HOME"/receipts/*.json)" --json -q
	[ "$status" = 0 ]
	run2 "$FOURMICA" audit import-cert - --json -q <"$BATS_TEST_TMPDIR/cert.json"
	[ "$status" = 0 ]
	[ "$(json data.known)" = true ]
}

@test 'import: what is for somebody else, does not verify, or is no certificate is not kept' {
	FOURMICA_HOME=$ANN_HOME ends 61 audit import-cert "$BATS_TEST_TMPDIR/cert.json"
	[ "$(json error.rule)" = recipient ]
	[ "$(FOURMICA_HOME=$ANN_HOME ledger 'SELECT count(*) FROM incoming')" = 0 ]
	# The amount is the third word from the end of a claim's; any bit breaks the signature.
	jq -c '.claims |= (.[0:-6] + "7" + .[-5:])' "$BATS_TEST_TMPDIR/cert.json" >"$BATS_TEST_TMPDIR/bad.json"
	ends 60 audit import-cert "$BATS_TEST_TMPDIR/bad.json"
	echo '{"claims":1}' >"$BATS_TEST_TMPDIR/none.json"
	ends 60 audit import-cert "$BATS_TEST_TMPDIR/none.json"
	[ "$(ledger 'SELECT count(*) FROM incoming')" = 0 ]
}
