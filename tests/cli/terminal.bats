#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a person at a terminal sees: lines as wide as it is, what is waited for, and nothing of either
# in a pipe.

# shellcheck disable=SC2154 # output, stderr, status come from fm and at
# shellcheck disable=SC2030,SC2031 # each test has its own environment

load common
load sandbox

setup_file() { [ -z "${SANDBOX:-}" ] || ctl reset >/dev/null; }

setup() {
	need_sandbox
	fresh_home
	home_with_wallet
	unset FOURMICA_NO_INPUT
	export LC_ALL=C.UTF-8 NO_COLOR=1
}

teardown() {
	[ -z "${SANDBOX:-}" ] || ctl reset >/dev/null
}

fault() { # WHERE FAULT ARG [ROUTE]
	ctl fault "{\"where\":\"$1\",\"fault\":\"$2\",\"times\":0,\"arg\":$3${4:+,\"route\":\"$4\"}}" >/dev/null
}

# The program at a terminal of so many columns; what it showed, line ends as a file has them.
at() { # COLUMNS [PROMPT ANSWER]... -- ARGUMENT...
	local -a answers=()
	local columns=$1
	shift
	while [ "$1" != -- ]; do
		answers+=("$1" "$2")
		shift 2
	done
	shift
	run timeout 60 "$FOURMICA_TESTS/pty" -t 30 -s "$columns" "${answers[@]}" -- "$FOURMICA" "$@"
	output=${output//$'\r\n'/$'\n'}
}

# No line of $output is wider, but for those with a word that is half as wide (ids, addresses).
fits() { # COLUMNS
	python3 -c '
import sys, unicodedata as u
def width(text): return sum(2 if u.east_asian_width(c) in "WF" else 1 for c in text)
most = int(sys.argv[1])
wide = [line for line in sys.stdin.read().splitlines() if width(line) > most and
	max(map(width, line.split())) < most / 2]
print(*wide, sep="\n")
sys.exit(bool(wide))' "$1" <<<"$output"
}

limits() {
	policy <<-'END'
		{ "version": 1, "networks": ["eip155:84532"], "schemes": ["4mica-credit"], "new_sellers": "pin",
		  "limits": [ { "name": "request", "amount": "0.60usdc" },
		    { "name": "one day in the week", "amount": "5usdc", "window": "1d" },
		    { "name": "卖家", "amount": "1usdc", "window": "1h", "per": "seller" },
		    { "name": "task", "amount": "2usdc", "per": "task" } ] }
	END
}

# ---- width ----

@test 'a table that is too wide: what has no room comes below its row, named' {
	limits
	"$FOURMICA" pay -s "$(sb sellers.credit_v2)" --task t-1 >/dev/null
	for columns in 40 60 80; do
		at "$columns" -- budget show
		ends_with_status 0
		fits "$columns"
		holds "$output" 'Used: [----------]   '
		at "$columns" -- audit list
		fits "$columns"
		at "$columns" -- policy
		fits "$columns"
	done
	at 40 -- budget show
	holds "$output" $'\n      For: t-1  Allowed: 2 USDC\n'
	# Where there is room it is a table as ever.
	at 250 -- budget show
	lacks "$output" 'Used: '
	holds "$output" 'Left       Used  '
}

@test 'sentences in a table are broken into lines of their own column' {
	at 80 -- doctor
	fits 80
	holds "$output" 'Result  Check         Found'
	[[ $output =~ $'\n'\ \ ok\ \ \ \ \ \ files\ +nobody\ else[^$'\n']+$'\n'\ {24}[a-z] ]]
	at 40 -- doctor
	fits 40
}

@test 'in a pipe each row is one line, whatever COLUMNS says' {
	limits
	fm budget show
	wide=$output
	COLUMNS=40 fm budget show
	[ "$output" = "$wide" ]
	lacks "$output" 'Used: '
	[ "$(grep -c . <<<"$output")" -eq 9 ]
}

@test 'errors and hints are broken between words, a command to run is not' {
	at 40 -- pay --max-amount 5 http://127.0.0.1:1/
	fits 40
	holds "$output" $'fourmica: --max-amount: \'5\' is not an\n  amount'
	at 40 -- pay http://127.0.0.1:1/ --nonsense
	holds "$output" $'hint: run: fourmica pay --help'
	fm pay --max-amount 5 http://127.0.0.1:1/
	holds "$stderr" "fourmica: --max-amount: '5' is not an amount: a number needs a unit"
}

# ---- what is waited for ----

@test 'a wait is shown after a moment, says how long it takes, and goes away' {
	fault seller/credit_v2 delay 3200
	at 80 -- pay "$(sb sellers.credit_v2 | sed s,/paid,/free,)"
	ends_with_status 0
	[[ $output =~ asking\ http://127.0.0.1:[0-9]+/free$'\e[K' ]]
	[[ $output =~ asking\ http://127.0.0.1:[0-9]+/free,\ 2\ s$'\e[K' ]]
	# The last thing before the body is that the line is empty again.
	[[ $output == *$'\r\e[K{'* ]]
}

@test 'a terminal that only writes: blanks instead of its commands' {
	fault seller/credit_v2 delay 800
	TERM=dumb at 80 -- pay "$(sb sellers.credit_v2 | sed s,/paid,/free,)"
	ends_with_status 0
	lacks "$output" $'\e'
	local cr=$'\r'
	[[ $output =~ ${cr}asking\ http://[^$cr]*/free$cr\ +$cr\{ ]]
}

@test 'no word of it when it is quick, with -s and -q, and in a pipe' {
	url=$(sb sellers.credit_v2 | sed s,/paid,/free,)
	fault seller/credit_v2 delay 700
	at 80 -- pay -s "$url"
	lacks "$output" asking
	at 80 -- pay -q "$url"
	lacks "$output" asking
	fm pay "$url"
	[ -z "$stderr" ]
	lacks "$output" asking
	ctl reset >/dev/null
	at 80 -- pay "$url"
	lacks "$output" asking
}

@test 'a body that takes long: how much of it, how fast' {
	at 80 'B/s' ^C -- pay -o "$BATS_TEST_TMPDIR/body" "$(sb sellers.hostile)/slow_body?when=unpaid"
	[[ $output =~ [0-9]+\ B(\ of\ [0-9.]+\ k?B\ \ [0-9]+\ %)?\ \ [0-9]+\ B/s ]]
	# On the terminal itself the body is what is seen.
	at 80 ^C ^C -- pay "$(sb sellers.hostile)/slow_body?when=unpaid"
	lacks "$output" B/s
}

@test 'a block that does not come: what for, and how long still' {
	ctl chain '{"auto_mine":false}' >/dev/null
	at 80 -- deposit 1usdc --yes --timeout 3s
	ends_with_status 51
	[[ $output =~ 'waiting for a block with the approve transaction; '[23]' s left' ]]
	[[ $output =~ 'waiting for a block with the approve transaction; 1 s left' ||
		$output =~ 'waiting for a block with the approve transaction, 2 s; 1 s left' ]]
}

@test 'when collateral is unlocked: how long that is' {
	at 80 -- withdraw request 1usdc --yes
	ends_with_status 0
	[[ $output =~ 'Unlocks at: '[^$'\n']*'Z (in 2'[12]' d' ]]
	at 80 -- withdraw
	[[ $output =~ 'Z (in 2'[12]' d' ]]
	fits 80
}

@test 'Core does not count a deposit yet: how much it counts; the time is never cut off' {
	ctl chain '{"confirm_depth":50}' >/dev/null
	at 60 -- deposit 1usdc --yes --wait synced --timeout 5s
	ends_with_status 0
	[[ $output =~ $'\r4Mica Core counts '[^$'\r']*'..., '[2-9]' s; next look in '[1-9]' s'$'\e[K' ]]
	# No line of it reaches the last column.
	[ "$(grep -cE $'\r[^\r\e]{60}' <<<"$output")" -eq 0 ]
}

@test 'a node that is slow: its name' {
	fault rpc delay 700
	at 80 -- status
	holds "$output" 'asking http://127.0.0.1:'
}

# ---- text of others ----

@test 'what a server says is shown, never obeyed, and cannot look like a line of ours' {
	local words evil challenge
	evil=$(printf 'no\033[31m\r\nfourmica: paid \xe2\x80\xae\xc2\x9b2J %070d fourmica: paid 1 USDC' 0)
	challenge=$(jq -nc --arg evil "$evil" --arg usdc "$(sb usdc)" --arg to "$(sb accounts.bob.address)" '
		{x402Version: 2, error: $evil, resource: {url: "http://127.0.0.1/", description: $evil}, accepts: [{
			scheme: "exact", network: "eip155:84532", amount: "900000000", asset: $usdc, payTo: $to,
			maxTimeoutSeconds: 60, extra: {name: "USDC", version: "2"}}]}' | base64 -w0)
	for words in quote pay 'budget check'; do
		serve_once "HTTP/1.1 402 Payment Required\\r\\nPAYMENT-REQUIRED: $challenge\\r\\nContent-Length: 2\\r\\n\\r\\n{}"
		# shellcheck disable=SC2086 # a sub-command is a word of its own
		at 80 -- $words "http://127.0.0.1:$PORT/"
		ends_with_status 31
		lacks "$output" $'\e[31m'
		lacks "$output" $'\xe2\x80\xae'
		lacks "$output" $'\xc2\x9b'
		[ "$(grep -cE '^fourmica: paid' <<<"$output")" -eq 0 ]
	done
	at 80 -- audit list
	lacks "$output" $'\e[31m'
}

@test 'a body that ends within a line: what we say comes on the next' {
	serve_once 'HTTP/1.1 500 No\r\nConnection: close\r\n\r\nsorry'
	at 80 -- pay "http://127.0.0.1:$PORT/"
	holds "$output" $'sorry\nfourmica: '
	serve_once 'HTTP/1.1 500 No\r\nConnection: close\r\n\r\nsorry'
	fm pay "http://127.0.0.1:$PORT/"
	[ "$output" = sorry ]
	[ "${stderr:0:10}" = 'fourmica: ' ]
}

# A server for one answer; its port in $PORT.
serve_once() { # BYTES, with the escapes of printf
	coproc server {
		python3 -c '
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
client, _ = listening.accept()
client.recv(65536)
client.sendall(sys.argv[1].encode("latin-1"))
client.close()' "$(printf '%b' "$1" | iconv -f latin1 -t utf8)"
	}
	read -r PORT <&"${server[0]}"
}

@test 'a body that a terminal would obey is not written there, also when C1 is spelled in UTF-8' {
	serve_once 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na\xc2\x9b31mred'
	at 80 -- pay "http://127.0.0.1:$PORT/"
	ends_with_status 0
	holds "$output" 'would obey'
	lacks "$output" $'\xc2\x9b'
}

@test 'a passphrase that takes long to try: which wallet is opened, and encrypted' {
	(umask 077 && echo secret >"$BATS_TEST_TMPDIR/pass" && sb accounts.dee.key >"$FOURMICA_HOME/key")
	at 80 -- wallet import dee --from-file "$FOURMICA_HOME/key" --kdf sensitive \
		--passphrase-file "$BATS_TEST_TMPDIR/pass"
	ends_with_status 0
	holds "$output" $'\rencrypting wallet \'dee\''
	at 80 "Passphrase of wallet 'dee': " wrong "Passphrase of wallet 'dee': " secret -- \
		wallet export dee --confirm dee --v3 "$BATS_TEST_TMPDIR/v3" --v3-passphrase-file "$BATS_TEST_TMPDIR/pass"
	ends_with_status 0
	[[ $output == *$'\ropening wallet \'dee\''*$'\r\e[KWrong passphrase. Try again.\n'* ]]
	holds "$output" $'\rencrypting the key file'
}
