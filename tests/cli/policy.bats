#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `policy`: the rules in force, files that are not, payments that are not made, sellers.

# shellcheck disable=SC2154 # output, stderr, status come from fm

load common

setup() { fresh_home; }

PAYEE=0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
OTHER=0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF

policy() {
	mkdir -p "$FOURMICA_HOME"
	cat >"$FOURMICA_HOME/policy.json"
}

# The file of the design's description, with a member of every kind.
whole() {
	cat <<-END
	{ "version": 1,
	  "networks": ["eip155:84532", "base"], "schemes": ["4mica-credit", "exact"],
	  "new_sellers": "ask", "approve_above": ["0.50usdc", "0.1eth"], "max_window": "10m",
	  "evidence": "certificate", "sign": "payments", "note": "ours",
	  "limits": [ { "name": "request", "amount": "0.10usdc" },
	              { "name": "day", "amount": "5usdc", "window": "1d" },
	              { "name": "calendar", "amount": "6usdc", "window": "utc-day", "network": "base" },
	              { "name": "per seller", "amount": "1usdc", "window": "1h", "per": "seller" },
	              { "name": "task", "amount": "2usdc", "per": "task" },
	              { "name": "kind", "amount": "3usdc", "window": "1d", "per": "category" },
	              { "name": "ads", "amount": "1usdc", "window": "1d", "category": "ads" },
	              { "name": "wallet", "amount": "4usdc", "window": "1d", "per": "wallet" },
	              { "name": "in", "amount": "9usdc", "window": "1d", "of": "deposit" },
	              { "name": "rate", "count": 60, "window": "1m" } ],
	  "categories": { "gifts": { "approve": true },
	                  "ads": { "approve_above": "0.2usdc", "limits": [ { "amount": "0.3usdc" } ] } },
	  "sellers": { "https://api.example.com": { "pay_to": { "base": ["$PAYEE"] }, "evidence": "receipt",
	      "first_payment": "0.2usdc", "limits": [ { "amount": "0.50usdc" } ],
	      "routes": { "/heavy": { "limits": [ { "amount": "1usdc" } ], "price_rise": "5%" } } } },
	  "blocked": ["https://evil.example"], "first_payment": "0.05usdc", "price_rise": "20%",
	  "stop_after_failures": 5,
	  "v2": { "registries": ["$PAYEE"], "validators": ["$OTHER"], "min_score": 80 } }
	END
}

rule() { # NAME [SUBJECT]: its value and source
	jq -er --arg rule "$1" --arg subject "${2:-}" \
		'.data.rules[] | select(.rule == $rule and (.subject // "") == $subject) | "\(.value) \(.source)"' \
		<<<"$output"
}

@test 'show: the built-in rules, and policy alone is show' {
	fm policy --json
	ends_with_status 0
	is_document fourmica.policy.show/1 0
	[ "$(js .data.builtin)" = true ]
	[ "$(jq .data.file <<<"$output")" = null ]
	[ "$(rule request)" = '0.10usdc at a time built_in' ]
	[ "$(rule day)" = '1usdc within 1d built_in' ]
	[ "$(rule networks)" = 'test networks built_in' ]
	[ "$(rule v2)" = 'test networks only built_in' ]
	fm policy show
	ends_with_status 0
	holds "$output" 'new_sellers'
	holds "$output" built_in
}

@test 'show: each rule, for whom, and where it comes from' {
	whole | policy
	export FOURMICA_MAX_AMOUNT=0.02usdc
	fm policy show --json
	ends_with_status 0
	[ "$(js .data.file)" = "$FOURMICA_HOME/policy.json" ]
	[ "$(js .data.hash)" = "0x$(sha256sum <"$FOURMICA_HOME/policy.json" | cut -d' ' -f1)" ]
	[ "$(rule networks)" = 'eip155:84532 (Base Sepolia), eip155:8453 (Base) file' ]
	[ "$(rule FOURMICA_MAX_AMOUNT)" = '0.02usdc at a time environment' ]
	[ "$(rule approve_above)" = '0.50usdc, 0.1eth file' ]
	[ "$(rule price_rise)" = '20% file' ]
	[ "$(rule price_rise https://api.example.com/heavy)" = '5% file' ]
	[ "$(rule stop_after_failures)" = '5 file' ]
	[ "$(rule calendar)" = '6usdc a UTC day, on eip155:8453 file' ]
	[ "$(rule task)" = '2usdc in all, each task file' ]
	[ "$(rule kind)" = '3usdc within 1d, each category file' ]
	[ "$(rule ads)" = '1usdc within 1d, category ads file' ]
	[ "$(rule wallet)" = '4usdc within 1d, each wallet file' ]
	[ "$(rule in)" = '9usdc within 1d of deposits file' ]
	[ "$(rule rate)" = '60 payments within 1m file' ]
	[ "$(rule pay_to https://api.example.com)" = "$PAYEE on eip155:8453 file" ]
	[ "$(rule 'route limit 1' https://api.example.com/heavy)" = '1usdc at a time file' ]
	[ "$(rule categories 'category gifts')" = 'a person approves each payment file' ]
	[ "$(rule 'category limit 1' 'category ads')" = '0.3usdc at a time file' ]
	[ "$(rule blocked)" = 'https://evil.example file' ]
	[ "$(rule min_score)" = '80 file' ]
	[ "$(rule max_window)" = '10m file' ]
}

@test 'show: a file that others may write to is refused' {
	whole | policy
	chmod 666 "$FOURMICA_HOME/policy.json"
	fm policy show --json
	ends_with_status 3
	is_document fourmica.policy.show/1 3
}

@test 'check: a good file, a bad one with line and column, none' {
	whole >"$BATS_TEST_TMPDIR/good.json"
	fm policy check "$BATS_TEST_TMPDIR/good.json" --json
	ends_with_status 0
	is_document fourmica.policy.check/1 0
	[ "$(rule day)" = '5usdc within 1d file' ]
	printf '{ "version": 1,\n  "limts": [] }\n' >"$BATS_TEST_TMPDIR/bad.json"
	fm policy check "$BATS_TEST_TMPDIR/bad.json"
	ends_with_status 3
	holds "$stderr" "bad.json:2:3: the policy has no member 'limts'"
	holds "$stderr" "did you mean 'limits'?"
	fm policy check "$BATS_TEST_TMPDIR/bad.json" --json
	is_document fourmica.policy.check/1 3
	fm policy check "$BATS_TEST_TMPDIR/none.json"
	ends_with_status 74
	head -c 300000 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/large.json"
	fm policy check "$BATS_TEST_TMPDIR/large.json"
	ends_with_status 3
	# Nothing in force was touched, nor made.
	[ ! -e "$FOURMICA_HOME" ]
}

@test 'check: reads standard input' {
	run --separate-stderr "$FOURMICA" policy check - <<<'{"version":1,"price_rise":"20"}'
	ends_with_status 3
	holds "$stderr" "-:1:27: 'price_rise' must be a text such as"
}

# ---- test ----

cases() { # on standard input
	cat >"$BATS_TEST_TMPDIR/cases"
	fm policy test "$BATS_TEST_TMPDIR/cases" --json
}

@test 'test: judged in order, with what those before used' {
	policy <<-'END'
	{ "version": 1, "limits": [ { "name": "request", "amount": "1usdc" },
	  { "name": "hour", "amount": "2usdc", "window": "1h" },
	  { "name": "task", "amount": "1.5usdc", "per": "task" },
	  { "name": "rate", "count": 4, "window": "1d" } ], "price_rise": "10%" }
	END
	cases <<-'END'
	{ "url": "https://a.example/x?key=secret", "amount": "1usdc", "time": "2026-06-22T10:00:00Z", "expect": "allow" }
	{ "url": "https://a.example/x", "amount": "1.1usdc", "expect": "refuse", "rule": "request" }
	{ "url": "https://a.example/y", "amount": "1usdc", "task": "t", "expect": "allow" }
	{ "url": "https://b.example/", "amount": "0.000001usdc", "expect": "refuse", "rule": "hour" }
	{ "url": "https://b.example/", "amount": "0.9usdc", "time": "2026-06-22T11:00:00Z", "expect": "allow" }

	{ "url": "https://b.example/", "amount": "0.6usdc", "task": "t", "expect": "refuse", "rule": "task" }
	{ "url": "https://b.example/", "amount": "1usdc", "expect": "approve", "rule": "price_rise" }
	{ "url": "https://b.example/", "amount": "1usdc", "approved": true, "expect": "allow" }
	{ "url": "https://b.example/", "amount": "0.01usdc", "time": 1782208799, "expect": "refuse", "rule": "rate" }
	{ "url": "https://b.example/", "amount": "0.01usdc", "time": 1782208800, "expect": "allow" }
	END
	ends_with_status 0
	is_document fourmica.policy.test/1 0
	[ "$(js .data.count)" = 10 ]
	[ "$(js .data.unexpected)" = 0 ]
	[ "$(js '.data.payments[0].url')" = https://a.example/x ]
	[ "$(js '.data.payments[1].code')" = over_limit ]
	[ "$(js '.data.payments[5].line')" = 7 ]
	[ "$(js '.data.payments[6].why')" = "the price rose from 0.9 USDC to 1 USDC, by more than 'price_rise': 10%" ]
	lacks "$output" secret
	# Nothing was reserved, nor is there a ledger.
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
}

@test 'test: pins and look-alikes come from those before, history from the case' {
	policy <<-END
	{ "version": 1, "limits": [ { "amount": "1usdc" } ], "first_payment": "0.1usdc", "stop_after_failures": 3,
	  "sellers": { "https://listed.example": { "pay_to": ["$PAYEE"] } } }
	END
	cases <<-END
	[ { "url": "https://a.example/", "amount": "0.1usdc", "pay_to": "$PAYEE", "expect": "allow" },
	  { "url": "https://a.example/", "amount": "0.5usdc", "pay_to": "$OTHER", "expect": "refuse", "rule": "pin" },
	  { "url": "https://a.example/", "amount": "0.5usdc", "pay_to": "$PAYEE", "expect": "allow" },
	  { "url": "https://a-.example/", "amount": "0.1usdc", "expect": "refuse", "rule": "lookalike" },
	  { "url": "https://listed.example/", "amount": "0.1usdc", "expect": "allow" },
	  { "url": "https://1isted.example/", "amount": "0.1usdc", "expect": "refuse", "rule": "lookalike" },
	  { "url": "https://b.example/", "amount": "0.2usdc", "expect": "approve", "rule": "first_payment" },
	  { "url": "https://b.example/", "amount": "0.2usdc", "paid_before": true, "expect": "allow" },
	  { "url": "https://c.example/", "amount": "0.1usdc", "failures": 3, "expect": "refuse", "rule": "stop_after_failures" },
	  { "url": "https://d.example/", "amount": "0.1usdc", "pinned": "$OTHER", "pay_to": "$PAYEE", "expect": "refuse", "rule": "pin" },
	  { "url": "https://e.example/", "amount": "100base", "asset": "usdc", "expect": "allow" },
	  { "url": "https://e.example/", "amount": "1nosuch", "expect": "refuse", "rule": "assets" },
	  { "url": "https://e.example/", "amount": "0.1usdc", "network": "base", "expect": "refuse", "rule": "networks" } ]
	END
	ends_with_status 0
}

@test 'test: another verdict or rule than expected is status 3' {
	cases <<-'END'
	{ "url": "https://a.example/", "amount": "0.05usdc", "expect": "allow" }
	{ "url": "https://a.example/", "amount": "0.05usdc", "expect": "refuse" }
	{ "url": "https://a.example/", "amount": "9usdc", "expect": "refuse", "rule": "day" }
	END
	ends_with_status 3
	is_document fourmica.policy.test/1 3
	[ "$(js .error.rule)" = expect ]
	holds "$(js .error.message)" '2 of 3 payments are judged otherwise than expected, the first in line 2'
	[ "$(jq -c '[.data.payments[].as_expected]' <<<"$output")" = '[true,false,false]' ]
	# What expects nothing cannot disappoint.
	cases <<<'{ "url": "https://a.example/", "amount": "9usdc" }'
	ends_with_status 0
	[ "$(js '.data.payments[0].verdict')" = refuse ]
	cases <<<'[]'
	ends_with_status 0
	[ "$(js .data.count)" = 0 ]
}

@test 'test: a file that cannot be read is status 2, with its place' {
	while IFS='|' read -r text says; do
		printf '%b' "$text" >"$BATS_TEST_TMPDIR/bad"
		fm policy test "$BATS_TEST_TMPDIR/bad"
		ends_with_status 2
		holds "$stderr" "$says"
	done <<-'END'
	|line 1, column 1
	1|:1:1: a payment must be an object
	{"url":"https://a.example/"}|:1:1: 'amount' is missing
	{"amount":"1usdc"}|:1:1: 'url' is missing
	{"url":"/x","amount":"1usdc"}|:1:8: 'url' must be an absolute
	{"url":"https://a.example/","amount":"1"}|needs a unit
	{"url":"https://a.example/","amount":"0.0000001usdc"}|payment in line 1
	{"url":"https://a.example/","amount":"1usdc","expect":"maybe"}|'expect' must be
	{"url":"https://a.example/","amount":"1usdc","time":"noon"}|'time' must be
	{"url":"https://a.example/","amount":"1usdc","scheme":"cash"}|unknown payment scheme
	{"url":"https://a.example/","amount":"1usdc","failures":-1}|'failures' must be
	{"url":"https://a.example/","amount":"1usdc","expct":"allow"}|did you mean 'expect'?
	{"url":"https://a.example/","amount":"1usdc"}\n{"url":"https://a.example/"}|:2:1: 'amount' is missing
	{"url":"https://a.example/","amount":"1usdc"}\n{]|:2: JSON
	[{"url":"https://a.example/","amount":"1usdc","time":9},{"url":"https://a.example/","amount":"1usdc","time":8}]|before that of the one before
	END
	jq -nc '[range(1001) | {url: "https://a.example/", amount: "1usdc"}]' >"$BATS_TEST_TMPDIR/bad"
	fm policy test "$BATS_TEST_TMPDIR/bad"
	ends_with_status 2
	holds "$stderr" 'more than 1000 payments'
}

# ---- trust, untrust ----

@test 'trust: makes a file of the built-in rules' {
	fm policy trust https://api.example.com "$PAYEE" --json --yes
	ends_with_status 0
	is_document fourmica.policy.trust/1 0
	[ "$(js .data.changed)" = true ]
	[ "$(stat -c %a "$FOURMICA_HOME/policy.json")" = 600 ]
	fm policy show --json
	[ "$(rule request)" = '0.10usdc at a time file' ]
	[ "$(rule day)" = '1usdc within 1d file' ]
	[ "$(rule pay_to https://api.example.com)" = "$PAYEE file" ]
}

@test 'trust: every other byte of the file stays' {
	printf '{ "version": 1,\t"note" : "\\u0041"  ,\n  "limits": [{"amount":"1usdc"} ] }\n\n' | policy
	cp "$FOURMICA_HOME/policy.json" "$BATS_TEST_TMPDIR/before"
	fm policy trust https://a.example:8443/ "$PAYEE" --yes
	ends_with_status 0
	[ "$(jq -c '.sellers' "$FOURMICA_HOME/policy.json")" = "{\"https://a.example:8443\":{\"pay_to\":[\"$PAYEE\"]}}" ]
	fm policy trust https://a.example:8443 "$OTHER" --yes
	fm policy trust https://b.example "$OTHER" --yes --network base
	fm policy trust https://b.example "$PAYEE" --yes --network base
	fm policy trust https://b.example "$PAYEE" --yes --network eip155:84532
	ends_with_status 0
	[ "$(jq -c '.sellers' "$FOURMICA_HOME/policy.json")" = "{\"https://b.example\":{\"pay_to\":{\"eip155:84532\":[\"$PAYEE\"],\"eip155:8453\":[\"$OTHER\",\"$PAYEE\"]}},\"https://a.example:8443\":{\"pay_to\":[\"$PAYEE\",\"$OTHER\"]}}" ]
	cp "$FOURMICA_HOME/policy.json" "$BATS_TEST_TMPDIR/with"
	# What is there already changes nothing.
	fm policy trust https://a.example:8443 "$OTHER" --yes --json
	[ "$(js .data.changed)" = false ]
	cmp "$FOURMICA_HOME/policy.json" "$BATS_TEST_TMPDIR/with"
	fm policy untrust https://a.example:8443
	fm policy untrust https://b.example
	ends_with_status 0
	# The members that were made on the way are empty now; the rest is as it was.
	sed 's/"sellers": {},\? *//' "$FOURMICA_HOME/policy.json" | cmp - "$BATS_TEST_TMPDIR/before"
}

@test 'trust: keeps to networks where the file does' {
	fm policy trust https://a.example "$PAYEE" --yes --network base
	ends_with_status 0
	fm policy trust https://a.example "$PAYEE" --yes
	ends_with_status 2
	holds "$stderr" 'by network'
	fm policy trust https://b.example "$PAYEE" --yes
	fm policy trust https://b.example "$PAYEE" --yes --network base
	ends_with_status 2
	holds "$stderr" 'holds on every network'
}

@test 'trust: asks, and takes no for an answer' {
	fm policy trust https://a.example "$PAYEE" --no-input
	ends_with_status 5
	fm policy trust https://a.example "$PAYEE" --dry-run --json
	ends_with_status 0
	[ "$(jq .data.changed <<<"$output")" = null ]
	[ ! -e "$FOURMICA_HOME/policy.json" ]
}

@test 'trust: the passphrase itself, and a wrong one changes nothing' {
	printf 'right horse\n' >"$BATS_TEST_TMPDIR/pass"
	printf 'wrong horse\n' >"$BATS_TEST_TMPDIR/wrong"
	fm wallet new main --kdf interactive --passphrase-file "$BATS_TEST_TMPDIR/pass"
	ends_with_status 0
	fm policy trust https://a.example "$PAYEE" --yes --no-input
	ends_with_status 5
	fm policy trust https://a.example "$PAYEE" --yes --passphrase-file "$BATS_TEST_TMPDIR/wrong"
	ends_with_status 4
	[ ! -e "$FOURMICA_HOME/policy.json" ]
	fm policy trust https://a.example "$PAYEE" --passphrase-file "$BATS_TEST_TMPDIR/pass"
	ends_with_status 0
	[ -e "$FOURMICA_HOME/policy.json" ]
}

@test 'trust: what is no seller, what is blocked, what only looks like one' {
	local origin
	for origin in api.example.com https://a.example/path 'https://a.example?x' https://u@a.example ftp://a.example; do
		fm policy trust "$origin" "$PAYEE" --yes
		ends_with_status 2
	done
	fm policy trust https://a.example 0x12 --yes
	ends_with_status 2
	policy <<<'{"version":1,"blocked":["https://evil.example"],"sellers":{"https://api.example.com":{}}}'
	fm policy trust https://evil.example "$PAYEE" --yes --json
	ends_with_status 33
	[ "$(js .error.rule)" = blocked ]
	fm policy trust https://api.examp1e.com "$PAYEE" --yes
	ends_with_status 0
	holds "$stderr" 'https://api.examp1e.com is not https://api.example.com, a known seller'
}

@test 'untrust: takes the seller out, and blocks it when told' {
	fm policy untrust https://a.example
	ends_with_status 2
	holds "$stderr" 'names no seller'
	whole | policy
	fm policy untrust https://a.example
	ends_with_status 2
	fm policy untrust https://api.example.com --block --json
	ends_with_status 0
	is_document fourmica.policy.untrust/1 0
	[ "$(jq -c '[.sellers, .blocked]' "$FOURMICA_HOME/policy.json")" = '[{},["https://evil.example","https://api.example.com"]]' ]
	# Again, and one that was never there.
	fm policy untrust https://api.example.com --block --json
	ends_with_status 0
	[ "$(js .data.changed)" = false ]
	fm policy untrust https://b.example --block
	[ "$(jq -r '.blocked[2]' "$FOURMICA_HOME/policy.json")" = https://b.example ]
}

@test 'the format is what the manual page says' {
	local page=$ROOT/man/fourmica-policy.5 name count=0
	while read -r name; do
		grep -Eq "^\.(It )?Cm ([a-z_0-9]+ , )*$name( |$)" "$page" || { echo "not in the page: $name"; return 1; }
		count=$((count + 1))
	done < <(sed -n '/struct member .*_members\[\] = {/,/^};/p' "$ROOT"/lib/policy/*.c |
		grep -o '{ *"[a-z_0-9]*"' | tr -d '{ "' | sort -u)
	[ "$count" -ge 35 ]
	# Its example is a good policy.
	awk '/^\.\\" policy/ { on = 1; next } /^\.\\" end/ { on = 0 } on' "$page" | sed 's/\\e/\\/g' >"$BATS_TEST_TMPDIR/example.json"
	[ -s "$BATS_TEST_TMPDIR/example.json" ]
	fm policy check "$BATS_TEST_TMPDIR/example.json"
	ends_with_status 0
}
