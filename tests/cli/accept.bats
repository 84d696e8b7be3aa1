#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The limit holds against the program that holds the key: a wallet pays from the ledger it is bound
# to, under rules no looser than those accepted with its passphrase. Each way around ends before
# anything is reserved or signed; what was accepted is spent and no more.

# shellcheck disable=SC2154 # output, status, err come from run2
# shellcheck disable=SC2030,SC2031 # some tests have an environment of their own

load sandbox

TIGHT='{"version":1,"limits":[{"name":"request","amount":"0.01usdc"},{"name":"day","amount":"0.02usdc","window":"1d"}]}'
LOOSE='{"version":1,"limits":[{"name":"request","amount":"0.01usdc"},{"name":"day","amount":"9usdc","window":"1d"}]}'

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	URL=$(sb sellers.exact_v2)
	RUN=$BASHPID-$RANDOM
	STATE=$BATS_TEST_TMPDIR
}

pay() { run2 "$FOURMICA" pay --json --yes "$URL?run=$RUN" "$@"; }
# Payment headers the seller saw in this test: the only thing that counts.
seen() { ctl_get 'log?service=seller/exact_v2' | jq --arg q "?run=$RUN" '[.[] | select(.query == $q) | .payments | values | .[]] | length'; }
refused() { # STATUS RULE PIECE
	if [ "$status" != "$1" ] || [ "$(json error.rule)" != "$2" ] ||
		[[ "$(json error.message)" != *"$3"* ]] || [ "$(json error.spent)" != no ]; then
		echo "$status, not $1: $output $err"
		return 1
	fi
}
wallet_file() { echo "$FOURMICA_HOME/wallets/ann.json"; }
bound_to() { jq -r ".spending.${1:-ledger}" "$(wallet_file)"; }
forget() { rm -f "$FOURMICA_HOME"/ledger.*; }

# A home whose wallet was accepted with TIGHT and has used half of it.
half_used() {
	policy <<<"$TIGHT"
	pay
	[ "$status" = 0 ]
	[ "$(seen)" = 1 ]
}

@test 'the first payment binds; looking, and a refused one, do not' {
	run2 "$FOURMICA" quote "$URL"
	[ "$status" = 0 ]
	[ "$(bound_to)" = null ]
	pay --max-amount 0.001usdc
	[ "$status" = 31 ]
	[ "$(bound_to)" = null ]
	pay
	[ "$status" = 0 ]
	[ "$(bound_to)" = "$(ledger "SELECT substr(value, 3) FROM meta WHERE key = 'ledger'")" ]
	[ "$(bound_to policy)" = builtin ]
	run2 "$FOURMICA" wallet show --json
	[ "$(json data.pays_from)" = "0x$(bound_to)" ]
	[ "$(json data.accepted)" = builtin ]
	[ "$(stat -c %a "$(wallet_file)")" = 600 ]
	[ -e "$FOURMICA_HOME/wallets/$(bound_to).head" ]
}

@test 'a looser policy file: 30 until accepted, whatever --yes says; quote says the same' {
	half_used
	policy <<<"$LOOSE"
	pay
	refused 30 accepted "at any seller, no limit as strict as the accepted 'day' 0.02usdc"
	[[ "$(json error.hint)" == *'policy accept'* ]]
	run2 "$FOURMICA" quote --json "$URL"
	refused 30 accepted "0.02usdc"
	[ "$(json data.verdict)" = approve ]
	FOURMICA_POLICY=$FOURMICA_HOME/policy.json pay
	refused 30 accepted "0.02usdc"
	rm "$FOURMICA_HOME/policy.json" # the built-in rules allow more, too
	pay
	refused 30 accepted "0.10usdc"
	[ "$(seen)" = 1 ]
	policy <<<"$TIGHT"
	pay # the other half
	[ "$status" = 0 ]
	pay
	[ "$status" = 32 ]
	[ "$(seen)" = 2 ]
	policy <<<"$LOOSE"
	run2 "$FOURMICA" policy accept
	[ "$status" = 5 ]
	run2 "$FOURMICA" policy accept --dry-run --json
	[ "$status" = 0 ]
	[ "$(json data.changes)" = true ]
	[[ "$(json 'data.looser[0].what')" == *"'day' 0.02usdc"* ]]
	pay
	refused 30 accepted "0.02usdc"
	run2 "$FOURMICA" policy accept --yes --json
	[ "$status" = 0 ]
	pay
	[ "$status" = 0 ]
	[ "$(seen)" = 3 ]
	[ "$(ledger "SELECT count(*) FROM journal WHERE body LIKE '%\"policy.accepted\"%'")" = 1 ]
	run2 "$FOURMICA" policy accept --json
	[ "$(json 'data.changes | tostring')" = false ]
}

@test 'a tighter policy file holds at once, and going back needs nobody' {
	policy <<<"$LOOSE"
	pay
	[ "$status" = 0 ]
	policy <<<'{"version":1,"limits":[{"name":"request","amount":"0.001usdc"},{"name":"day","amount":"9usdc","window":"1d"}]}'
	pay
	[ "$status" = 31 ]
	policy <<<"$LOOSE"
	pay
	[ "$status" = 0 ]
	rm -r "$FOURMICA_HOME/accepted" # the same text needs no copy
	pay
	[ "$status" = 0 ]
}

@test 'the copy of the accepted policy is missing or altered: 30, until accepted again' {
	half_used
	copy=$FOURMICA_HOME/accepted/$(bound_to policy).json
	cmp "$copy" "$FOURMICA_HOME/policy.json"
	[ "$(stat -c %a "$copy")" = 600 ]
	policy <<<"$LOOSE"
	cp "$FOURMICA_HOME/policy.json" "$copy" # "this was accepted"
	pay
	refused 30 accepted 'is not the text that was accepted'
	rm "$copy"
	pay
	refused 30 accepted 'is missing'
	[ "$(seen)" = 1 ]
	run2 "$FOURMICA" policy accept --yes
	[ "$status" = 0 ]
	pay
	[ "$status" = 0 ]
}

@test 'a fresh home with a copy of the wallet: 71, and nothing is made there' {
	half_used
	old=$FOURMICA_HOME
	FOURMICA_HOME=$BATS_TEST_TMPDIR/fresh
	mkdir -m 700 "$FOURMICA_HOME"
	cp -r "$old/wallets" "$FOURMICA_HOME"
	pay
	refused 71 ledger 'there is none'
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 71 ]
	# One that another wallet made there.
	"$FOURMICA" wallet new other --no-passphrase -q >/dev/null
	run2 "$FOURMICA" policy accept --wallet other --yes
	[ "$status" = 0 ]
	[ -e "$FOURMICA_HOME/ledger.db" ]
	for rules in "$TIGHT" "$LOOSE"; do
		policy <<<"$rules"
		pay --wallet ann
		refused 71 ledger 'and this one is 0x'
	done
	[ "$(seen)" = 1 ]
	run2 "$FOURMICA" policy accept --wallet ann --yes
	[ "$status" = 71 ]
}

@test 'the ledger is deleted: the database alone, or with all that is beside it' {
	half_used
	cp -r "$FOURMICA_HOME" "$STATE/kept"
	rm "$FOURMICA_HOME/ledger.db"
	pay
	[ "$status" = 71 ]
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	forget
	pay
	refused 71 ledger 'there is none'
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	# Somebody makes a new one: it is another.
	(FOURMICA_HOME=$STATE/new && export FOURMICA_HOME && mkdir -m 700 "$FOURMICA_HOME" &&
		mkdir -m 700 "$FOURMICA_HOME/wallets" && cp "$STATE/kept/wallets/ann.json" "$FOURMICA_HOME/wallets/" &&
		"$FOURMICA" policy accept --adopt-ledger --yes -q) >/dev/null
	cp "$STATE/new"/ledger.* "$FOURMICA_HOME/"
	pay
	refused 71 ledger 'and this one is 0x'
	[ "$(seen)" = 1 ]
	run2 "$FOURMICA" policy accept --yes
	[ "$status" = 71 ]
	run2 "$FOURMICA" policy accept --adopt-ledger
	[ "$status" = 5 ]
	pay
	[ "$status" = 71 ]
	run2 "$FOURMICA" policy accept --adopt-ledger --yes --json
	[ "$status" = 0 ]
	[ "$(json data.adopts_ledger)" = true ]
	pay
	[ "$status" = 0 ]
	[ "$(seen)" = 2 ]
}

@test 'an older ledger: the database alone, or the whole state' {
	half_used
	mkdir "$STATE/older"
	cp "$FOURMICA_HOME"/ledger.* "$STATE/older"
	pay
	[ "$status" = 0 ]
	pay
	[ "$status" = 32 ]
	mkdir "$STATE/newer"
	cp "$FOURMICA_HOME"/ledger.* "$STATE/newer"
	forget
	cp "$STATE"/older/ledger.* "$FOURMICA_HOME"
	cp "$STATE/newer/ledger.head" "$FOURMICA_HOME"
	pay
	[ "$status" = 71 ]
	[[ "$(json error.message)" == *'older than it was'* ]]
	cp "$STATE/older/ledger.head" "$FOURMICA_HOME"
	pay
	[ "$status" = 71 ]
	[[ "$(json error.message)" == *'older than it was'*"$(bound_to).head" ]]
	run2 "$FOURMICA" quote --json "$URL"
	[ "$status" = 71 ]
	[ "$(seen)" = 2 ]
	# The newest copy put back needs nobody.
	forget
	cp "$STATE"/newer/ledger.* "$FOURMICA_HOME"
	pay
	[ "$status" = 32 ]
	forget
	cp "$STATE"/older/ledger.* "$FOURMICA_HOME"
	run2 "$FOURMICA" policy accept --yes
	[ "$status" = 71 ]
	run2 "$FOURMICA" policy accept --adopt-ledger --yes
	[ "$status" = 0 ]
	pay
	[ "$status" = 0 ]
	[ "$(seen)" = 3 ]
}

# The checksum of a key file, as fourmica-keystore(5) tells it, put right again.
put_right() {
	python3 - "$1" <<-'END'
	import hashlib, json, sys
	f = json.load(open(sys.argv[1]))
	head = "fourmica.key/1\nname %s\naddress %s\ncreated %d\n" % (f["name"], f["address"].lower(), f["created"])
	k = f["kdf"]
	head += "kdf none\n" if k["name"] == "none" else "kdf argon2id %d %d %s\n" % (k["opslimit"], k["memlimit"], k["salt"])
	head += "cipher xchacha20poly1305\n"
	if "spending" in f:
	    head += "spending %s %s\n" % (f["spending"]["ledger"], f["spending"]["policy"])
	f["checksum"] = hashlib.sha256(head.encode() + bytes.fromhex(f["cipher"]["nonce"]) + bytes.fromhex(f["ciphertext"])).hexdigest()
	json.dump(f, open(sys.argv[1], "w"))
	END
}

@test "what a wallet spends from, taken out of its file or altered: the passphrase opens it no more" {
	sb accounts.ann.key >"$STATE/key"
	echo right >"$STATE/pass"
	chmod 600 "$STATE"/key "$STATE"/pass
	"$FOURMICA" wallet remove ann --confirm ann -q >/dev/null
	"$FOURMICA" wallet import ann --from-file "$STATE/key" --kdf interactive --passphrase-file "$STATE/pass" -q >/dev/null
	policy <<<"$TIGHT"
	pay --passphrase-file "$STATE/pass"
	[ "$status" = 0 ]
	[ "$(bound_to)" != null ]
	cp "$(wallet_file)" "$STATE/good"
	policy <<<"$LOOSE"
	loose=$(sha256sum <"$FOURMICA_HOME/policy.json")
	for change in 'del(.spending)' ".spending.policy = \"${loose%% *}\"" '.spending.policy = "builtin"' \
		".spending.ledger = \"$(printf '0%.0s' {1..64})\""; do
		jq "$change" "$STATE/good" >"$(wallet_file)"
		pay --passphrase-file "$STATE/pass" # an accident
		[ "$status" = 3 ]
		put_right "$(wallet_file)"
		pay --passphrase-file "$STATE/pass" # no accident
		case $change in
		*builtin*) refused 30 accepted 'amounts' || refused 30 accepted 'limit' ;;
		*ledger*) [ "$status" = 30 ] || [ "$status" = 71 ] ;;
		*) [ "$status" = 4 ] ;;
		esac
		# Nothing to do, or nothing that can be done.
		run2 "$FOURMICA" policy accept --adopt-ledger --passphrase-file "$STATE/pass" --json
		[ "$status" = 4 ] || [ "$(json 'data.changes | tostring')" = false ]
		pay --passphrase-file "$STATE/pass"
		[ "$status" != 0 ]
	done
	[ "$(seen)" = 1 ]
	cp "$STATE/good" "$(wallet_file)"
	pay --passphrase-file "$STATE/pass"
	refused 30 accepted "0.02usdc"
	# --yes is no passphrase.
	run2 "$FOURMICA" policy accept --yes
	[ "$status" = 5 ]
	echo wrong >"$STATE/pass"
	run2 "$FOURMICA" policy accept --yes --passphrase-file "$STATE/pass"
	[ "$status" = 4 ]
	echo right >"$STATE/pass"
	run2 "$FOURMICA" policy accept --passphrase-file "$STATE/pass"
	[ "$status" = 0 ]
	pay --passphrase-file "$STATE/pass"
	[ "$status" = 0 ]
}

@test 'claims, deposits and raw data pass through the same gate' {
	half_used
	policy <<<"$LOOSE"
	run2 "$FOURMICA" deposit 0.01usdc --json --yes
	refused 30 accepted 0.02usdc
	printf hello >"$STATE/m"
	run2 "$FOURMICA" sign --message "$STATE/m" --yes --json
	refused 30 accepted 0.02usdc
	forget
	policy <<<"$TIGHT"
	run2 "$FOURMICA" deposit 0.01usdc --json --yes
	refused 71 ledger 'there is none'
	run2 "$FOURMICA" sign --message "$STATE/m" --yes --json
	refused 71 ledger 'there is none'
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
}

@test 'payments in disguise: every form is refused, with --yes and with "sign": "any"' {
	half_used
	policy <<<"${TIGHT%\}},\"sign\":\"any\"}"
	run2 "$FOURMICA" policy accept --yes
	[ "$status" = 0 ]
	for form in TransferWithAuthorization ReceiveWithAuthorization CancelAuthorization Permit PermitSingle \
		PermitBatch PermitTransferFrom PermitBatchTransferFrom PermitWitnessTransferFrom \
		PermitBatchWitnessTransferFrom SolGuaranteeRequestClaimsV1 SolGuaranteeRequestClaimsV2 \
		SolGuaranteeRequestClaimsV9; do
		cat >"$STATE/form" <<-END
		{"types":{"EIP712Domain":[{"name":"name","type":"string"}],"$form":[{"name":"value","type":"uint256"}],
		 "Order":[{"name":"inner","type":"${form}[2][]"}]},
		 "primaryType":"$form","domain":{"name":"USDC"},"message":{"value":"1"}}
		END
		run2 "$FOURMICA" sign --typed-data "$STATE/form" --yes --json
		refused 35 raw-signing "$form"
		jq '.primaryType = "Order" | .message = {inner:[]}' "$STATE/form" >"$STATE/inner"
		run2 "$FOURMICA" sign --typed-data "$STATE/inner" --yes --json
		refused 35 raw-signing "$form"
	done
	hex=$(jq -r '.cases[0].eip191_core.message_hex[2:]' "$BATS_TEST_DIRNAME/../vectors/guarantee_v1.json")
	basenc --decode --base16 <<<"${hex^^}" >"$STATE/raw"
	printf '0x%s' "$hex" >"$STATE/text"
	printf 'example.com wants you to sign in with your Ethereum account:\n0x\n' >"$STATE/siwe"
	for message in raw text siwe; do
		run2 "$FOURMICA" sign --message "$STATE/$message" --yes --json
		[ "$status" = 35 ]
		[ "$(json error.rule)" = raw-signing ]
	done
	[ "$(ledger 'SELECT count(*) FROM payment')" = 1 ]
}

@test 'fifty first payments at once: one binding, and all of them inside the limit' {
	policy <<<'{"version":1,"limits":[{"amount":"0.001usdc"},{"name":"day","amount":"0.010usdc","window":"1d"}]}'
	for i in {1..50}; do
		"$FOURMICA" pay -s "$URL?run=$RUN&amount=1000" >/dev/null 2>"$STATE/err-$i" &
		jobs[i]=$!
	done
	paid=0 over=0 other=0
	for i in {1..50}; do
		status=0
		wait "${jobs[i]}" || status=$?
		case $status in
		0) paid=$((paid + 1)) ;;
		32) over=$((over + 1)) ;;
		*) other=$((other + 1)) ;;
		esac
	done
	[ "$paid/$over/$other" = 10/40/0 ] || { echo "$paid/$over/$other"; cat "$STATE"/err-*; false; }
	[ "$(bound_to)" = "$(ledger "SELECT substr(value, 3) FROM meta WHERE key = 'ledger'")" ]
	[ "$(bound_to policy)" = "$(sha256sum <"$FOURMICA_HOME/policy.json" | cut -d' ' -f1)" ]
}

@test 'killed at each step of accepting: the old file or the new one, and the next run goes on' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	half_used
	policy <<<"$LOOSE"
	cp -r "$FOURMICA_HOME" "$STATE/start"
	before=$(bound_to policy)
	after=$(sha256sum <"$FOURMICA_HOME/policy.json" | cut -d' ' -f1)
	KILLAT_LOG=$STATE/log LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" policy accept --yes -q >/dev/null
	total=$(wc -l <"$STATE/log")
	[ "$total" -gt 15 ]
	for ((n = 1; n <= total; n++)); do
		rm -rf "$FOURMICA_HOME"
		cp -r "$STATE/start" "$FOURMICA_HOME"
		status=0
		{ KILLAT_N=$n LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" policy accept --yes -q >/dev/null; } 2>/dev/null || status=$?
		[ "$status" = 137 ] || { echo "step $n: $status"; false; }
		run2 "$FOURMICA" quote --json "$URL"
		case $(bound_to policy) in
		"$before") refused 30 accepted 0.02usdc ;;
		"$after") [ "$status" = 0 ] || { echo "step $n: $status $output"; false; } ;;
		*) false ;;
		esac
		run2 "$FOURMICA" policy accept --yes
		[ "$status" = 0 ] || { echo "step $n: $status $err"; false; }
		[ "$(bound_to policy)" = "$after" ]
		run2 "$FOURMICA" quote -q "$URL"
		[ "$status" = 0 ]
	done
	[ "$(seen)" = 1 ]
}

@test 'killed at each step of the first payment: the wallet opens, and pays when run again' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	printf hello >"$STATE/m"
	cp -r "$FOURMICA_HOME" "$STATE/start"
	claims() { # with --dry-run nothing is bound; a message binds nothing: the exact payment does
		LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" pay -s --idempotency-key "$RUN-$1" "$URL?run=$RUN-$1" >/dev/null
	}
	KILLAT_LOG=$STATE/log claims 0
	last=$(grep -n rename "$STATE/log" | head -1 | cut -d: -f1)
	[ "$last" -gt 5 ]
	for ((n = last - 8; n <= last + 3; n++)); do
		rm -rf "$FOURMICA_HOME"
		cp -r "$STATE/start" "$FOURMICA_HOME"
		status=0
		{ KILLAT_N=$n claims "$n"; } 2>/dev/null || status=$?
		[ "$status" = 137 ]
		"$FOURMICA" wallet show ann -q >/dev/null
		status=0
		claims "$n" 2>/dev/null || status=$?
		[ "$status" = 0 ] || { echo "step $n: $status"; false; }
	done
}
