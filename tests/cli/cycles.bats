#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Looking at clearing cycles and auditing them, against the sandbox's Core and clearing house. What
# an audit must find is planted before the netting. Every test has wallets of its own.

# shellcheck disable=SC2154 # output, status, err come from run2

load move

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_money '"credit":"50000000"'
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
}

teardown() { sandbox_as_new; }

# A guarantee of this amount; its payment in $PAY, its request id in $REQ.
pays() { # AMOUNT [SELLER [STATUS]]
	local key=key-$RANDOM$RANDOM
	run_json pay -m 10 --idempotency-key "$key" "$(sb "sellers.${2:-credit_v2}")?amount=$1"
	[ "$status" = "${3:-0}" ] || { echo "pay -> $status: $output"; return 1; }
	PAY=$(ledger "SELECT id FROM payment WHERE idem_key = '$key'")
	REQ=0x$(ledger "SELECT hex(req_id) FROM payment WHERE idem_key = '$key'")
}
plant() { ctl cycle/plant "$1" >/dev/null; }
# Net and commit what is open; its name in $CYCLE.
closes() { # [MEMBERS]
	CYCLE=$(ctl cycle/close "{${1:-}}" | jq -r '.[0].cycle')
}
# The audit ends so: finding, direction, difference.
audits() { # STATUS FINDING DIRECTION DIFFERENCE [ARGUMENTS...]
	ends "$1" cycles audit "$CYCLE" "${@:5}"
	local is
	is=$(jq -r '.data | [.finding, .direction, .difference.amount] | join(" ")' <<<"$output")
	[ "$is" = "$2 $3 $4" ] || { echo "not '$2 $3 $4' but '$is': $output"; return 1; }
}
# What would explain it: "cause:payment ...".
explained() { # WORDS
	local is
	is=$(jq -r '[.data.explanations[] | .cause + ":" + (.id // "-")] | sort | join(" ")' <<<"$output")
	[ "$is" = "$1" ] || { echo "not '$1' but '$is': $output"; return 1; }
}
sum_of() { jq -r ".data.sums[] | select(.of == \"$1\") | \"\(.count) \(.amount.amount) \(.counted)\"" <<<"$output"; }
state_now() { ledger "SELECT state || ' ' || evidence FROM payment WHERE id = '$1'"; }
outstanding() { "$FOURMICA" status --json -q | jq -r '.data.assets[] | select(.asset == "USDC").outstanding.amount'; }

# Ann reports to the validation registry, which takes anybody's report.
reports() { # HASH SCORE TAG
	(cd "$BATS_TEST_DIRNAME/../sandbox" && ./node --input-type=module - "$(sb rpc)" "$(sb accounts.ann.key)" "$(sb registry)" "$@") <<-'JS'
		import { createWalletClient, http, parseAbi } from "viem";
		import { privateKeyToAccount } from "viem/accounts";
		const [rpc, key, address, hash, score, tag] = process.argv.slice(2);
		const wallet = createWalletClient({ account: privateKeyToAccount(key), transport: http(rpc) });
		const abi = parseAbi(["function validationResponse(bytes32,uint256,uint8,bytes32,string)"]);
		await wallet.writeContract({
		  address, abi, chain: null, functionName: "validationResponse",
		  args: [hash, 0n, Number(score), hash, tag],
		});
	JS
}

@test 'audit: what was signed is what is charged' {
	pays 10000
	pays 25000
	closes
	audits 0 matched same 0
	jq -e '.data | .role == "NET_DEBTOR" and .amount.amount == "35000" and .own.amount == "35000"
		and .proven and .state == "UNPAID" and .explanations == []' <<<"$output"
	[ "$(sum_of certified)" = '2 35000 true' ]
}

@test 'audit: not netted yet, unknown to Core, without a part in it' {
	pays 10000
	CYCLE=$(ctl_get cycles | jq -r '.[0].cycle')
	ends 39 cycles audit "$CYCLE"
	says 'is not netted yet'
	ends 2 cycles audit 0x036cbd53842c5426634e7929541ec2318f3dcf7e:1777248000
	says 'does not know cycle'
	closes
	"$FOURMICA" wallet new other --no-passphrase -q >/dev/null
	ends 2 cycles audit "$CYCLE" --wallet other
	says 'has no part in cycle'
}

@test 'audit: an extra guarantee that nobody signed' {
	pays 10000
	plant "{\"kind\":\"extra\",\"user\":\"$ME\",\"recipient\":\"$(sb accounts.bob.address)\",\"amount\":\"7000\"}"
	closes
	audits 64 surplus more 7000
	explained ''
	says 'this wallet owes 0.017 USDC, by its own records it owes 0.01 USDC: 0.007 USDC too much is charged'
	jq -e '.error.rule == "audit" and .error.code == "statement_surplus" and .error.spent == "no"' <<<"$output"
}

@test 'audit: one accepted twice is named, among others of other amounts' {
	pays 10000
	pays 25000
	plant "{\"kind\":\"replay\",\"req_id\":\"$REQ\"}"
	closes
	audits 64 surplus more 25000
	explained "accepted_twice:$PAY"
}

@test 'audit: one that was signed is missing' {
	pays 10000
	plant "{\"kind\":\"missing\",\"req_id\":\"$REQ\"}"
	local left_out=$PAY
	pays 25000
	closes
	audits 65 missing less 10000
	explained "left_out:$left_out"
	jq -e '.error.code == "statement_missing"' <<<"$output"
}

@test 'audit: a changed amount, up and down' {
	pays 10000
	plant "{\"kind\":\"amount\",\"req_id\":\"$REQ\",\"amount\":\"13000\"}"
	closes
	audits 64 surplus more 3000
	explained ''
	pays 10000
	plant "{\"kind\":\"amount\",\"req_id\":\"$REQ\",\"amount\":\"6000\"}"
	closes
	audits 66 differs less 4000
	explained ''
	jq -e '.error.code == "statement_amount"' <<<"$output"
}

@test 'audit: equal prices: every one that could have been accepted twice is counted' {
	for _ in 1 2 3; do pays 10000; done
	plant "{\"kind\":\"replay\",\"req_id\":\"$REQ\"}"
	closes
	audits 64 surplus more 10000
	jq -e '.data.explanation_count == 3 and (.data.explanations | map(.cause) | unique == ["accepted_twice"])' <<<"$output"
}

@test 'audit: one of version 2 that is pending stays out; once validated it explains itself' {
	pays 10000
	pays 20000 credit_v2_validated
	closes
	audits 0 matched same 0
	[ "$(sum_of v2_given)" = '1 20000 false' ]
	[ "$(sum_of certified)" = '1 10000 true' ]
	pays 10000
	pays 20000 credit_v2_validated
	ctl guarantee "{\"req_id\":\"$REQ\",\"status\":\"FINALIZED_PAYABLE\"}" >/dev/null
	closes
	audits 0 explained more 20000
	explained "validated:$PAY"
	jq -e '.data.only' <<<"$output"
	# Settled, it is outstanding no more; the one that is pending in the other cycle is.
	ends 0 cycles pay "$CYCLE" --yes
	ctl chain '{"mine":40}' >/dev/null
	audits 0 explained more 20000 --record
	jq -e '.data.settled and .data.cleared == 2' <<<"$output"
	[ "$(outstanding)" = 30000 ]
}

@test 'audit: a flat position has no proof' {
	pays 10000
	plant "{\"kind\":\"extra\",\"user\":\"$(sb accounts.bob.address)\",\"recipient\":\"$ME\",\"amount\":\"10000\"}"
	closes
	ends 2 cycles proof "$CYCLE"
	says 'is flat: it has no leaf'
	# What Bob gave was not imported: by the wallet's own records it owes.
	audits 65 missing less 10000
	jq -e '.data.role == "FLAT" and .data.state == "FINALIZED" and .data.proven == false' <<<"$output"
	advises 'import its certificates'
}

@test 'audit: a payment in doubt that was charged is told, and recorded only when asked for' {
	pays 10000
	ctl fault '{"where":"seller/credit_v2","fault":"drop_after_accept","paid":true,"times":0}' >/dev/null
	pays 20000 credit_v2 50
	clear_faults
	closes
	audits 0 explained more 20000
	explained "in_doubt:$PAY"
	jq -e '.data.only and .data.charged == null' <<<"$output"
	[ "$(state_now "$PAY")" = "$IN_DOUBT " ]
	audits 0 explained more 20000 --record
	jq -e '.data.charged == 1 and .data.settled == false and .data.cleared == 0' <<<"$output"
	[ "$(state_now "$PAY")" = "$PAID charged" ]
	ends 0 audit verify
	audits 0 matched same 0
	[ "$(sum_of certified)" = '2 30000 true' ]
}

@test 'audit: one in doubt that was never accepted explains nothing' {
	ctl fault '{"where":"seller/credit_v2","fault":"drop_before_accept","paid":true,"times":0}' >/dev/null
	pays 20000 credit_v2 50
	clear_faults
	pays 10000
	closes
	audits 0 matched same 0
	[ "$(sum_of doubtful)" = '1 20000 false' ]
}

@test 'audit: paid without a certificate, it counts in the cycle it was signed in' {
	policy <<<'{"version":1,"networks":["eip155:84532"],"evidence":"receipt","limits":[{"name":"day","amount":"5usdc","window":"1d"}]}'
	accept_policy
	ctl fault '{"where":"facilitator","fault":"pass_unverified","times":0}' >/dev/null || :
	clear_faults
	pays 10000
	ledger_write "UPDATE payment SET cycle_hint = NULL, evidence = 'receipt_only' WHERE id = '$PAY'"
	closes
	audits 0 matched same 0
	[ "$(sum_of presumed)" = '1 10000 true' ]
}

@test 'audit: settled at a safe block, its payments are outstanding no more' {
	pays 10000
	pays 20000
	closes
	[ "$(outstanding)" = 30000 ]
	audits 0 matched same 0 --record
	jq -e '.data.settled == false and .data.cleared == 0' <<<"$output"
	[ "$(outstanding)" = 30000 ]
	ends 0 cycles pay "$CYCLE" --yes
	# In a block, and not yet in one that is safe.
	audits 0 matched same 0 --record
	jq -e '.data.settled == false' <<<"$output"
	ctl chain '{"mine":40}' >/dev/null
	audits 0 matched same 0 --record
	jq -e '.data.settled and .data.cleared == 2 and .data.state == "PAID"' <<<"$output"
	[ "$(outstanding)" = 0 ]
	[ "$(state_now "$PAY")" = "$PAID cleared" ]
	# It can be audited again, and is not cleared twice.
	audits 0 matched same 0 --record
	jq -e '.data.cleared == 0' <<<"$output"
	ends 0 reconcile
	jq -e '.data.payments == []' <<<"$output"
	ends 0 audit verify
}

@test 'audit: with a surplus nothing is recorded' {
	pays 10000
	plant "{\"kind\":\"replay\",\"req_id\":\"$REQ\"}"
	closes
	ends 0 cycles pay "$CYCLE" --yes --accept-difference
	ctl chain '{"mine":40}' >/dev/null
	audits 64 surplus more 10000 --record
	[ "$(outstanding)" = 10000 ]
}

@test 'audit: a proof that is not so is named, whichever member it is' {
	pays 10000
	closes
	for member in amount participant role cycle_id leaf merkle_root proof; do
		ctl fault "{\"where\":\"core\",\"fault\":\"tampered_clearing\",\"arg\":\"$member\",\"times\":1}" >/dev/null
		ends 14 cycles audit "$CYCLE"
		[ -n "$(json error.rule)" ]
	done
	audits 0 matched same 0
}

@test 'list: what ledger, chain and Core know' {
	ends 0 cycles
	jq -e '.schema == "fourmica.cycles.list/1" and .data.cycles == [] and .data.more == false' <<<"$output"
	pays 10000
	ends 0 cycles
	jq -e '.data.cycles | length == 1 and .[0].phase == "OPEN" and .[0].phase_source == "core"
		and .[0].known_from == "ledger" and .[0].asset == "USDC"' <<<"$output"
	closes
	pays 10000
	ends 0 cycles
	jq -e --arg cycle "$CYCLE" '.data.cycles | length == 2 and (.[] | select(.cycle == $cycle) |
		.phase == "PAYMENT_WINDOW_OPEN" and .state == "UNPAID" and .proven and
		.known_from == "ledger committed" and .next == "run: fourmica cycles pay \($cycle)")' <<<"$output"
	ends 0 cycles list --limit 1
	jq -e '.data.more and (.data.cycles | length == 1)' <<<"$output"
	ends 2 cycles list --blocks many
}

@test 'list: a wallet that only sells finds its cycles by their commits' {
	pays 10000
	closes
	rm -rf "$FOURMICA_HOME"
	home_with_wallet
	rm -rf "$FOURMICA_HOME"
	(umask 077 && mkdir "$FOURMICA_HOME" && sb accounts.bob.key >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet import bob --from-file "$FOURMICA_HOME/key" --no-passphrase -q >/dev/null 2>&1
	rm "$FOURMICA_HOME/key"
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)" -q
	ends 0 cycles
	jq -e --arg cycle "$CYCLE" '.data.cycles | length == 1 and (.[0] | .cycle == $cycle and
		.role == "NET_CREDITOR" and .amount.amount == "10000" and .known_from == "committed")' <<<"$output"
}

@test 'show: guarantees with their status, and when it is not certain' {
	pays 10000
	closes '"commit":false'
	ends 0 cycles show "${CYCLE:0:12}"
	jq -e '.data | .phase == "NETTING_COMPUTED" and .phase_source == "core" and .proven == false
		and .committed == false and .guarantee_count == 1
		and (.guarantees[0] | .status == "NETTED" and .status_certain == false)' <<<"$output"
	closes
	ends 0 cycles show "$CYCLE"
	jq -e '.data | .phase == "PAYMENT_WINDOW_OPEN" and .committed and .total_debit.amount == "10000"
		and (.guarantees[0] | .status == "NETTED" and .status_certain)' <<<"$output"
	ends 0 cycles pay "$CYCLE" --yes
	ends 0 cycles show "$CYCLE"
	jq -e '.data.state == "PAID" and .data.guarantees[0].status == "SETTLED"' <<<"$output"
}

@test 'show: of version 2 the registry is read and held against what was signed' {
	pays 20000 credit_v2_validated
	CYCLE=$(ctl_get cycles | jq -r '.[0].cycle')
	ends 0 cycles show "$CYCLE"
	jq -e '.data.guarantees[0] | .version == 2 and .status == "PENDING_VALIDATION" and .status_certain == false
		and .validation.told == false and .validation.registry != null and .validation.score == null' <<<"$output"
	# A report of somebody else than was signed for, at the hash that was signed.
	local pending=$PAY hash
	hash=$(ledger "SELECT header FROM payment WHERE id = '$PAY'" | base64 -d | jq -r '[.. | .validation_request_hash? // empty][0]')
	reports "$hash" 90 tag-of-mine
	ends 0 cycles show "$CYCLE"
	jq -e '.data.guarantees[0].validation | .told and .score == 90 and .tag == "tag-of-mine" and
		.differs == "validator" and .updated_at != null and .validator != .signed_validator' <<<"$output"
	pays 10000
	closes
	ends 0 cycles show "$CYCLE"
	jq -e --arg id "$pending" '.data.guarantees[] | select(.id == $id) | .status == null' <<<"$output"
	jq -e --arg id "$PAY" '.data.guarantees[] | select(.id == $id) | .status == "NETTED"' <<<"$output"
}

@test 'show: neither chain nor Core answers: the clock and the ledger are left' {
	pays 10000
	CYCLE=$(ctl_get cycles | jq -r '.[0].cycle')
	FOURMICA_CORE_URL=http://127.0.0.1:9 FOURMICA_RPC_URL=http://127.0.0.1:9 ends 0 cycles show "$CYCLE"
	jq -e '.data | .phase == "OPEN" and .phase_source == "clock" and .committed == null
		and (.guarantees | length == 1)' <<<"$output"
	jq -e '.warnings | length == 2' <<<"$output"
}

@test 'proof: verified against the root on chain' {
	pays 10000
	closes
	ends 0 cycles proof "$CYCLE"
	jq -e --argjson cycles "$(ctl_get cycles)" --arg me "${ME,,}" '
		($cycles[0].participants[] | select(.participant == $me)) as $mine |
		.data.proven and .data.leaf == $mine.leaf and [.data.proof[].hash] == $mine.proof
		and .data.merkle_root == $cycles[0].root' <<<"$output"
	# Core's lie is named.
	ctl fault '{"where":"core","fault":"tampered_clearing","arg":"amount","times":1}' >/dev/null
	ends 14 cycles proof "$CYCLE"
	[ "$(json error.rule)" = amount ]
	# A flat position has none.
	pays 10000
	ends 39 cycles proof "$(ctl_get cycles | jq -r '.[] | select(.status == "OPEN").cycle')"
}

@test 'watch: tells each change, and ends when the cycle is final' {
	pays 10000
	closes
	env --default-signal=INT "$FOURMICA" cycles watch "$CYCLE" --every 1s --jsonl -q >"$BATS_TEST_TMPDIR/watch" 2>/dev/null 3>&- &
	local pid=$!
	until_true grep -q PAYMENT_WINDOW_OPEN "$BATS_TEST_TMPDIR/watch"
	ends 0 cycles pay "$CYCLE" --yes
	until_true grep -q 'PAYMENT_WINDOW_OPEN, paid' "$BATS_TEST_TMPDIR/watch"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 0 ]
	tail -1 "$BATS_TEST_TMPDIR/watch" | jq -e '.ok and .data.state == "PAID"'
	[ "$(jq -r 'select(.event == "cycle") | .seq' "$BATS_TEST_TMPDIR/watch" | wc -l)" = 2 ]
}

@test 'watch: a cycle that is not committed, at a terminal: the phase and what is waited for' {
	pays 10000
	run timeout 8 "${FOURMICA_TESTS:-build/tests}/pty" -t 3 -- "$FOURMICA" cycles watch
	[[ "$output" == *'OPEN'*'wait for the netting'* ]]
}

@test 'audit show: the status of a guarantee, certain once it is settled' {
	pays 10000
	ends 0 audit show "$PAY"
	jq -e '.data | .status == "FINALIZED_PAYABLE" and .status_certain == false and .certificate' <<<"$output"
	closes
	ends 0 cycles pay "$CYCLE" --yes
	ctl chain '{"mine":40}' >/dev/null
	audits 0 matched same 0 --record
	ends 0 audit show "$PAY"
	jq -e '.data | .status == "SETTLED" and .status_certain and .certificate and .evidence == "cleared" and .state == "paid"' <<<"$output"
	pays 20000 credit_v2_validated
	ends 0 audit show "$PAY"
	jq -e '.data.status == "PENDING_VALIDATION" and .data.status_certain == false' <<<"$output"
}

@test 'show: at most so many guarantees, and how many there are' {
	pays 10000
	pays 20000
	CYCLE=$(ctl_get cycles | jq -r '.[0].cycle')
	ends 0 cycles show "$CYCLE" --limit 1
	jq -e '.data.guarantee_count == 2 and (.data.guarantees | length == 1)' <<<"$output"
	run2 "$FOURMICA" cycles show "$CYCLE" --limit 1
	[[ "$err" == *'Guarantees not shown: 1; --limit N shows more.'* ]]
}

@test 'nobody but Core names the clearing house: its word is used for looking, and that is said' {
	rm "$FOURMICA_HOME/config.json"
	pays 10000
	closes
	ends 0 cycles list
	jq -e '.warnings | map(select(contains("events were not searched"))) | length == 1' <<<"$output"
	ends 0 cycles show "$CYCLE"
	jq -e --arg house "$(sb clearing_house)" '.data.house == $house and .data.committed and .data.proven and
		(.warnings | map(select(contains("only 4Mica Core names the clearing house"))) | length == 1)' <<<"$output"
	audits 0 matched same 0
}

@test 'a wallet whose key is elsewhere: the ledger and the chain are shown, the position needs a sign-in' {
	pays 10000
	closes
	rm -rf "$FOURMICA_HOME/sessions"
	rm "$FOURMICA_HOME"/wallets/*.json
	"$FOURMICA" wallet watch w "$ME" -q >/dev/null
	ends 0 cycles show "$CYCLE"
	jq -e '.data.committed and .data.role == null and .data.guarantee_count == 1 and (.warnings | length == 1)' <<<"$output"
	ends 4 cycles audit "$CYCLE"
}
