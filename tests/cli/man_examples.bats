# SPDX-License-Identifier: MIT
# Every command line that a manual page shows is run, as it stands there, against the sandbox. What
# stands for something (URL, PAYMENT, an address) is replaced by what the sandbox has; all exceptions
# are in the three tables below. An example that cannot run and is not among them fails.

load common
load sandbox

SECRET='correct horse 71' # in the file pass

# What a text of a page stands for: the text, and what it is here, in the shell's words. In order.
# shellcheck disable=SC2016,SC2088 # expanded when it is used
STANDS_FOR=(
	https://api.example.com/data '$SELLER'
	https://api.example.com/report '$SELLER'
	'https://api.example.com/a\n' '$SELLER\n'
	https://x402.4mica.xyz '$(sb facilitator)'
	http://127.0.0.1:8545 '$(sb rpc)'
	' URL' ' $SELLER'
	PAYMENT '$PAYMENT'
	pay_1f0c9a3e5b7d42680c1e9fa35b7d4268 '$PAYMENT'
	pay_018f... '$PAYMENT'
	pay_018f1b2c3d4e5f60718293a4b5c6d7e8 '$DOUBTFUL'
	0x5cdf9a424a2c386cdb90f790300fd0002abc3e280044f673078a9a2c507848fa '$DEPOSIT'
	ADDRESS '$(sb accounts.ann.address)'
	0x99bF4D5c4Fb1D01F03c3ab05e4213b22A5288713 '$(sb accounts.bob.address)'
	0x99bF... '$(sb accounts.bob.address)'
	1.50usdc 0.01usdc
	0x8d63b540...2f7c4f48 '$(sb bls_public_key)'
	0x8d63... '$(sb bls_public_key)'
	0x56494F29A14f33f0e7559002F5d6d55e930da06A '$(sb vault)'
	0x5649... '$(sb vault)'
	0x036cbd '$CYCLE'
	0x8a41f2c0 '$CYCLE'
	'~/.local/state/fourmica' '$FOURMICA_HOME'
	0f3c...json '$(basename "$FOURMICA_HOME"/approvals/*)'
	/run/secrets/pass '$WORK/pass'
	'pass show eth' 'cat key.txt'
)

# Examples that go on until somebody presses Ctrl-C, and the status that is then.
declare -gA UNTIL=(
	['fourmica audit list --follow --jsonl']=130
	['fourmica cycles watch']=0
)

# Examples that need more than the others: what is done before.
declare -gA FIRST=(
	['fourmica budget approve ~/.local/state/fourmica/approvals/0f3c...json']=asks
	['fourmica budget approve q.json --for 10m && fourmica pay --quote q.json URL']=asks
	['fourmica audit import-cert certificate.json']=sells
	['fourmica reconcile']=decided
	['fourmica reconcile --all']=decided
	['fourmica reconcile --replace']=decided
	['fourmica unlock --for 1h']=has_lock
	['fourmica wallet passwd main']=has_main
	['fourmica wallet export main --v3 main.v3.json']=has_main
	['fourmica wallet passwd ci --passphrase-file old --new-passphrase-file new']=has_ci
	['fourmica wallet import main --from-v3 UTC--2026-06-22.json']=has_v3
	['fourmica completion fish >~/.config/fish/completions/fourmica.fish']=has_fish
)


# Examples that ask at a terminal: what is waited for and what is typed, one behind the other.
declare -gA ANSWERS=(
	['fourmica wallet passwd main']="wallet 'main':|$SECRET|New passphrase:|another one|again:|another one"
	['fourmica wallet export main --v3 main.v3.json']="Type its name|main|wallet 'main':|$SECRET|of the key file:|another one|again:|another one"
	['fourmica wallet import main --from-v3 UTC--2026-06-22.json']="of the key file:|$SECRET|New passphrase:|another one|again:|another one"
)

# Examples that cannot run, and why. Keep it short.
declare -gA CANNOT=(
	['fourmica cycles watch 0x036cbd --jsonl | while read -r line; do ...; done']='the loop is left to the reader'
)

# A policy under which a person has to be asked, and a payment that has asked.
asks() {
	jq '.approve_above = "0.001usdc"' policy.json >asking.json
	cp asking.json "$FOURMICA_HOME/policy.json"
	"$FOURMICA" policy accept --yes -q
	"$FOURMICA" quote --save q.json "$SELLER" -q || [ $? = 30 ]
	"$FOURMICA" pay "$SELLER" -q || [ $? = 30 ]
}
# The wallet that was paid is known here.
sells() {
	"$FOURMICA" wallet watch shop "$(sb accounts.bob.address)" -q
	"$FOURMICA" wallet use ann -q
}
# What Core has locked is of all the copies, so it proves nothing about the payment in doubt.
decided() { "$FOURMICA" reconcile "$DOUBTFUL" --mark paid --reason 'the seller said so' --yes -q; }
has_lock() {
	"$FOURMICA" wallet new locked --kdf interactive -q
	"$FOURMICA" wallet use locked -q
}
new_wallet() { "$FOURMICA" wallet new "$1" --kdf interactive --passphrase-file pass -q; }
has_main() { new_wallet main; }
has_ci() {
	new_wallet ci
	mv pass old
	(umask 077; echo 'another one' >new)
}
has_v3() {
	new_wallet other
	"$FOURMICA" wallet export other --v3 UTC--2026-06-22.json --v3-passphrase-file pass \
		--passphrase-file pass --confirm other -q
}
has_fish() { mkdir -p ~/.config/fish/completions; }

# What there is when a page's example is run: a wallet that has paid, owes, and doubts; and the files
# pages speak of. Each example gets a copy.
make_world() {
	SELLER=$(sb sellers.credit_v2)
	cat >policy.json <<-'END'
		{ "version": 1, "limits": [ { "name": "request", "amount": "1usdc" },
		  { "name": "day", "amount": "20usdc", "window": "1d" },
		  { "name": "task", "amount": "2usdc", "per": "task" },
		  { "name": "vault", "amount": "100usdc", "window": "1d", "of": "deposit" },
		  { "name": "ether", "amount": "1eth", "window": "1d", "of": "deposit" },
		  { "name": "debts", "amount": "20usdc", "window": "1d", "of": "clearing" } ] }
	END
	cp policy.json new-policy.json
	cp policy.json "$FOURMICA_HOME"
	"$FOURMICA" config set networks.base-sepolia.clearing_house "$(sb clearing_house)"
	cp "$FOURMICA_HOME/config.json" new-config.json
	"$FOURMICA" policy accept --yes
	"$FOURMICA" deposit 5usdc --yes
	DEPOSIT=$("$FOURMICA" audit export --format json | jq -r '[.[].tx_hash? // empty][-1]')
	"$FOURMICA" pay --json --idempotency-key order-17 -d '{"n":1}' "$SELLER" --cert-out cert.json >paid.json
	PAYMENT=$(jq -r .data.payment_id paid.json)
	"$FOURMICA" pay --task build-17 "$SELLER" >body
	cp cert.json certificate.json
	cp cert.json answer.json
	cp -r "$FOURMICA_HOME/receipts" .
	cp "receipts/$PAYMENT.json" receipt.json
	CYCLE=$(ctl cycle/close '{"pay":3600,"final":7200}' | jq -er '.[0].cycle')
	"$FOURMICA" pay -m 3 "$(sb sellers.hostile)/slow_head" || [ $? = 50 ]
	DOUBTFUL=$("$FOURMICA" audit export --format json | jq -r '[.[] | select(.state == "in_doubt") | .id][-1]')
	curl -si "$SELLER" >challenge.txt
	jq -c .payment receipt.json | base64 -w0 >payment.txt
	cp payment.txt receipt.txt
	printf '{"url":"https://api.example.com/data","amount":"0.05usdc"}\n' | tee cases.json >payments.jsonl
	jq -n --arg user "$(sb accounts.ann.address)" --arg to "$(sb accounts.bob.address)" --arg asset "$(sb usdc)" \
		'{version:"v1",user_address:$user,recipient_address:$to,req_id:"0x77",amount:"0x2710",
			asset_address:$asset,timestamp:(now | floor)}' >claims.json
	(umask 077; printf '%064d\n' 7 >key.txt; echo "$SECRET" >pass)
	declare -p SELLER DEPOSIT PAYMENT CYCLE DOUBTFUL >names
}

setup_file() {
	[ -n "${SANDBOX:-}" ] || return 0
	ctl reset >/dev/null
	WORLD=$BATS_FILE_TMPDIR/world
	mkdir -p "$WORLD"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR home_with_wallet
	cd "$WORLD" || return
	make_world >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log"; return 1; }
	mv "$FOURMICA_HOME" home
	export WORLD FOURMICA_CORE_URL FOURMICA_RPC_URL FOURMICA_NO_INPUT
}
teardown_file() { [ -z "${SANDBOX:-}" ] || ctl reset >/dev/null; }

setup() {
	need_sandbox
	examples=$BATS_TEST_TMPDIR/examples
	"$ROOT/tests/support/documented" --examples "$ROOT/man" >"$examples"
}

# The example, with what stands for something replaced.
made_real() { # TEXT
	local text=$1 i
	for ((i = 0; i < ${#STANDS_FOR[@]}; i += 2)); do
		[[ $text == *"${STANDS_FOR[i]}"* ]] || continue
		text=${text//"${STANDS_FOR[i]}"/"$(eval "printf %s \"${STANDS_FOR[i + 1]}\"")"}
	done
	printf '%s' "$text"
}

# Run one in a copy of the world; what it said is in $WORK/said.
try() { # TEXT
	local seconds=120 terminal=()
	WORK=$(mktemp -d "$BATS_TEST_TMPDIR/work-XXXXXX")
	cp -a "$WORLD/." "$WORK"
	[ -z "${UNTIL[$1]:-}" ] || seconds=6
	(
		cd "$WORK" || exit
		export FOURMICA_HOME=$WORK/home HOME=$WORK FOURMICA_PASSPHRASE_FILE=$WORK/pass
		# shellcheck disable=SC1091 # made above
		. ./names
		[ -z "${FIRST[$1]:-}" ] || ${FIRST[$1]}
		# A person would say yes.
		# shellcheck disable=SC2317 # called by the example
		fourmica() { command "$FOURMICA" --yes "$@"; }
		export -f fourmica
		if [ -n "${ANSWERS[$1]:-}" ]; then
			IFS='|' read -ra terminal <<<"${ANSWERS[$1]}"
			terminal=("$FOURMICA_TESTS/pty" -t 60 "${terminal[@]}" --)
			unset FOURMICA_NO_INPUT FOURMICA_PASSPHRASE_FILE
		fi
		status=0
		timeout --preserve-status -s INT "$seconds" "${terminal[@]}" bash -o pipefail -c "$(made_real "$1")" || status=$?
		"$FOURMICA" lock -q # keys that were unlocked
		exit "$status"
	) >"$WORK/said" 2>&1 </dev/null
}

# All of a list; WRONG is how many ended otherwise, RUN how many were run.
try_all() { # LIST
	local page text status
	WRONG=0 RUN=0
	while IFS=$'\t' read -r page text <&4; do
		[ -z "${CANNOT[$text]:-}" ] || continue
		RUN=$((RUN + 1)) status=0
		try "$text" || status=$?
		[ "$status" = "${UNTIL[$text]:-0}" ] || {
			WRONG=$((WRONG + 1))
			printf '%s: %s\n  status %s\n' "$page" "$text" "$status"
			sed 's/^/  /' "$WORK/said" | tail -12
		}
		rm -rf "$WORK"
	done 4<"$1"
}

@test 'the examples of all pages do what they say' {
	try_all "$examples"
	[ "$WRONG" = 0 ]
	[ "$RUN" -ge 110 ]
}

@test 'an example that does not run is found' {
	mkdir "$BATS_TEST_TMPDIR/man"
	cat >"$BATS_TEST_TMPDIR/man/x.7" <<-'END'
		.Bd -literal
		fourmica decode challenge.txt
		fourmica decode nothing.txt
		.Ed
		.Dl fourmica pay \-\-max\-amount 0.001usdc URL
		.Bd -literal
		fourmica decode challenge.txt \-\-json | jq \e
		  \-e .data.nothing
		.Ed
	END
	"$ROOT/tests/support/documented" --examples "$BATS_TEST_TMPDIR/man" >"$BATS_TEST_TMPDIR/list"
	try_all "$BATS_TEST_TMPDIR/list"
	[ "$RUN" = 4 ]
	[ "$WRONG" = 3 ]
}

@test 'what the tables speak of is in the pages' {
	local text i
	for text in "${!UNTIL[@]}" "${!FIRST[@]}" "${!ANSWERS[@]}" "${!CANNOT[@]}"; do
		cut -f2 "$examples" | grep -qxF -- "$text" || { echo "no example: $text"; return 1; }
	done
	for ((i = 0; i < ${#STANDS_FOR[@]}; i += 2)); do
		grep -qF -- "${STANDS_FOR[i]}" "$examples" || { echo "in no example: ${STANDS_FOR[i]}"; return 1; }
	done
	[ "${#CANNOT[@]}" -le 3 ]
}
