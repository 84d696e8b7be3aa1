# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # inner shells expand for themselves
load common
setup() { fresh_home; }

vector() {
	jq -er "$1" "$ROOT/tests/vectors/x402_headers.json"
}

# $output names TYPE with VERSION.
is_thing() { # TYPE VERSION
	ends_with_status 0
	is_document fourmica.decode/1 0
	[ "$(jq -r .data.type <<<"$output")" = "$1" ]
	[ "$(jq -c .data.version <<<"$output")" = "$2" ]
	jq -e '.data.decoded | type == "object"' <<<"$output" >/dev/null
}

decode_text() { # TEXT
	printf '%s' "$1" >"$BATS_TEST_TMPDIR/input"
	fm decode "$BATS_TEST_TMPDIR/input" --json
}

@test "a challenge: as JSON, and as curl -i saves it" {
	v1='{"x402Version":1,"error":"pay","accepts":[]}'
	decode_text "$v1"
	is_thing challenge 1
	offer=$(vector '.cases[0].payment_required_json')
	decode_text $'HTTP/1.1 402 Payment Required\r\nContent-Type: application/json\r\n\r\n'"$offer"
	is_thing challenge "$(jq .x402Version <<<"$offer")"
	[ "$(jq -cS .data.decoded.document <<<"$output")" = "$(jq -cS . <<<"$offer")" ]
}

@test "payment headers of every version, with and without their name" {
	count=$(vector '.cases | length')
	[ "$count" -gt 0 ]
	for ((nth = 0; nth < count; nth++)); do
		value=$(vector ".cases[$nth].header_value")
		json=$(vector ".cases[$nth].header_json")
		decode_text "$value"
		is_thing payment "$(jq .x402Version <<<"$json")"
		[ "$(jq -cS .data.decoded.document <<<"$output")" = "$(jq -cS . <<<"$json")" ]
		decode_text "$(vector ".cases[$nth].header_name"): $value"
		is_thing payment "$(jq .x402Version <<<"$json")"
	done
}

@test "a receipt, and a certificate inside it" {
	decode_text "$(printf '%s' '{"success":true,"transaction":"","network":"eip155:84532"}' | base64 -w0)"
	is_thing receipt null
	[ "$(js .data.decoded.document.success)" = true ]
}

@test "a receipt file, and what its certificate says" {
	cert=$(jq -c '.cases[0] | {claims, signature}' "$ROOT/tests/vectors/certificates_valid.json")
	decode_text "{\"schema\":\"fourmica.receipt/1\",\"id\":\"pay_1\",\"certificate\":$cert}"
	is_thing receipt_file 1
	[ "$(js .data.decoded.document.id)" = pay_1 ]
	[ "$(js .data.decoded.certificate.req_id)" = 7 ]
	decode_text '{"schema":"fourmica.receipt/1","certificate":null}'
	is_thing receipt_file null
	[ "$(jq .data.decoded.certificate <<<"$output")" = null ]
}

@test "the same from standard input, and for people" {
	run --separate-stderr sh -c 'echo "{\"x402Version\":2,\"accepts\":[]}" | "$FOURMICA" decode -'
	ends_with_status 0
	holds "$output" "Type:     challenge"
	holds "$output" "Version:  2"
	holds "$output" '    "document": {'
	holds "$output" '      "accepts": []'
	[ -z "$stderr" ]
	run --separate-stderr bash -c '"$FOURMICA" decode <(echo "{\"x402Version\":2,\"accepts\":[]}")'
	ends_with_status 0
}

@test "a seller's text cannot steer the terminal" {
	printf '{"x402Version":2,"accepts":[],"error":"\xe2\x80\xae\\u001b[31mevil"}' >"$BATS_TEST_TMPDIR/c"
	fm decode "$BATS_TEST_TMPDIR/c"
	ends_with_status 0
	lacks "$output" $'\e'
	lacks "$output" $'\u202e'
	holds "$output" '\u{202e}'
}

@test "white space in what is decoded leaves one document on one line" {
	printf '{\n\t"x402Version" : 2,\r\n "accepts":[ ], "error":"a \\" b"}\n' >"$BATS_TEST_TMPDIR/c"
	for form in --json --jsonl; do
		fm decode "$BATS_TEST_TMPDIR/c" "$form"
		is_document fourmica.decode/1 0
		[ "$(js .data.decoded.document.error)" = 'a " b' ]
	done
}

@test "what is nothing of all that" {
	for text in '' '{}' '[]' 'hello' '{"x402Version":2' '{"a":1,"a":2}' $'\xff\xfe'; do
		decode_text "$text"
		ends_with_status 12
		is_document fourmica.decode/1 12
		[ "$(jq -c .data <<<"$output")" = '{"type":null,"version":null,"bytes":null,"decoded":null,"against":null}' ]
	done
}

@test "files that cannot be read, or are too large" {
	fm decode "$BATS_TEST_TMPDIR/none"
	ends_with_status 74
	holds "$stderr" "No such file"
	fm decode "$BATS_TEST_TMPDIR"
	ends_with_status 74
	head -c 3000000 /dev/zero >"$BATS_TEST_TMPDIR/big"
	fm decode "$BATS_TEST_TMPDIR/big"
	ends_with_status 12
	holds "$stderr" "larger than"
}

@test "deep nesting is an error, not a crash" {
	printf '[%.0s' $(seq 100000) >"$BATS_TEST_TMPDIR/deep"
	fm decode "$BATS_TEST_TMPDIR/deep"
	ends_with_status 12
}
