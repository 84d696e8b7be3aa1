# SPDX-License-Identifier: MIT
# `decode --against`: what a facilitator would object to, and who signed.
# shellcheck disable=SC2016 # inner shells expand for themselves
load common
setup() {
	fresh_home
	vectors=$ROOT/tests/vectors/x402_headers.json
	payment=$BATS_TEST_TMPDIR/payment challenge=$BATS_TEST_TMPDIR/challenge
}

# The payment and challenge of the case called $1, in $payment and $challenge; $at is its time.
use_case() {
	jq -er --arg n "$1" '.cases[] | select(.name == $n) | .header_json' "$vectors" >"$payment"
	jq -er --arg n "$1" '.cases[] | select(.name == $n) | .payment_required_json' "$vectors" >"$challenge"
	at=$(jq -er --arg n "$1" '.cases[] | select(.name == $n) | .unix_time' "$vectors")
}

change() { # FILE FILTER
	jq -c "$2" "$1" >"$1.new"
	mv "$1.new" "$1"
}

against() { fm decode "$payment" --against "$challenge" --at "$at" --json "$@"; }

# Exit 12, and the fields that are wrong are exactly these.
finds() { # FIELD...
	against
	ends_with_status 12
	is_document fourmica.decode/1 12
	[ "$(jq -r '[.data.against.findings[].field] | join(" ")' <<<"$output")" = "$*" ] ||
		{ show; return 1; }
	[ "$(js .data.against.consistent)" = false ]
	[ "$(js .error.code)" = bad_terms ]
	[ "$(js .error.cause_code)" = "$(js .data.against.findings[0].code)" ]
	jq -e '.error.hint != null' <<<"$output" >/dev/null
}

first() { js ".data.against.findings[0].$1"; }

@test "a payment that fits: exit 0, and who signed it" {
	for name in v1_body v2_with_policy v2_without_policy_carries_v1_claims \
		v1_shorthand_network_and_plain_scheme_name; do
		use_case "$name"
		against
		ends_with_status 0
		is_document fourmica.decode/1 0
		[ "$(js .data.against.consistent)" = true ]
		[ "$(jq -c .data.against.findings <<<"$output")" = '[]' ]
		[ "$(js .data.against.payer)" = "$(js .data.against.signer)" ]
		[ "$(js .data.against.right_signer)" = true ]
		[ "$(js .data.type)" = payment ]
	done
	fm decode "$payment" --against "$challenge" --at "$at"
	ends_with_status 0
	holds "$output" "Consistent:  yes"
	holds "$output" 'Signed as:   EIP-712, domain "4mica" "1", chain 84532'
}

@test "without --against nothing is said of it" {
	use_case v1_body
	fm decode "$payment" --json
	ends_with_status 0
	[ "$(jq .data.against <<<"$output")" = null ]
	for option in --domain-name --domain-version; do
		fm decode "$payment" "$option" x
		ends_with_status 2
		holds "$stderr" "--against CHALLENGE"
	done
	fm decode "$payment" --at 5
	ends_with_status 2
	fm decode - --against -
	ends_with_status 2
}

@test "a header with its name against a response saved with curl -i, from a pipe" {
	use_case v2_with_policy
	value=$(jq -er '.cases[] | select(.name == "v2_with_policy") | .header_value' "$vectors")
	echo "PAYMENT-SIGNATURE: $value" >"$payment"
	printf 'HTTP/2 402\r\npayment-required: %s\r\ncontent-type: application/json\r\n\r\n{}' \
		"$(base64 -w0 <"$challenge")" >"$challenge.http"
	run --separate-stderr sh -c '"$FOURMICA" decode - --json --at "$2" --against "$1" <"$3"' sh \
		"$challenge.http" "$at" "$payment"
	ends_with_status 0
	[ "$(js .data.against.consistent)" = true ]
	# The challenge may come from standard input as well.
	run --separate-stderr sh -c '"$FOURMICA" decode "$1" --json --at "$2" --against - <"$3"' sh \
		"$payment" "$at" "$challenge.http"
	ends_with_status 0
	echo "X-PAYMENT: $value" >"$payment"
	finds header
	[ "$(first code)" = payment_not_read ]
}

@test "each inconsistency a facilitator would find, alone" {
	use_case v1_body; change "$payment" '.scheme = "4mica"'; finds scheme
	use_case v1_body; change "$payment" '.network = "base-sepolia"'; finds network
	use_case v1_body; change "$payment" '.x402Version = 2'; finds x402Version
	use_case v1_body; change "$challenge" '.accepts[0].payTo = "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"'
	finds payload.claims.recipient_address
	[ "$(first expected)" = 0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE ]
	[ "$(js .error.category)" = seller ]
	use_case v1_body; change "$challenge" '.accepts[0].maxAmountRequired = "1500001"'
	finds payload.claims.amount
	[ "$(first expected) $(first found)" = "1500001 1500000" ]
	[ "$(js .error.category)" = policy ]
	use_case v1_body; change "$challenge" '.accepts[0].asset = "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"'
	finds payload.claims.asset_address
	for member in user_address recipient_address req_id amount asset_address timestamp version; do
		use_case v1_body
		change "$payment" "del(.payload.claims.$member)"
		finds "payload.claims.$member"
		[ "$(first message)" = "it is missing" ]
	done
	use_case v1_body; change "$payment" 'del(.payload.signature)'; finds payload.signature
	[ "$(first code)" = signature_empty ]
	use_case v1_body; at=$((at - 1)); finds payload.claims.timestamp
	use_case v2_without_policy_carries_v1_claims
	change "$payment" '.accepted.maxTimeoutSeconds = "300"'; finds accepted.maxTimeoutSeconds
	change "$payment" 'del(.accepted)'; finds accepted
}

@test "the validation of version 2, member by member" {
	use_case v2_with_policy
	extra='.accepts[0].extra'
	while read -r member claim value; do
		use_case v2_with_policy
		change "$challenge" "$extra.$member = $value"
		change "$payment" ".accepted.extra.$member = $value"
		finds "payload.claims.$claim"
		[ "$(js .data.against.right_signer)" = true ]
	done <<-'END'
		validationRegistryAddress validation_registry_address "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"
		validatorAddress validator_address "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"
		validatorAgentId validator_agent_id "123456789"
		minValidationScore min_validation_score 7
		jobHash job_hash "0x0504ac1a396195a42624e138c7fecc0ba46ecf05b0386e06a64be69e8df23970"
		requiredValidationTag required_validation_tag "other"
	END
	use_case v2_with_policy
	change "$challenge" "del($extra)"
	change "$payment" 'del(.accepted.extra)'
	finds payload.claims.version
}

@test "several at once come in the order of the facilitator" {
	use_case v1_body
	change "$payment" '.scheme = "4mica" | .network = "x" | .x402Version = 2'
	change "$challenge" '.accepts[0].payTo = "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE" | .accepts[0].maxAmountRequired = "1"'
	finds scheme network x402Version payload.claims.recipient_address payload.claims.amount
	fm decode "$payment" --against "$challenge" --at "$at"
	ends_with_status 12
	holds "$stderr" "scheme: it is compared as text"
	holds "$stderr" "cause: facilitator (facilitator_scheme)"
	holds "$output" "payload.claims.recipient_address"
}

# A guarantee of the vectors with a signature of it, and an offer for it.
use_guarantee() { # JQ-SELECTION SIGNATURE SCHEME
	jq -ec "[.cases[] | select($1)][0] | {claims: (.request_json | fromjson | .claims),
		signature: (.$2), scheme: \"$3\"}" "$ROOT/tests/vectors/guarantee_v1.json" >"$payment"
	jq -c '{x402Version: 1, accepts: [{scheme: "4mica-credit", network: "eip155:84532",
		amount: "1500000", asset: .claims.asset_address, payTo: .claims.recipient_address}]}' \
		"$payment" >"$challenge"
	at=$(jq .claims.timestamp "$payment")
}

@test "the usual mistakes of signing are named" {
	plain='.name == "usdc_base_sepolia_simple"'
	use_guarantee "$plain" eip712_signature eip712
	against
	ends_with_status 0
	use_guarantee "$plain" eip191_core.signature eip191
	against
	ends_with_status 0
	# Text instead of bytes: what the SDK does.
	use_guarantee "$plain" eip191_ts_sdk_wrong.signature eip191
	finds payload.signature
	holds "$(first message)" "EIP-191 over the hex text of the claims"
	[ "$(js .error.category)" = signature ]
	# One said, the other done.
	use_guarantee "$plain" eip712_signature eip191
	finds payload.signature
	use_guarantee "$plain" eip191_core.signature eip712
	finds payload.signature
	# Signed under 4Mica, where 4mica is asked for, and the other way round.
	use_guarantee '.domain.name == "4Mica"' eip712_signature eip712
	finds payload.signature
	[ "$(first message)" = 'the payer signed domain name "4Mica" instead of "4mica"' ]
	against --domain-name 4Mica
	ends_with_status 0
	use_guarantee "$plain" eip712_signature eip712
	against --domain-name 4Mica
	ends_with_status 12
	[ "$(first message)" = 'the payer signed domain name "4mica" instead of "4Mica"' ]
	against --domain-version 2
	ends_with_status 12
	[ "$(first message)" = 'the payer signed domain version "1" instead of "2"' ]
	# Another network than the offer's.
	change "$challenge" '.accepts[0].network = "eip155:8453"'
	finds payload.signature
	[ "$(first message)" = 'the payer signed chain id 84532 instead of 8453' ]
	# Another wallet.
	use_guarantee "$plain" eip712_signature eip712
	change "$payment" '.claims.user_address = "0xd0f76708ea94cb21cb18ee8dea322b2d5313afae"'
	finds payload.signature
	holds "$(first message)" "another key signed"
}

# Payment $1 of the exact vectors.
use_exact() {
	jq -ec ".vectors[$1].expected.headerJson | fromjson" "$ROOT/tests/vectors/x402-exact-eip3009.json" >"$payment"
	jq -ec ".vectors[$1].input.paymentRequired" "$ROOT/tests/vectors/x402-exact-eip3009.json" >"$challenge"
	at=$(jq -e ".vectors[$1].input.now" "$ROOT/tests/vectors/x402-exact-eip3009.json")
}

@test "exact: the token's domain, the window, the terms" {
	use_exact 0
	against
	ends_with_status 0
	[ "$(js .data.against.signed_as)" = 'EIP-712, domain "USDC" "2", chain 84532' ]
	change "$challenge" '.accepts[0].extra.name = "USD Coin"'
	finds payload.signature
	[ "$(first message)" = 'the payer signed domain name "USDC" instead of "USD Coin"' ]
	use_exact 1 # Base, where it is USD Coin
	change "$challenge" '.accepts[0].extra.name = "USDC"'
	finds payload.signature
	[ "$(first message)" = 'the payer signed domain name "USD Coin" instead of "USDC"' ]
	use_exact 0
	at=$((at + 3600))
	finds payload.authorization.validBefore
	[ "$(first code)" = window_ended ]
	use_exact 0
	at=$((at - 3600))
	finds payload.authorization.validAfter
	use_exact 0
	change "$challenge" '.accepts[0].maxAmountRequired = "10001"'
	finds payload.authorization.value
	use_exact 0
	change "$challenge" '.accepts[0].payTo = "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE"'
	finds payload.authorization.to
	# Now is long after the vectors were made.
	use_exact 0
	fm decode "$payment" --against "$challenge" --json
	ends_with_status 12
	[ "$(first field)" = payload.authorization.validBefore ]
}

@test "what cannot be read: which of the two, and nothing else" {
	use_case v1_body
	echo junk >"$challenge"
	against
	ends_with_status 12
	holds "$(js .error.message)" "the challenge"
	[ "$(jq .data.against <<<"$output")" = null ]
	use_case v1_body
	against --against /nonexistent
	[ "$status" -ne 0 ]
	echo '{"x402Version":1,"accepts":[]}' >"$challenge"
	against
	ends_with_status 35
}

@test "a seller's text cannot steer the terminal" {
	use_case v2_without_policy_carries_v1_claims
	change "$payment" '.accepted.network = "\u001b[31mevil\u202e" | .accepted.payTo = "\u001b[2J"'
	fm decode "$payment" --against "$challenge" --at "$at"
	ends_with_status 12
	lacks "$output$stderr" $'\e'
	lacks "$output$stderr" $'\xe2\x80\xae'
}
