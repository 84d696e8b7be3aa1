#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# curl's options: what a seller sees of a request. `quote` sends it, nothing is paid.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	FOURMICA_TESTS=${FOURMICA_TESTS:-build/tests}
	home_with_wallet
	url=$(sb sellers.credit_v2)
}

# Send with these options; then look at the last request the seller saw.
send() {
	run2 "$FOURMICA" quote "$@"
	[ "$status" = 0 ] || { echo "exit $status: $err"; return 1; }
	seen=$(ctl_get 'log?service=seller/credit_v2' | jq -c last)
}
saw() { jq -e "$1" <<<"$seen" >/dev/null || { echo "not $1: $seen"; return 1; }; }
saw_body() {
	local sum
	sum=$(printf %s "$1" | sha256sum | cut -d' ' -f1)
	saw ".body_sha256 == \"$sum\""
}
refused() { # usage error, whose words are ...
	local words=$1
	shift
	run2 "$FOURMICA" quote "$@"
	[ "$status" = 2 ] || { echo "exit $status: $err"; return 1; }
	[[ "$err" == *"$words"* ]] || { echo "$err"; return 1; }
}

@test 'a plain request: GET, our name, any media type' {
	send "$url"
	saw '.method == "GET" and (.user_agent | startswith("fourmica/"))'
	saw '[.header_names[] | ascii_downcase] | index("accept") != null'
}

@test '-d joins with &, drops line breaks of files, sends a form' {
	printf 'b=2\r\nc\n' >"$BATS_TEST_TMPDIR/f"
	send -d a=1 -d "@$BATS_TEST_TMPDIR/f" "$url"
	saw '.method == "POST"'
	saw_body 'a=1&b=2c'
	saw '[.header_names[] | ascii_downcase] | index("content-type") != null'
}

@test '--data-binary keeps every byte; from standard input when named' {
	printf 'x\r\n\0y\n' >"$BATS_TEST_TMPDIR/f"
	sum=$(sha256sum <"$BATS_TEST_TMPDIR/f" | cut -d' ' -f1)
	send --data-binary "@$BATS_TEST_TMPDIR/f" "$url"
	saw ".body_sha256 == \"$sum\""
	send --data-binary @- "$url" <"$BATS_TEST_TMPDIR/f"
	saw ".body_sha256 == \"$sum\""
}

@test '--data-urlencode in its five forms' {
	printf 'a b' >"$BATS_TEST_TMPDIR/f"
	send --data-urlencode 'x y' --data-urlencode '=p&q' --data-urlencode 'n=1+1' \
		--data-urlencode "@$BATS_TEST_TMPDIR/f" --data-urlencode "m@$BATS_TEST_TMPDIR/f" "$url"
	saw_body 'x%20y&p%26q&n=1%2B1&a%20b&m=a%20b'
}

@test '--json-body, -X, -G, -I' {
	send --json-body '{"n":1}' -X PUT "$url"
	saw '.method == "PUT"'
	saw_body '{"n":1}'
	send -G -d n=1 --data-urlencode 'q=a b' "$url?first=0"
	saw '.method == "GET" and .query == "?first=0&n=1&q=a%20b" and .body_bytes == 0'
	run2 "$FOURMICA" quote -I "$url"
	ctl_get 'log?service=seller/credit_v2' | jq -e 'last.method == "HEAD"'
	refused 'two bodies' --json-body 1 -d 2 "$url"
	refused 'sends no body' -I -d 2 "$url"
}

@test 'headers: added, emptied, removed, from a file; -A -e -b -u' {
	printf 'X-One: 1\r\nX-Two: 2\n' >"$BATS_TEST_TMPDIR/h"
	send -H 'X-Zero: 0' -H "@$BATS_TEST_TMPDIR/h" -H 'X-Empty;' -H 'Accept:' -A me/1 \
		-e https://from.example/ -b k=v -u user:word "$url"
	saw '.user_agent == "me/1"'
	for name in x-zero x-one x-two x-empty referer cookie authorization; do
		saw "[.header_names[] | ascii_downcase] | index(\"$name\") != null"
	done
	saw '[.header_names[] | ascii_downcase] | index("accept") == null'
	refused 'must read' -H 'no colon' "$url"
	refused 'takes no value' -H 'Name; x' "$url"
	refused 'cookie files' -b jar.txt "$url"
	refused 'NAME:PASSWORD' -u user "$url"
	run2 "$FOURMICA" pay -H 'payment-signature: e30=' "$url"
	[ "$status" = 2 ]
}

@test 'URLs: https unless said otherwise, nothing but http and https' {
	refused 'not an http' "ftp://127.0.0.1/x"
	refused 'not an http' 'http://'
	run2 "$FOURMICA" quote -m 2 127.0.0.1:9/x # means https
	[ "$status" = 10 ]
	[[ "$err" == *https://127.0.0.1:9* ]]
}

@test 'limits of the exchange: -m, --max-filesize, --resolve' {
	run2 "$FOURMICA" pay -m 1 "$(sb sellers.hostile)/slow_head?when=unpaid"
	[ "$status" = 11 ]
	run2 "$FOURMICA" pay --max-filesize 10 "${url%/paid}/free"
	[ "$status" = 12 ]
	port=${url%/paid}
	port=${port##*:}
	run2 "$FOURMICA" pay --resolve "shop.example:$port:127.0.0.1" "http://shop.example:$port/free"
	[ "$status" = 0 ]
}

@test '-w: every variable, escapes, a file, unknown names' {
	format='%{http_code} %{response_code} %{size_download} %{url_effective} %{content_type} %{status} %{scheme} %{amount} %{evidence}%%\t\\\n'
	run2 "$FOURMICA" pay -s -o /dev/null -w "$format" "$url"
	[[ "$output" == "200 200 "*" $url application/json; charset=utf-8 paid 4mica-credit 10000 verified%"$'\t\\' ]]
	printf '%s' '%{payment_id}' >"$BATS_TEST_TMPDIR/w"
	run2 "$FOURMICA" pay -s -o /dev/null -w "@$BATS_TEST_TMPDIR/w" "$url"
	[[ "$output" =~ ^pay_[0-9a-f]{32}$ ]]
	run2 "$FOURMICA" pay -o /dev/null -w '<%{nonsense}>' "${url%/paid}/free"
	[ "$output" = '<>' ]
	[[ "$err" == *nonsense* ]]
}

@test '--receipt and --cert-out' {
	run2 "$FOURMICA" pay -s --receipt "$BATS_TEST_TMPDIR/r" --cert-out "$BATS_TEST_TMPDIR/c" "$url"
	[ "$status" = 0 ]
	jq -e '.schema == "fourmica.receipt/1" and .amount == "10000" and .core.vault' "$BATS_TEST_TMPDIR/r"
	run2 "$FOURMICA" decode --json "$BATS_TEST_TMPDIR/c"
	[ "$(json data.type)" = certificate ]
	run2 "$FOURMICA" pay -s --receipt /nowhere/r "$url"
	[ "$status" = 43 ]
}

@test 'bytes that command a terminal go to a file, and are all there' {
	TERM=dumb run2 "$FOURMICA_TESTS/pty" -t 30 -- "$FOURMICA" pay "${url%/paid}/binary?bytes=1000"
	[ "$status" = 0 ]
	[[ "$output" == *'a terminal would obey'* ]]
	[[ "$output" != *$'\e'* ]]
	file=$(echo "$FOURMICA_HOME"/receipts/body-*)
	"$FOURMICA" pay -s -o "$BATS_TEST_TMPDIR/same" "${url%/paid}/binary?bytes=1000"
	cmp "$file" "$BATS_TEST_TMPDIR/same"
}
