#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `quote`: terms and verdict, live and of saved responses; every case of the challenge vectors.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	FOURMICA=${FOURMICA:-build/fourmica}
	FOURMICA_HOME=$(mktemp -d "$BATS_TEST_TMPDIR/home-XXXXXX")
	export FOURMICA_HOME FOURMICA_NO_INPUT=1
	VECTORS=$BATS_TEST_DIRNAME/../vectors/x402-402-responses.json
}

# Vector number $1 as `curl -i` would have saved it.
response_of() {
	jq -j --argjson n "$1" '
		def text: if type == "string" then .
			elif .repeat then .repeat | .prefix + (.unit * .count) + .suffix
			elif .base64 then .base64 | @base64d else .utf8 end;
		.vectors[$n].response | "HTTP/1.1 \(.status) X\r\n",
			(.headers[] | "\(.[0]): \(.[1] | text)\r\n"), "\r\n"' "$VECTORS"
	jq -e --argjson n "$1" '.vectors[$n].response.body.base64' "$VECTORS" >/dev/null &&
		{ jq -j --argjson n "$1" '.vectors[$n].response.body.base64' "$VECTORS" | base64 -d; return; }
	jq -j --argjson n "$1" '.vectors[$n].response.body |
		if .repeat then .repeat | .prefix + (.unit * .count) + .suffix else .utf8 // "" end' "$VECTORS"
}

exit_of() { # class reason
	case $1 in
	pay) echo 0 ;;
	not_x402) echo 22 ;;
	malformed | too_large) echo 12 ;;
	over_limit) echo 31 ;;
	policy_denied) [ "$2" = resource_mismatch ] && echo 34 || echo 35 ;;
	*) echo 35 ;;
	esac
}

@test 'every challenge vector has its stated outcome and exit status' {
	policy <<-'END'
	{ "version": 1, "schemes": ["4mica-credit", "exact"],
	  "networks": ["eip155:1", "eip155:8453", "eip155:84532", "eip155:43114", "eip155:137", "eip155:11155111"],
	  "limits": [ { "name": "request", "amount": "1usdc" } ] }
	END
	count=$(jq '.vectors | length' "$VECTORS")
	[ "$count" -gt 100 ]
	for ((n = 0; n < count; n++)); do
		response_of "$n" >"$BATS_TEST_TMPDIR/response"
		run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url https://api.example.com/data
		want=$(jq -c --argjson n "$n" '.vectors[$n] | .expected + {id, name}' "$VECTORS")
		# Its only way is Permit2, which this version does not sign.
		[ "$(jq -r .name <<<"$want")" != method-permit2 ] || continue
		jq -e --argjson want "$want" '.data | if $want.outcome == "pay" then
			.outcome == "pay" and .source == $want.source and .version == $want.version and
			.option_index == $want.optionIndex and .scheme == $want.scheme and
			.network == $want.network and .amount.amount == $want.amount and
			.reply_header == $want.replyHeader and .verdict == "allow"
			else .outcome == $want.class end' <<<"$output" >/dev/null ||
			{ echo "$want: $output"; false; }
		class=$(jq -r '.class // "pay"' <<<"$want")
		[ "$status" = "$(exit_of "$class" "$(jq -r .reason <<<"$want")")" ] ||
			{ echo "$want: exit $status"; false; }
	done
}

@test 'the last header block of a saved response counts; stdin works' {
	{
		printf 'HTTP/1.1 302 Found\r\nLocation: /data\r\n\r\n'
		response_of 0
	} >"$BATS_TEST_TMPDIR/response"
	run2 "$FOURMICA" quote --json --response - --url https://api.example.com/data <"$BATS_TEST_TMPDIR/response"
	[ "$status" = 0 ]
	[ "$(json data.outcome)" = pay ]
}

@test 'without policy a network of value is refused, a test network allowed' {
	response_of 0 >"$BATS_TEST_TMPDIR/response"
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url https://api.example.com/data
	[ "$status" = 0 ]
	response_of "$(jq '[.vectors[].name] | index("4mica-v1-caip2")' "$VECTORS")" >"$BATS_TEST_TMPDIR/response"
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url https://api.example.com/data
	[ "$status" = 35 ]
	[[ "$err$output" == *policy* ]]
}

@test 'plain http beyond this machine needs the seller in the policy' {
	response_of 0 >"$BATS_TEST_TMPDIR/response"
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url http://api.example.com/data
	[ "$status" = 30 ]
	[ "$(json data.verdict)" = approve ]
	[ "$(json error.rule)" = plain-http ]
	policy <<-'END'
	{ "version": 1, "networks": ["eip155:84532"], "limits": [ { "amount": "1usdc" } ],
	  "sellers": { "http://api.example.com": { "pay_to": ["0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D"] } } }
	END
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url http://api.example.com/data
	[ "$status" = 0 ]
}

@test 'the declared JSON fields are there in success and failure' {
	fields() { jq -c '.data | keys' <<<"$1"; }
	response_of 0 >"$BATS_TEST_TMPDIR/response"
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/response" --url https://api.example.com/data
	good=$(fields "$output")
	run2 "$FOURMICA" quote --json
	[ "$status" = 2 ]
	[ "$(fields "$output")" = "$good" ]
	run2 "$FOURMICA" quote --json --response "$BATS_TEST_TMPDIR/missing" --url https://api.example.com/data
	[ "$status" = 74 ]
	[ "$(fields "$output")" = "$good" ]
	for name in outcome verdict source version option_index scheme network amount asset pay_to resource \
		description mime_type max_timeout_seconds reply_header guarantee_version validation error offers; do
		jq -e --arg name "$name" 'index($name)' <<<"$good" >/dev/null || { echo "no $name"; false; }
	done
}

@test 'a live quote signs nothing and creates no ledger' {
	need_sandbox
	home_with_wallet
	run2 "$FOURMICA" quote --json "$(sb sellers.dual_v2)"
	[ "$status" = 0 ]
	[ "$(json data.verdict)" = allow ]
	[ "$(json data.scheme)" = 4mica-credit ]
	[ "$(json 'data.offers | length')" = 2 ]
	[ "$(json 'data.offers[1].refused')" != null ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	url=$(sb sellers.credit_v2)
	run2 "$FOURMICA" quote --json "${url%/paid}/free"
	[ "$status" = 0 ]
	[ "$(json data.outcome)" = free ]
	run2 "$FOURMICA" quote --json "${url%/paid}/nowhere"
	[ "$status" = 22 ]
}
