#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `budget`: what limits have left, tasks, the exit status that answers for a payment, `set`.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	URL=$(sb sellers.credit_v2)
}

limits() { # limits MEMBER=... : the policy's list
	policy <<-END
	{ "version": 1, "limits": [ { "name": "request", "amount": "0.10usdc" }, $1 ] }
	END
}

pay() { run2 "$FOURMICA" pay --json "$@"; [ "$status" = 0 ]; }
# A limit's row: rule, scope or null.
row() { jq -e --arg rule "$1" --arg scope "${2:-}" '.data.limits[] |
	select(.rule == $rule and (.scope // "") == $scope)' <<<"$output"; }
budget() { run2 "$FOURMICA" budget "$@"; [ "$status" = 0 ] || { echo "$status: $err"; false; }; }

@test 'before anything was paid: what is allowed, and no ledger is made' {
	budget --json
	row day | jq -e '.allowed.amount == "1000000" and .used.amount == "0" and .left.amount == "1000000"
		and .used_percent == 0 and .window_seconds == 86400 and .frees_at == null'
	row request | jq -e '.allowed.amount == "100000" and .per == "request" and .used == null'
	[ "$(json 'data | .policy == null')" = true ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	[ "$(jq -r .schema <<<"$output")" = fourmica.budget.show/1 ]
}

@test 'used, left, a gauge, and when it frees up' {
	limits '{ "name": "hour", "amount": "0.04usdc", "window": "1h" }, { "name": "rate", "count": 4, "window": "1m" }'
	pay "$URL"
	budget --json
	row hour | jq -e '.used.amount == "10000" and .left.amount == "30000" and .used_percent == 25 and .per == null'
	row rate | jq -e '.used_count == 1 and .left_count == 3 and .allowed == null and .used_percent == 25'
	frees=$(row hour | jq -r '.frees_at | fromdate')
	now=$(date +%s)
	[ "$frees" -gt $((now + 3500)) ]
	[ "$frees" -le $((now + 3601)) ]
	budget
	[[ $output == *'[##--------]  25 %'* ]]
	[[ $output == *'0.03 USDC'* ]]
}

@test 'a row for each seller, route, task and category that was paid for' {
	limits '{ "name": "shop", "amount": "0.05usdc", "window": "1h", "per": "seller" },
		{ "name": "job", "amount": "1usdc", "per": "task" },
		{ "name": "kind", "amount": "1usdc", "window": "1d", "per": "category" }'
	pay --task one --category data "$URL"
	pay --task two "$URL"
	budget --json
	row shop | jq -e '.per == "seller" and .used == null and .used_percent == null'
	row shop "${URL%/paid}" | jq -e '.used.amount == "20000" and .used_percent == 40'
	row job one | jq -e '.used.amount == "10000" and .window_seconds == null'
	row job two | jq -e '.used.amount == "10000"'
	row kind data | jq -e '.used.amount == "10000"'
	row job | jq -e '.used == null'
}

@test 'a task: allowed, spent, in doubt, left' {
	limits '{ "name": "job", "amount": "0.05usdc", "per": "task" }'
	pay --task one "$URL"
	pay --task one "$URL"
	pay --task two "$URL"
	ledger_write "UPDATE payment SET state = $IN_DOUBT WHERE seq = 1"
	budget show --task one --json
	jq -e '.data.tasks == [.data.tasks[0]] and (.data.tasks[0] | .task == "one" and .asset == "USDC" and
		.allowed.amount == "50000" and .spent.amount == "20000" and .in_doubt.amount == "10000" and
		.left.amount == "30000" and .payments == 2 and .used_percent == 40 and .reset_at == null)' <<<"$output"
	[ "$(jq '.data.limits | length' <<<"$output")" = 1 ]
	budget show --task nobody --json
	[ "$(jq -c .data.tasks <<<"$output")" = '[]' ]
	row job nobody | jq -e '.used.amount == "0"'
}

@test 'a task begins anew' {
	limits '{ "name": "job", "amount": "0.02usdc", "per": "task" }, { "name": "day", "amount": "1usdc", "window": "1d" }'
	pay --task one "$URL"
	pay --task one "$URL"
	run2 "$FOURMICA" pay --json --task one "$URL"
	[ "$status" = 32 ]
	run2 "$FOURMICA" budget reset-task one
	[ "$status" = 5 ]
	budget reset-task one --yes
	pay --task one "$URL"
	budget show --task one --json
	jq -e '.data.tasks[0] | .spent.amount == "10000" and .payments == 1 and .reset_at != null' <<<"$output"
	budget --json
	row day | jq -e '.used.amount == "30000"'
	ledger "SELECT body FROM journal" | grep -q '"task.reset"'
	run2 "$FOURMICA" budget reset-task never --yes
	[ "$status" = 2 ]
}

@test 'resetting a task takes the passphrase itself' {
	limits '{ "name": "job", "amount": "0.02usdc", "per": "task" }'
	pay --task one "$URL"
	echo 4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318 |
		"$FOURMICA" wallet import locked --kdf interactive --from-fd 0 --passphrase-fd 3 -q 3<<<right >/dev/null
	run2 "$FOURMICA" budget reset-task one --yes --wallet locked
	[ "$status" = 5 ]
	run2 "$FOURMICA" budget reset-task one --yes --wallet locked --passphrase-file <(echo wrong)
	[ "$status" = 4 ]
	run2 "$FOURMICA" budget reset-task one --wallet locked --passphrase-file <(echo right)
	[ "$status" = 0 ]
}

@test 'from 80 % on pay and budget warn' {
	limits '{ "name": "hour", "amount": "0.025usdc", "window": "1h" }, { "name": "day", "amount": "1usdc", "window": "1d" }'
	pay "$URL"
	[ "$(jq '[.warnings[] | select(test("is used to"))] | length' <<<"$output")" = 0 ]
	pay "$URL"
	[ "$(jq -r '[.warnings[] | select(test("is used to"))] | .[]' <<<"$output")" = \
		"limit 'hour' is used to 80 %: 0.02 USDC of 0.025 USDC" ]
	budget
	[[ $err == *"warning: limit 'hour' is used to 80 %: 0.02 USDC of 0.025 USDC"* ]]
	[[ $err != *"'day'"* ]]
}

@test 'check answers by its exit status' {
	run2 "$FOURMICA" budget check "$URL"
	[ "$status" = 0 ]
	[[ $output == *allow* ]]
	run2 "$FOURMICA" budget check -q "$URL"
	[ "$status" = 0 ]
	[ -z "$output$err" ]
	run2 "$FOURMICA" budget check --json --max-amount 0.001usdc "$URL"
	[ "$status" = 31 ]
	[ "$(json data.verdict)" = refuse ]
	run2 "$FOURMICA" budget check -q --max-amount 0.001usdc "$URL"
	[ "$status" = 31 ]
	[ -z "$output$err" ]
	run2 "$FOURMICA" budget check -q "${URL%/paid}/free"
	[ "$status" = 0 ]
	policy <<<'{ "version": 1, "approve_above": "0.001usdc", "limits": [ { "amount": "1usdc" } ] }'
	run2 "$FOURMICA" budget check -q "$URL"
	[ "$status" = 30 ]
	[ -z "$output$err" ]
	policy <<<"{ \"version\": 1, \"blocked\": [\"${URL%/paid}\"], \"limits\": [ { \"amount\": \"1usdc\" } ] }"
	run2 "$FOURMICA" budget check "$URL"
	[ "$status" = 33 ]
	# Trouble that is no verdict is told even so.
	run2 "$FOURMICA" budget check -q http://127.0.0.1:1/
	[ "$status" = 10 ]
	[ -n "$err" ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	[ ! -e "$FOURMICA_HOME/approvals" ]
}

# ---- set ----

@test 'set lowers a limit in place, and leaves the rest as it was' {
	policy <<-'END'
	{ "version": 1, "note": "ours",
	  "limits": [ {"name":"request",  "amount" : "0.10usdc"},
	              { "amount": "5usdc", "window": "1d" } ] }
	END
	budget set request 0.05usdc --json
	jq -e '.data | .was == "0.10usdc" and .amount == "0.05usdc" and .added == false and .looser == null' <<<"$output"
	budget set 'limit 2' 4.5usdc
	diff "$FOURMICA_HOME/policy.json" - <<-'END'
	{ "version": 1, "note": "ours",
	  "limits": [ {"name":"request",  "amount" : "0.05usdc"},
	              { "amount": "4.5usdc", "window": "1d" } ] }
	END
}

@test 'set adds a limit as the others are laid out' {
	budget set hour 0.20usdc --window 1h --per seller
	diff "$FOURMICA_HOME/policy.json" - <<-'END'
	{
	  "version": 1,
	  "new_sellers": "pin",
	  "limits": [
	    { "name": "request", "amount": "0.10usdc" },
	    { "name": "day", "amount": "1usdc", "window": "1d" },
	    { "name": "hour", "amount": "0.20usdc", "window": "1h", "per": "seller" }
	  ]
	}
	END
	[ "$(stat -c %a "$FOURMICA_HOME/policy.json")" = 600 ]
	policy <<<'{ "version": 1, "limits": [] }'
	budget set request 0.01usdc --yes
	[ "$(jq -c .limits "$FOURMICA_HOME/policy.json")" = '[{"name":"request","amount":"0.01usdc"}]' ]
	policy <<<'{ "version": 1 }'
	budget set request 0.01usdc --yes
	[ "$(jq -c .limits "$FOURMICA_HOME/policy.json")" = '[{"name":"request","amount":"0.01usdc"}]' ]
}

@test 'set allows more only with the word of whom the wallet belongs to' {
	limits '{ "name": "day", "amount": "1usdc", "window": "1d" }'
	before=$(cat "$FOURMICA_HOME/policy.json")
	run2 "$FOURMICA" budget set day 2usdc
	[ "$status" = 5 ]
	[ "$(cat "$FOURMICA_HOME/policy.json")" = "$before" ]
	# The wallet is bound to its rules from now on; the word accepts the new ones.
	pay "$URL"
	budget set day 2usdc --yes --json
	[[ "$(json data.looser)" == *day* ]]
	grep -q 2usdc "$FOURMICA_HOME/policy.json"
	pay "$URL"
	[ "$(ledger "SELECT count(*) FROM journal WHERE body LIKE '%policy.accepted%'")" = 1 ]
	budget set day 0.5usdc
	pay "$URL"
	# Not what somebody wrote meanwhile.
	sed -i s/0.10usdc/0.50usdc/ "$FOURMICA_HOME/policy.json"
	budget set day 3usdc --yes
	[[ $err == *"policy accept"* ]]
	run2 "$FOURMICA" pay --json "$URL"
	[ "$status" = 30 ]
	[ "$(json error.rule)" = accepted ]
}

@test 'set takes the passphrase itself, and accepts with it' {
	echo 4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318 |
		"$FOURMICA" wallet import locked --kdf interactive --from-fd 0 --passphrase-fd 3 -q 3<<<right >/dev/null
	run2 "$FOURMICA" budget set day 2usdc --yes --wallet locked
	[ "$status" = 5 ]
	run2 "$FOURMICA" budget set day 2usdc --wallet locked --passphrase-file <(echo wrong)
	[ "$status" = 4 ]
	[ ! -e "$FOURMICA_HOME/policy.json" ]
	run2 "$FOURMICA" budget set day 2usdc --wallet locked --passphrase-file <(echo right)
	[ "$status" = 0 ]
}

@test 'set refuses what makes no policy' {
	limits '{ "name": "rate", "count": 4, "window": "1m" }'
	before=$(cat "$FOURMICA_HOME/policy.json")
	run2 "$FOURMICA" budget set rate 1usdc
	[ "$status" = 2 ]
	run2 "$FOURMICA" budget set nothing 1usdc
	[ "$status" = 2 ]
	[[ $err == *--window* ]]
	run2 "$FOURMICA" budget set request 1usdc --window 1d
	[ "$status" = 2 ]
	run2 "$FOURMICA" budget set x 1usdc --window nonsense
	[ "$status" = 3 ]
	run2 "$FOURMICA" budget set x 1base --window 1d
	[ "$status" = 3 ]
	[ "$(cat "$FOURMICA_HOME/policy.json")" = "$before" ]
}
