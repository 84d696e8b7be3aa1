# SPDX-License-Identifier: MIT
# `verify-cert` with the keys pinned by `pay`, against the sandbox's Core and chain.
# shellcheck disable=SC2016 # inner shells expand for themselves
load common
load sandbox

setup() {
	need_sandbox
	home_with_wallet
	"$FOURMICA" pay --json --receipt "$BATS_TEST_TMPDIR/receipt" "$(sb sellers.credit_v1)" \
		>"$BATS_TEST_TMPDIR/paid"
	RECEIPT=$BATS_TEST_TMPDIR/receipt
	KEY_NOW=$(sb bls_public_key)
}

teardown() {
	[ -z "${SANDBOX:-}" ] || ctl reset >/dev/null
}

# What happens must not need anybody.
cut_off() {
	export FOURMICA_CORE_URL=http://127.0.0.1:9 FOURMICA_RPC_URL=http://127.0.0.1:9
}

verify() {
	fm verify-cert --json "$@"
	is_document fourmica.verify-cert/1 "$status"
}

@test "a receipt of pay, by the pin, with nobody to ask" {
	cut_off
	verify "$RECEIPT"
	ends_with_status 0
	[ "$(js .data.anchor)" = pinned ]
	[ "$(js .data.key)" = "$KEY_NOW" ]
	[ "$(js .data.vault)" = "$(sb vault)" ]
	holds "$(js .data.trust)" "nobody was asked now"
	[ "$(js .data.req_id)" = "$(jq -r .data.req_id "$BATS_TEST_TMPDIR/paid")" ]
	[ "$(js .data.cycle.text)" = "$(jq -r .data.certificate.cycle "$BATS_TEST_TMPDIR/paid")" ]
	# The certificate alone is of the default network's vault.
	jq -c .certificate "$RECEIPT" >"$BATS_TEST_TMPDIR/cert"
	verify "$BATS_TEST_TMPDIR/cert"
	ends_with_status 0
	[ "$(js .data.anchor)" = pinned ]
	verify "$BATS_TEST_TMPDIR/cert" --key base-sepolia
	ends_with_status 0
	verify "$BATS_TEST_TMPDIR/cert" --key base
	ends_with_status 62
	verify "$BATS_TEST_TMPDIR/cert" --vault "$(sb accounts.bob.address)"
	ends_with_status 62
	verify "$BATS_TEST_TMPDIR/cert" --receipt "$RECEIPT" --chain-id 84532
	ends_with_status 0
	jq -r .receipt_header "$RECEIPT" >"$BATS_TEST_TMPDIR/header"
	verify "$BATS_TEST_TMPDIR/header" --receipt "$RECEIPT"
	ends_with_status 0
	[ "$(js .data.source)" = answer ]
}

@test "all receipts as a batch, looking at the pin once" {
	url=$(sb sellers.credit_v2_validated)
	"$FOURMICA" pay --json "$url" >/dev/null
	cut_off
	run --separate-stderr bash -c 'jq -c . "$FOURMICA_HOME"/receipts/*.json |
		"$FOURMICA" verify-cert --batch - --jsonl'
	ends_with_status 0
	jq -es '(.[:-1] | length == 2 and all(.[]; .verified and .anchor == "pinned" and
		.source == "receipt")) and .[-1].data.anchor == "pinned"' <<<"$output"
}

@test "--online: Core and the chain say it again" {
	verify "$RECEIPT" --online
	ends_with_status 0
	[ "$(js .data.anchor)" = chain ]
	verify "$RECEIPT" --online --key "$KEY_NOW"
	ends_with_status 0
	[ "$(js .data.anchor)" = chain ]
	other=$(jq -r '.contexts[1].public_key' "$ROOT/tests/vectors/certificates_valid.json")
	verify "$RECEIPT" --online --key "$other"
	ends_with_status 62
	holds "$(js .error.message)" "$KEY_NOW"
	FOURMICA_RPC_URL=http://127.0.0.1:9 verify "$RECEIPT" --online
	[ "$status" != 0 ]
	jq -e '.data.verified != true' <<<"$output"
}

@test "a version switched off meanwhile is found online, and only there" {
	ctl vault '{"version":1,"enabled":false}' >/dev/null
	verify "$RECEIPT"
	ends_with_status 0
	verify "$RECEIPT" --online
	[ "$status" != 0 ]
	jq -e '.data.verified != true' <<<"$output"
}

@test "a key that was replaced: the receipt is not verified by itself, and the old key is named" {
	ctl fault '{"where":"core","fault":"key_switch","times":0}' >/dev/null
	ctl vault '{"key":"other"}' >/dev/null
	verify "$RECEIPT" --online
	ends_with_status 62
	[ "$(js .error.rule)" = pinned-trust ]
	holds "$(js .error.hint)" "networks refresh"
	verify "$RECEIPT"
	ends_with_status 0
	"$FOURMICA" networks refresh --yes >/dev/null
	verify "$RECEIPT"
	ends_with_status 60
	[ "$(js .error.rule)" = pairing ]
	holds "$(js .error.hint)" "made under a key pinned here until 20"
	holds "$(js .error.hint)" "--key $KEY_NOW"
	verify "$RECEIPT" --key "$KEY_NOW"
	ends_with_status 0
}

@test "another home knows no key, and says which one the receipt carries" {
	FOURMICA_HOME=$BATS_TEST_TMPDIR/other
	verify "$RECEIPT"
	ends_with_status 62
	[ "$(js .error.rule)" = untrusted_key ]
	holds "$(js .error.hint)" "--key $KEY_NOW"
	[ ! -e "$FOURMICA_HOME" ]
	verify "$RECEIPT" --key "$KEY_NOW"
	ends_with_status 0
	[ "$(js .data.anchor)" = given ]
	# Asking makes a pin, from Core and the chain together.
	verify "$RECEIPT" --online
	ends_with_status 0
	cut_off
	verify "$RECEIPT"
	ends_with_status 0
	[ "$(js .data.anchor)" = pinned ]
}
