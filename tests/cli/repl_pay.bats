# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # $last is the prompt's
# Payments at the prompt: what is kept between them, and Ctrl-C at each step of one.
load sandbox

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	FOURMICA_TESTS=${FOURMICA_TESTS:-build/tests}
	home_with_wallet
	unset FOURMICA_NO_INPUT
	ctl fund "{\"address\":\"$(sb accounts.ann.address)\",\"credit\":100000000}" >/dev/null
	URL=$(sb sellers.credit_v2)
}

teardown() {
	[ -z "${SANDBOX:-}" ] || clear_faults
}

lines() {
	status=0
	output=$(printf '%s\n' "$@" | timeout 120 "$FOURMICA" repl 2>"$BATS_TEST_TMPDIR/err") || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
}
at_prompt() {
	run env TERM=dumb LC_ALL=C.UTF-8 "$FOURMICA_TESTS/pty" -t 60 "$@" '> ' exit -- "$FOURMICA" repl
}
holds() { [[ $1 == *"$2"* ]] || { printf 'not found: %s\nin: %s\n' "$2" "$1"; return 1; }; }

@test "payments, their ids by \$last, and a task for all of them" {
	lines 'set json' 'set task=nightly' "pay $URL" 'audit show $last.payment_id' "pay $URL" 'budget show --task nightly'
	[ "$status" -eq 0 ] || { echo "$output $err"; false; }
	output=$(grep '^{' <<<"$output")
	[ "$(jq -s -r '.[] | select(.schema == "fourmica.audit.show/1").data | tostring | test("nightly")' <<<"$output")" = true ]
	[ "$(jq -s -r '.[-1].data.tasks[0].payments' <<<"$output")" -eq 2 ]
}

@test "max-amount of set and of the line: the smaller wins" {
	lines 'set max-amount=0.001usdc' "pay $URL --max-amount 1usdc"
	[ "$status" -eq 31 ]
	holds "$err" "set max-amount"
	lines 'set max-amount=1usdc' "pay $URL --max-amount 0.001usdc"
	[ "$status" -eq 31 ]
	lines 'set max-amount=0.001usdc' unset "pay $URL"
	[ "$status" -eq 0 ]
}

@test "set dry-run holds where value moves, and nowhere else" {
	lines 'set dry-run' version 'audit list' "pay $URL --json"
	[ "$status" -eq 0 ] || { echo "$err"; false; }
	[ "$(payments_of)" -eq 0 ]
}
payments_of() { ledger 'SELECT count(*) FROM payment' 2>/dev/null || echo 0; }

@test "explain names every rule of the last refusal" {
	policy <<<'{"version":1,"networks":["eip155:84532"],"new_sellers":"pin","limits":[{"name":"request","amount":"0.5usdc"},
		{"name":"day","amount":"0.001usdc","window":"1d"},{"name":"jobs","amount":"2usdc","per":"task"}]}'
	at_prompt '> ' "pay $URL --task t" '> ' version '> ' 'explain' '> ' 'explain --json'
	[ "$status" -eq 0 ]
	document=$(grep -o '{"schema":"fourmica.explain/1.*' <<<"$output" | tr -d '\r')
	[ "$(jq -r '.data.kind + " " + .data.refusal.command + " " + .data.refusal.rule' <<<"$document")" = 'refusal pay day' ]
	[ "$(jq -c '[.data.refusal.rules[] | [.rule, .refused]]' <<<"$document")" = '[["day",true],["jobs",false]]' ]
	[ "$(jq -r '.data.refusal.offers[0].scheme' <<<"$document")" = 4mica-credit ]
}

@test "connections are kept: one to the seller for all payments" {
	lines "pay $URL -q" "pay $URL -q" "pay $URL -q"
	[ "$status" -eq 0 ]
	path=$(ctl_get 'log?service=seller/credit_v2')
	[ "$(jq '[.[-6:][].remote_port] | unique | length' <<<"$path")" -eq 1 ] || { jq -c '.[-6:]' <<<"$path"; false; }
}

@test "Ctrl-C at each step of a payment: the prompt stays, and says what is in doubt" {
	# before anything was reserved
	ctl fault '{"where":"seller/credit_v2","fault":"delay","arg":20000,"times":1}' >/dev/null
	at_prompt '> ' "pay -v $URL" 'probe: ' ^C 'interrupted' '' 'left > ' "pay $URL -q" '> ' version
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[ "$(payments_of)" -eq 1 ]
	clear_faults
	# reserved, and the signature was not made: the passphrase is asked for
	(umask 077 && sb accounts.ann.key >"$FOURMICA_HOME/key")
	"$FOURMICA" wallet remove ann --confirm ann -q >/dev/null
	"$FOURMICA" wallet import ann --from-file "$FOURMICA_HOME/key" --kdf interactive --passphrase-fd 3 -q 3<<<right >/dev/null
	rm "$FOURMICA_HOME/key"
	"$FOURMICA" policy accept --adopt-ledger --passphrase-fd 3 -q 3<<<right >/dev/null 2>&1
	at_prompt '> ' "pay $URL" "Passphrase of wallet 'ann': " ^C interrupted '' 'left > ' version
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[ "$(ledger "SELECT count(*) FROM payment WHERE state NOT IN ($RELEASED, $PAID)")" -eq 0 ]
	# sent
	ctl fault '{"where":"seller/credit_v2","fault":"delay","arg":20000,"paid":true,"times":1}' >/dev/null
	at_prompt '> ' "pay -v $URL" "Passphrase of wallet 'ann': " right 'sent: ' ^C 'may have moved' '' \
		'min left · 1 in doubt > ' version '> ' "pay $URL -q" '1 in doubt > ' version
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $IN_DOUBT")" -eq 1 ]
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" -eq 2 ]
	# it stays in sight, whatever network lines go to
	at_prompt '1 in doubt > ' 'set network=base' 'MAINNET · 1 in doubt elsewhere > ' version
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "Ctrl-C while the body comes: it was paid, and that is said on a line of its own" {
	url="$(sb sellers.hostile)/half_body?when=paid&settle=1"
	at_prompt '> ' "pay -N '$url'" 'xxxxxxxx' ^C $'\nfourmica: payment' '' 'was sent: interrupted' '' \
		'it was paid' '' '0.99 USDC left > ' version
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" -eq 1 ]
}

@test "a body without a line end does not push the prompt aside" {
	at_prompt '> ' "pay $URL -q"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^base-sepolia' <<<"$output")" -eq 2 ]
	at_prompt '> ' "pay $URL"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^base-sepolia' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^paid ' <<<"$output")" -eq 1 ]
}

@test "ids, sellers, tasks and requests of the ledger are completed" {
	"$FOURMICA" pay "$URL" --task nightly -q >/dev/null
	id=$(ledger 'SELECT id FROM payment')
	[ "$("$FOURMICA" __complete audit show pay_ | cut -f1)" = "$id" ]
	[ "$("$FOURMICA" __complete budget show --task n)" = nightly ]
	[ "$("$FOURMICA" __complete pay http | cut -f1)" = "${URL%/paid}" ]
	[ -n "$("$FOURMICA" __complete verify-cert --expect-req-id '')" ]
	[ -n "$("$FOURMICA" __complete verify-cert --expect-cycle '')" ]
	at_prompt '> ' $'audit sho\tpay\t' "$id" ''
	[ "$status" -eq 0 ]
	grep -q "audit show $id" "$FOURMICA_HOME/history"
}

@test "a task called like a command is completed by each shell, and run by none" {
	task='zz $(touch ran) `touch ran` ${HOME}; touch ran "x" (y)'
	cd "$BATS_TEST_TMPDIR"
	PATH=$(dirname "$FOURMICA"):$PATH
	fourmica pay "$URL" --task "$task" -q >/dev/null
	mkdir functions
	fourmica completion zsh >functions/_fourmica
	line=$'fourmica budget show --task z\t --json >shown-'
	run "$FOURMICA_TESTS/pty" -t 30 'start> ' 'PS1="pro""mpt> "; source <(fourmica completion bash)' \
		'prompt> ' "${line}bash" 'prompt> ' exit -- env PS1='start> ' bash --norc --noprofile -i
	TERM=xterm run "$FOURMICA_TESTS/pty" -t 30 'start> ' "PS1='pro''mpt> '; fpath=($PWD/functions \$fpath); autoload -U compinit; compinit -D -u" \
		'prompt> ' "${line}zsh" 'prompt> ' exit -- env -u PROMPT PS1='start> ' zsh -f -i
	for shell in bash zsh; do
		[ "$(jq -r '.data.tasks[0].task' "shown-$shell")" = "$task" ] || { echo "$shell"; cat "shown-$shell"; false; }
	done
	fourmica completion fish >f.fish
	run fish --no-config -c 'source f.fish; complete -C "fourmica budget show --task z"'
	[ "$(cut -f1 <<<"$output")" = "$task" ]
	[ ! -e ran ]
}

# A line, then what another process does once it was paid, then the line again; the status is the prompt's.
twice() { # COMMAND...
	status=0
	{
		echo "pay $URL -q"
		wait_for_paid
		"$@" >/dev/null
		echo "pay $URL -q"
	} | timeout 60 "$FOURMICA" repl >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
}
tighter() {
	policy <<<'{"version":1,"networks":["eip155:84532"],"new_sellers":"pin","limits":[{"name":"tight","amount":"0.001usdc"}]}'
}
looser() {
	policy <<<'{"version":1,"networks":["eip155:84532"],"new_sellers":"pin","limits":[{"name":"loose","amount":"500usdc"}]}'
}

@test "what another process changes holds for the very next line" {
	twice "$FOURMICA" stop --reason elsewhere -q
	[ "$status" -eq 37 ] || { echo "$status $err"; false; }
	"$FOURMICA" resume --yes -q >/dev/null
	new_ledger
	twice tighter
	[ "$status" -eq 31 ] || { echo "$status $err"; false; }
	holds "$err" tight
	rm "$FOURMICA_HOME/policy.json"
	new_ledger
	twice looser
	[ "$status" -eq 30 ] || { echo "$status $err"; false; }
	rm "$FOURMICA_HOME/policy.json"
	new_ledger
	twice "$FOURMICA" wallet remove ann --confirm ann --yes -q
	[ "$status" -eq 2 ] || { echo "$status $err"; false; }
	holds "$err" "no wallet 'ann'"
}

@test "many payments leave no descriptor open" {
	{
		some
		wait_for_paid 2
		# SQLite closes one of two descriptors of a file only with the other.
		open_files >"$BATS_TEST_TMPDIR/few"
		for i in 1 2 3 4 5; do some; done
		wait_for_paid 12
		open_files >"$BATS_TEST_TMPDIR/many"
	} | timeout 60 "$FOURMICA" repl >/dev/null
	[ -s "$BATS_TEST_TMPDIR/few" ]
	diff "$BATS_TEST_TMPDIR/few" "$BATS_TEST_TMPDIR/many"
}
some() {
	printf '%s\n' "pay $URL -q" "quote $URL -q" 'audit list -q' 'budget show -q' 'wallet list -q' "pay $URL -q"
}
open_files() { # of the prompt whose home is ours
	local dir
	for dir in /proc/[0-9]*; do
		[ "$(cat "$dir/comm" 2>/dev/null)" = fourmica ] || continue
		tr '\0' '\n' <"$dir/environ" 2>/dev/null | grep -qx "FOURMICA_HOME=$FOURMICA_HOME" || continue
		find "$dir/fd" -type l -printf '%l\n' 2>/dev/null | sed 's/:.*//' | sort
	done
}

@test "a ledger that is replaced while the prompt is open is not paid from" {
	{
		echo "pay $URL -q"
		wait_for_paid
		mkdir "$FOURMICA_HOME/old"
		mv "$FOURMICA_HOME"/ledger* "$FOURMICA_HOME/old"
		echo "pay $URL -q"
	} | {
		status=0
		timeout 60 "$FOURMICA" repl >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
		[ "$status" -eq 71 ] || { echo "$status"; cat "$BATS_TEST_TMPDIR/err"; false; }
	}
}
wait_for_paid() { # [COUNT]
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID" 2>/dev/null)" = "${1:-1}" ] && break
		sleep 0.1
	done
	sleep 0.5
}
