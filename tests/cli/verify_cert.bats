# SPDX-License-Identifier: MIT
# `verify-cert`: every form, every check by its word and exit status, expectations, batches. Needs
# neither sandbox nor home, but for the last tests.
# shellcheck disable=SC2016 # inner shells expand for themselves
load common

setup() {
	fresh_home
	VECTORS=$ROOT/tests/vectors
	VALID=$VECTORS/certificates_valid.json
	CERT=$BATS_TEST_TMPDIR/cert
	# Anybody who looks into this home fails.
	mkdir -m 700 "$FOURMICA_HOME"
	for name in config.json policy.json ledger.db; do
		echo 'not to be read' >"$FOURMICA_HOME/$name"
		chmod 666 "$FOURMICA_HOME/$name"
	done
}

# Case N of a file: the object, and the options that say whom to believe in $trust.
vector() { # FILE N
	jq -ce --argjson n "$2" '.cases[$n] | {claims, signature}' "$1" >"$CERT"
	mapfile -t trust < <(jq -r --argjson n "$2" '.cases[$n] as $c | .contexts[$c.context] |
		"--key", ($c.public_key // .public_key), "--chain-id", .chain_id,
		"--vault", .contract_address' "$1")
}

valid() { # [N]
	vector "$VALID" "${1:-0}"
}

decoded() { # N FIELD
	jq -er --argjson n "$1" --arg f "$2" '.cases[$n].decoded[$f]' "$VALID"
}

verify() {
	fm verify-cert "$CERT" "${trust[@]}" --json "$@"
	is_document fourmica.verify-cert/1 "$status"
	[ -z "$stderr" ]
}

refused() { # EXIT RULE OPTION...
	local exit=$1 rule=$2
	shift 2
	verify "$@"
	is_refusal "$exit" "$rule"
}

differs() { # FIELD EXPECTED ACTUAL, of a refusal for an expectation or the domain
	[ "$(js .data.field)" = "$1" ] || { show; return 1; }
	[ "$(jq -r .data.expected <<<"$output")" = "$2" ] || { show; return 1; }
	[ "$(js .data.actual)" = "$3" ] || { show; return 1; }
}

# Every case of a file: the certificate in $CERT, its options in $trust, $name, $rule, the options of
# its expectation in $expect, what it decodes to in $decoded; then FUNCTION.
each_case() { # FILE FUNCTION
	local cert key chain vault expect_words count=0
	while IFS=$'\t' read -r name key chain vault rule expect_words decoded cert; do
		printf '%s\n' "$cert" >"$CERT"
		trust=(--key "$key" --chain-id "$chain" --vault "$vault")
		read -ra expect <<<"$expect_words"
		"$2" || { echo "$name"; show; return 1; }
		count=$((count + 1))
	done < <(jq -r '.contexts as $contexts | .cases[] | . as $c | $contexts[.context] |
		[$c.name, $c.public_key // .public_key, .chain_id, .contract_address, $c.fails_at // "none",
		 ([$c.expectation // {} | to_entries[] | "--expect-" + ({user_address: "payer",
			recipient_address: "recipient", asset_address: "asset", req_id: "req-id"}[.key] // .key),
			if .key == "amount" then .value + "base" else .value end] | join(" ") |
			if . == "" then " " else . end),
		 ($c.decoded | tojson), ($c | {claims, signature} | tojson)] |
		map(tostring | gsub("\t"; " ")) | join("\t")' "$1")
	[ "$count" = "$(jq '.cases | length' "$1")" ]
}

# $status and $output are those of a refusal.
is_refusal() { # EXIT RULE
	jq -e --argjson exit "$1" --arg rule "$2" --argjson status "$status" '
		$status == $exit and .exit == $exit and .error.rule == $rule and .data.rule == $rule and
		.data.verified == false and .error.category == "signature" and .error.code ==
			{"60": "cert_invalid", "61": "cert_mismatch", "62": "cert_unknown_key"}[$exit | tostring]
		' <<<"$output" >/dev/null || { show; return 1; }
}

# A receipt as `pay` writes it, of case N.
receipt() { # N
	jq -ce --argjson n "${1:-0}" '.cases[$n] as $c | .contexts[$c.context] as $x | $c.decoded as $d |
		{ schema: "fourmica.receipt/1", id: "p1", scheme: "4mica-credit",
		  network: "eip155:\($x.chain_id)", payer: $d.user_address, pay_to: $d.recipient_address,
		  asset: $d.asset_address, amount: $d.amount, req_id: $d.req_id,
		  payment: { x402Version: 1, payload: { claims: ($d + { version: "v\($d.version)",
			timestamp: ($d.timestamp | tonumber) } | del(.domain, .cycle_id, .cycle_id_text) |
			if .validation_chain_id then .validation_chain_id |= tonumber else . end),
			signature: "0x00", scheme: "eip712" } },
		  core: { public_key: $x.public_key, vault: $x.contract_address },
		  certificate: ($c | {claims, signature}) }' "$VALID"
}

# ---- verdicts ----

is_valid() {
	fm verify-cert "$CERT" "${trust[@]}" --json
	[ "$status" = 0 ] && jq -e --argjson d "$decoded" '.ok and (.data |
		.verified and .anchor == "given" and .rule == null and .field == null and
		.form == "envelope" and .version == $d.version and .domain == $d.domain and
		.payer == $d.user_address and .recipient == $d.recipient_address and
		.amount.amount == $d.amount and .amount.asset == $d.asset_address and
		.asset == $d.asset_address and .req_id == $d.req_id and .cycle.id == $d.cycle_id and
		.cycle.text == $d.cycle_id_text and
		(if $d.version == 2 then .validation.job_hash == $d.job_hash and
			.validation.required_validation_tag == $d.required_validation_tag and
			.validation.validator_agent_id == $d.validator_agent_id
		else .validation == null end))' <<<"$output" >/dev/null
}
@test "all valid certificates, with nothing but key, chain and vault" {
	each_case "$VALID" is_valid
}

is_refused_at() {
	local exit=60
	case $rule in domain | expectation) exit=61 ;; esac
	fm verify-cert "$CERT" "${trust[@]}" "${expect[@]}" --json
	is_refusal "$exit" "$rule"
}
@test "all wrong points and signatures, by the check that fails" {
	each_case "$VECTORS/certificates_invalid_points.json" is_refused_at
}
@test "all wrong encodings and contents, by the check that fails" {
	each_case "$VECTORS/certificates_invalid_encoding.json" is_refused_at
}

is_legacy() {
	fm verify-cert "$CERT" "${trust[@]}" --json
	[ "$status" = 60 ] || return 1
	fm verify-cert "$CERT" "${trust[@]}" --legacy --json
	[ "$status" = 0 ] && [ "$(js .data.form)" = legacy ]
}
@test "older forms only with --legacy" {
	each_case "$VECTORS/certificates_legacy_forms.json" is_legacy
}

@test "an unknown cycle is a warning, a time beyond the calendar, too" {
	jq '[.cases[].name] | index("v1_max_values")' "$VALID" >"$BATS_TEST_TMPDIR/n"
	valid "$(cat "$BATS_TEST_TMPDIR/n")"
	verify
	ends_with_status 0
	holds "$(js '.warnings[0]')" "unknown cycle"
	holds "$(js '.warnings[1]')" "9007199254740991"
	[ "$(jq -c '[.data.cycle.text, .data.cycle.start, .data.timestamp]' <<<"$output")" = '[null,null,null]' ]
	valid
	verify
	[ "$(jq -c .warnings <<<"$output")" = '[]' ]
	[ "$(js .data.cycle.start)" = 2027-04-19T00:00:00Z ]
	[ "$(js .data.cycle.length_seconds)" = 86400 ]
}

# ---- forms ----

form() { # TEXT SOURCE
	printf '%s' "$1" >"$CERT"
	verify
	ends_with_status 0
	[ "$(js .data.source)" = "$2" ]
}

@test "both cases of hex, with 0x or without" {
	valid
	json=$(cat "$CERT")
	form "$(jq -c '.claims |= .[2:] | .signature |= .[2:]' <<<"$json")" certificate
	form "$(jq -c '.claims |= "0x" + (.[2:] | ascii_upcase)' <<<"$json")" certificate
	form "$(jq . <<<"$json")" certificate
	trust[1]=${trust[1]#0x}
	form "$json" certificate
	trust[1]=${trust[1]^^}
	form "$json" certificate
}

@test "claims and signature as options" {
	valid
	fm verify-cert --claims "$(jq -r .claims "$CERT")" --signature "$(jq -r .signature "$CERT")" \
		"${trust[@]}" --json
	ends_with_status 0
	[ "$(js .data.source)" = options ]
	for halves in --claims --signature; do
		fm verify-cert "$halves" 0x00 "${trust[@]}"
		ends_with_status 2
	done
	fm verify-cert --claims 0xzz --signature 0x00 "${trust[@]}" --json
	ends_with_status 60
	[ "$(js .error.rule)" = hex ]
}

@test "answers: payment-response value, its header line, facilitator, a saved response" {
	valid
	json=$(cat "$CERT")
	answer=$(jq -c '{success: true, error: null, txHash: null, networkId: "eip155:84532", certificate: .}' <<<"$json")
	value=$(base64 -w0 <<<"$answer")
	form "$answer" answer
	form "$value" answer
	form "PAYMENT-RESPONSE: $value" answer
	form $'HTTP/1.1 200 OK\r\nX-Payment-Response: '"$value"$'\r\n\r\nbody' answer
	form $'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n'"$answer" answer
	form "$(jq -c '{success: true, guarantee: .}' <<<"$json")" answer
	form "$(jq -c '{success: true, certificate: null, extra: {certificate: .}}' <<<"$json")" answer
	printf '{"success":true}' >"$CERT"
	refused 60 missing
	printf '{"success":false,"error":"no collateral"}' >"$CERT"
	refused 60 missing
	[ "$(js .error.seller_reason)" = "no collateral" ]
	for text in '' hello '{' '{"a":1,"a":2}' '[]' '{"schema":"fourmica.quote/1"}'; do
		printf '%s' "$text" >"$CERT"
		refused 60 input
	done
}

@test "standard input is read only when it is named" {
	valid
	run --separate-stderr "$FOURMICA" verify-cert - "${trust[@]}" <"$CERT"
	ends_with_status 0
	run --separate-stderr "$FOURMICA" verify-cert "${trust[@]}" <"$CERT"
	ends_with_status 2
	holds "$stderr" "needs a certificate"
	fm verify-cert - --quote - "${trust[@]}"
	ends_with_status 2
	fm verify-cert "$CERT" --batch "$CERT" "${trust[@]}"
	ends_with_status 2
}

@test "a receipt is held against its own payment" {
	for n in 0 10; do
		valid "$n"
		receipt "$n" >"$CERT"
		verify
		ends_with_status 0
		[ "$(js .data.source)" = receipt ]
	done
	# The certificate of another payment: the first term that differs is told.
	valid
	receipt | jq -c --slurpfile v "$VALID" '.certificate = ($v[0].cases[3] | {claims, signature})' >"$CERT"
	refused 61 expectation
	differs payer "$(decoded 0 user_address)" "$(decoded 3 user_address)"
	receipt | jq -c '.amount = "1"' >"$CERT"
	refused 60 input
	receipt | jq -c '.certificate = null' >"$CERT"
	refused 60 missing
	# An option does not make the receipt's own payment true.
	receipt | jq -c '.amount = "7" | .payment.payload.claims.amount = "7"' >"$CERT"
	refused 61 expectation --expect-amount 1.5usdc
	differs amount 7 1500000
}

@test "a receipt names chain and vault; its key is believed only when the user names it" {
	valid
	receipt >"$CERT"
	key=${trust[1]}
	fm verify-cert "$CERT" --key "$key" --json
	ends_with_status 0
	[ "$(js .data.chain_id)" = 84532 ]
	holds "$(js .data.trust)" "receipt's own word"
	# A vault may be configured to another domain than its constructor computes; the receipt has it.
	receipt | jq -c --arg domain "$(decoded 0 domain)" --arg other "$(decoded 0 recipient_address)" \
		'.core.domain_v1 = $domain | .core.vault = $other' >"$CERT"
	fm verify-cert "$CERT" --key "$key" --json
	ends_with_status 0
	fm verify-cert "$CERT" --key "$key" --vault "$(decoded 0 recipient_address)" --json
	ends_with_status 61
	receipt >"$CERT"
	rm -r "$FOURMICA_HOME"
	fm verify-cert "$CERT" --json
	ends_with_status 62
	[ "$(js .error.rule)" = untrusted_key ]
	[ "$(js .data.anchor)" = none ]
	holds "$(js .error.hint)" "--key $key"
	[ "$(js .data.payer)" = "$(decoded 0 user_address)" ]
	[ ! -e "$FOURMICA_HOME" ]
	# Another key than the receipt's: the pairing fails, and the receipt's is named.
	other=$(jq -r '.contexts[1].public_key' "$VALID")
	fm verify-cert "$CERT" --key "$other" --json
	ends_with_status 60
	[ "$(js .error.rule)" = pairing ]
	holds "$(js .error.hint)" "--key $key"
}

# ---- whom to believe ----

@test "--domain instead of chain and vault" {
	valid 10
	fm verify-cert "$CERT" --key "${trust[1]}" --domain "$(decoded 10 domain)" --json
	ends_with_status 0
	[ "$(jq -c '[.data.chain_id, .data.vault]' <<<"$output")" = '[null,null]' ]
	trust=(--key "${trust[1]}" --domain "$(decoded 0 domain)")
	refused 61 domain
	differs domain "$(decoded 0 domain)" "$(decoded 10 domain)"
	fm verify-cert "$CERT" "${trust[@]}" --domain 0x12
	ends_with_status 2
}

@test "a key alone says what is missing; networks must agree" {
	valid
	key=${trust[1]} vault=${trust[5]}
	fm verify-cert "$CERT" --key "$key"
	ends_with_status 2
	holds "$stderr" "--chain-id and --vault are missing"
	fm verify-cert "$CERT" --key "$key" --chain-id 84532
	holds "$stderr" "--vault is missing"
	fm verify-cert "$CERT" --key "$key" --vault "$vault"
	holds "$stderr" "--chain-id is missing"
	fm verify-cert "$CERT" --key "$key" --vault "$vault" --network base-sepolia
	ends_with_status 0
	fm verify-cert "$CERT" --key "$key" --vault "$vault" --network base-sepolia --chain-id 8453
	ends_with_status 2
	# The home is needed for these, and it is broken.
	for options in "--key nonsense" "--network nonsense --key $key" "--vault $vault" ""; do
		# shellcheck disable=SC2086 # words
		fm verify-cert "$CERT" $options
		ends_with_status 3
	done
	rm -r "$FOURMICA_HOME"
	fm verify-cert "$CERT" --key nonsense
	ends_with_status 2
	holds "$stderr" "96 hex digits or the name of a network"
	fm verify-cert "$CERT" --key base-sepolia --json
	ends_with_status 62
	[ "$(js .error.rule)" = untrusted_key ]
	[ "$(js .data.chain_id)" = 84532 ]
	fm verify-cert "$CERT" --key base-sepolia --network base
	ends_with_status 2
}

@test "with nobody to believe, what is wrong in itself is still told first" {
	rm -r "$FOURMICA_HOME"
	vector "$VECTORS/certificates_invalid_points.json" \
		"$(jq '[.cases[].name] | index("signature_infinity")' "$VECTORS/certificates_invalid_points.json")"
	trust=()
	refused 60 infinity
	valid
	trust=()
	refused 62 untrusted_key
}

@test "nothing of the home is opened with key, chain and vault" {
	valid
	export FOURMICA_HOME=relative/and/refused
	unset HOME
	verify --expect-amount 1.5usdc
	ends_with_status 0
	[ -z "$FOURMICA_SAN" ] && command -v strace >/dev/null || return 0
	export FOURMICA_HOME=$BATS_TEST_TMPDIR/home
	run strace -f -e trace=open,openat,connect,socket -o "$BATS_TEST_TMPDIR/trace" \
		"$FOURMICA" verify-cert "$CERT" "${trust[@]}"
	[ "$status" = 0 ] || skip "no tracing here"
	run grep -E "$FOURMICA_HOME/|connect|socket|libcurl" "$BATS_TEST_TMPDIR/trace"
	[ "$status" = 1 ]
}

# ---- expectations ----

right() {
	verify "$@"
	ends_with_status 0
}

@test "each expectation, right and wrong" {
	valid
	other=$(decoded 3 user_address)
	right --expect-payer "$(decoded 0 user_address)"
	refused 61 expectation --expect-payer "$other"
	differs payer "$other" "$(decoded 0 user_address)"
	right --expect-recipient "$(decoded 0 recipient_address)"
	refused 61 expectation --expect-recipient "$other"
	differs recipient "$other" "$(decoded 0 recipient_address)"
	right --expect-req-id 7
	right --expect-req-id 0x07
	refused 61 expectation --expect-req-id 8
	differs req_id 8 7
	for time in 1808133483 2027-04-19T11:18:03Z 2027-04-19t11:18:03z 2027-04-19T13:18:03+02:00 \
		2027-04-19T04:48:03-06:30; do
		right --expect-timestamp "$time"
	done
	refused 61 expectation --expect-timestamp 2027-04-19T11:18:04Z
	differs timestamp 1808133484 1808133483
	right --expect-cycle "$(decoded 0 cycle_id)"
	right --expect-cycle "$(decoded 0 cycle_id_text)"
	right --expect-cycle "$(decoded 0 asset_address):1808092800"
	refused 61 expectation --expect-cycle "$(decoded 0 asset_address):1808092801"
	[ "$(js .data.field)" = cycle_id ]
	right --expect-version 1
	refused 61 expectation --expect-version 2
	differs version 2 1
}

@test "amounts and tokens: units, symbols, base" {
	valid
	right --expect-amount 1.5usdc
	right --expect-amount 1500000base --expect-asset usdc
	right --expect-amount 1.50USDC --expect-asset "$(decoded 0 asset_address)"
	refused 61 expectation --expect-amount 1.500001usdc
	differs amount 1500001 1500000
	refused 61 expectation --expect-asset eth
	differs asset 0x0000000000000000000000000000000000000000 "$(decoded 0 asset_address)"
	refused 61 expectation --expect-amount 1.5eth
	differs asset eth "$(decoded 0 asset_address)"
	for options in "--expect-amount 5" "--expect-amount 0.0000001usdc" "--expect-asset nonsense" \
		"--expect-amount 1eth --expect-asset usdc" "--expect-asset 0x12" "--expect-req-id -1" \
		"--expect-version 3" "--expect-cycle 0x12" "--expect-cycle 0x12:5" "--expect-timestamp now" \
		"--expect-timestamp 2027-02-29T00:00:00Z" "--expect-timestamp 2027-04-19" \
		"--expect-timestamp 2027-04-19T24:00:00Z" "--expect-payer 0x12"; do
		# shellcheck disable=SC2086 # words
		fm verify-cert "$CERT" "${trust[@]}" $options
		ends_with_status 2
		[ -z "$output" ]
	done
	# A token nobody knows: base units only.
	jq '[.cases[].name] | index("v1_max_values")' "$VALID" >"$BATS_TEST_TMPDIR/n"
	valid "$(cat "$BATS_TEST_TMPDIR/n")"
	right --expect-amount "$(jq -r '.cases[].decoded | select(.req_id | length == 78).amount' "$VALID")base"
	refused 61 expectation --expect-amount 1usdc
	[ "$(js .data.field)" = asset ]
}

@test "a policy of version 2 from a receipt" {
	valid 10
	receipt 10 >"$BATS_TEST_TMPDIR/receipt"
	right --receipt "$BATS_TEST_TMPDIR/receipt"
	valid 0
	refused 61 expectation --receipt "$BATS_TEST_TMPDIR/receipt"
	differs version 2 1
}

@test "expectations from a receipt, and options that contradict it" {
	valid
	receipt >"$BATS_TEST_TMPDIR/receipt"
	right --receipt "$BATS_TEST_TMPDIR/receipt" --expect-amount 1.5usdc
	# The receipt alone is also the certificate.
	fm verify-cert --receipt "$BATS_TEST_TMPDIR/receipt" "${trust[@]}" --json
	ends_with_status 0
	fm verify-cert "$CERT" "${trust[@]}" --receipt "$BATS_TEST_TMPDIR/receipt" --expect-amount 1usdc
	ends_with_status 2
	holds "$stderr" "--expect-amount says another amount"
	fm verify-cert "$CERT" "${trust[@]}" --receipt "$BATS_TEST_TMPDIR/receipt" \
		--expect-payer "$(decoded 3 user_address)"
	ends_with_status 2
	holds "$stderr" "--receipt says another payer"
	# One without a certificate says what was signed all the same.
	jq -c '.certificate = null' "$BATS_TEST_TMPDIR/receipt" >"$BATS_TEST_TMPDIR/without"
	right --receipt "$BATS_TEST_TMPDIR/without"
	fm verify-cert "$CERT" "${trust[@]}" --receipt "$CERT"
	ends_with_status 3
	fm verify-cert "$CERT" "${trust[@]}" --receipt "$BATS_TEST_TMPDIR/none"
	ends_with_status 74
}

@test "expectations from a quote" {
	export FOURMICA_HOME=$BATS_TEST_TMPDIR/other
	valid
	quote() { # AMOUNT SCHEME
		printf 'HTTP/1.1 402 X\r\n\r\n' >"$BATS_TEST_TMPDIR/402"
		jq -nc --arg amount "$1" --arg scheme "$2" --arg to "$(decoded 0 recipient_address)" \
			--arg asset "$(decoded 0 asset_address)" '{x402Version: 1, accepts: [{scheme: $scheme,
			network: "base-sepolia", maxAmountRequired: $amount, payTo: $to, asset: $asset,
			maxTimeoutSeconds: 60, resource: "https://seller.example/", description: "",
			mimeType: "", extra: {name: "USDC", version: "2"}}]}' >>"$BATS_TEST_TMPDIR/402"
		"$FOURMICA" quote --response "$BATS_TEST_TMPDIR/402" --url https://seller.example/ \
			--save "$BATS_TEST_TMPDIR/quote" >/dev/null 2>&1 || :
	}
	quote 1500000 4mica-credit
	right --quote "$BATS_TEST_TMPDIR/quote"
	right --quote "$BATS_TEST_TMPDIR/quote" --expect-amount 1.5usdc
	fm verify-cert "$CERT" "${trust[@]}" --quote "$BATS_TEST_TMPDIR/quote" --expect-amount 1usdc
	ends_with_status 2
	quote 1500001 4mica-credit
	refused 61 expectation --quote "$BATS_TEST_TMPDIR/quote"
	differs amount 1500001 1500000
	trust[3]=8453
	fm verify-cert "$CERT" "${trust[@]}" --quote "$BATS_TEST_TMPDIR/quote"
	ends_with_status 2
	holds "$stderr" eip155:84532
	quote 1500000 exact
	fm verify-cert "$CERT" "${trust[@]}" --quote "$BATS_TEST_TMPDIR/quote"
	ends_with_status 2
	holds "$stderr" "no certificates"
}

# ---- how it is told ----

@test "for people: the verdict first, then terms, then what anchored trust" {
	valid
	fm verify-cert "$CERT" "${trust[@]}"
	ends_with_status 0
	[ "${lines[0]}" = "Verified:    yes" ]
	holds "$output" "Amount:      1.5 USDC"
	holds "$output" "Text:     $(decoded 0 cycle_id_text)"
	[ "${lines[-1]}" = "Trust:       the key, chain and vault that were given" ]
	lacks "$output" "Batch"
	[ -z "$stderr" ]
	fm verify-cert "$CERT" "${trust[@]}" --expect-version 2
	[ "${lines[0]}" = "Verified:      no" ]
	[ "${lines[1]}" = "Failed check:  expectation" ]
	holds "$stderr" "fourmica: the version is 1, expected 2"
	holds "$stderr" "rule: expectation"
}

@test "every declared field is there, in success and in each failure" {
	fields='["source","verified","rule","field","expected","actual","amount","asset","payer","recipient","req_id","timestamp","version","form","cycle","validation","domain","chain_id","vault","key","anchor","trust","batch"]'
	same() { [ "$(jq -c '.data | keys_unsorted' <<<"$output")" = "$fields" ] || { show; return 1; }; }
	valid 10
	verify
	same
	[ "$(jq -c '.data.cycle | keys' <<<"$output")" = '["id","length_seconds","start","text"]' ]
	[ "$(jq -c '.data.validation | keys | length' <<<"$output")" = 9 ]
	verify --expect-version 1
	same
	fm verify-cert --json
	same
	printf x >"$CERT"
	verify
	same
	fm verify-cert --batch "$CERT" "${trust[@]}" --json
	same
	[ "$(jq -c '.data.batch | keys' <<<"$output")" = '["blank","certificates","invalid","lines","mismatched","unknown_cycles","unknown_key","verified"]' ]
}

@test "standard output closed or full is 74, and it is said" {
	valid
	run --separate-stderr sh -c '"$FOURMICA" verify-cert "$@" >/dev/full' _ "$CERT" "${trust[@]}"
	ends_with_status 74
	run --separate-stderr sh -c '"$FOURMICA" verify-cert --batch "$@" >/dev/full' _ "$CERT" "${trust[@]}"
	ends_with_status 74
	holds "$stderr" "cannot write to standard output"
	run --separate-stderr sh -c '"$FOURMICA" verify-cert --jsonl --batch "$@" >&-' _ "$CERT" "${trust[@]}"
	ends_with_status 74
}

@test "help, and the chapter it points to" {
	fm verify-cert --help
	ends_with_status 0
	holds "$output" "--expect-recipient"
	fm help certificates
	ends_with_status 0
	for rule in $(jq -r '.cases[].fails_at' "$VECTORS"/certificates_invalid_*.json | sort -u) \
		input missing untrusted_key; do
		grep -qw -- "$rule" <<<"$output" || { echo "no $rule"; return 1; }
		grep -qw -- "$rule" "$ROOT/man/fourmica-certificates.7" || { echo "no $rule in man"; return 1; }
	done
}

# ---- batches ----

# All cases of context 0, the valid ones first, as lines.
lines_of() { # FILE...
	jq -c '.cases[] | select(.context == 0 and (has("public_key") or has("expectation") | not)) |
		{claims, signature}' "$@"
}

@test "a batch: one verdict for each line, in their order, the worst is the exit status" {
	valid
	good=$(lines_of "$VALID" | wc -l)
	bad=$(lines_of "$VECTORS/certificates_invalid_encoding.json" | wc -l)
	{
		lines_of "$VALID" "$VECTORS/certificates_invalid_encoding.json"
		echo
		echo 'no certificate'
		printf ' \r\n'
		receipt
		jq -c '{success: true, certificate: .}' "$CERT" | base64 -w0
	} >"$BATS_TEST_TMPDIR/batch"
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --jsonl
	ends_with_status 60
	total=$((good + bad + 5))
	[ "${#lines[@]}" = $((total - 2 + 1)) ]
	jq -es --argjson good "$good" --argjson bad "$bad" --argjson total "$total" '
		.[:-1] as $v | .[-1] as $doc |
		[$v[].line] == ([range(1; $total + 1)] - [$good + $bad + 1, $good + $bad + 3]) and
		all($v[]; .event == "certificate" and (.ts | type == "string")) and
		[$v[].seq] == [range(1; ($v | length) + 1)] and
		all($v[:$good][]; .verified and .exit == 0 and .code == null and .message == null) and
		all($v[$good:$good + $bad][]; (.verified | not) and .rule != null and
			.code == (if .exit == 60 then "cert_invalid" else "cert_mismatch" end)) and
		$v[$good + $bad].rule == "input" and $v[$good + $bad].source == null and
		$v[-2].source == "receipt" and $v[-2].verified and $v[-1].source == "answer" and
		$v[-1].verified and
		($doc.data.batch | .lines == $total and .blank == 2 and .certificates == $total - 2 and
			.verified == $good + 2 and .invalid + .mismatched == $bad + 1 and
			.unknown_key == 0) and
		$doc.data.verified == false and $doc.exit == 60' <<<"$output" || { show; return 1; }
	# The same rules one by one.
	n=0
	for rule in $(jq -rs --argjson good "$good" --argjson bad "$bad" \
		'.[$good:$good + $bad][].rule' <<<"$output"); do
		[ "$rule" = "$(jq -r --argjson n "$n" '[.cases[] | select(.context == 0)][$n].fails_at' \
			"$VECTORS/certificates_invalid_encoding.json")" ]
		n=$((n + 1))
	done
	# Nothing but the counts without --jsonl; lines for people otherwise.
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --json
	is_document fourmica.verify-cert/1 60
	holds "$(js .error.message)" "$((bad + 1)) of $((total - 2)) not verified; line $((good + 1)): "
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}"
	holds "${lines[0]}" "1      verified      1.5 USDC from "
	holds "$output" "Certificates:       $((total - 2))"
}

@test "a batch exits with its worst: 60 over 61 over 62" {
	valid
	cp "$CERT" "$BATS_TEST_TMPDIR/good"
	vector "$VECTORS/certificates_invalid_encoding.json" \
		"$(jq '[.cases[].fails_at] | index("domain")' "$VECTORS/certificates_invalid_encoding.json")"
	cp "$CERT" "$BATS_TEST_TMPDIR/61"
	vector "$VECTORS/certificates_invalid_encoding.json" 0
	cp "$CERT" "$BATS_TEST_TMPDIR/60"
	batch() { # FILE...
		run --separate-stderr "$FOURMICA" verify-cert --batch - "${options[@]}" --json \
			< <(for name in "$@"; do cat "$BATS_TEST_TMPDIR/$name"; done)
	}
	options=("${trust[@]}")
	batch good good
	ends_with_status 0
	[ "$(js .data.verified)" = true ]
	batch good 61
	ends_with_status 61
	batch 61 good 60 61
	ends_with_status 60
	holds "$(js .error.message)" "line 3"
	rm -r "$FOURMICA_HOME"
	options=()
	batch good 61
	ends_with_status 62
	batch good
	ends_with_status 62
	# Nothing at all is not everything verified.
	batch
	ends_with_status 60
	[ "$(js .error.rule)" = missing ]
}

@test "a batch: expectations hold for every line, a receipt's for its own" {
	valid
	{ receipt 0 && receipt 10 && receipt 3; } >"$BATS_TEST_TMPDIR/batch"
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --json
	[ "$(js .data.batch.verified)" -ge 1 ]
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --expect-amount 1.5usdc --jsonl
	ends_with_status 61
	[ "$(jq -cs '[.[:-1][].field]' <<<"$output")" = '[null,"amount","amount"]' ] || { show; return 1; }
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --receipt "$BATS_TEST_TMPDIR/batch"
	ends_with_status 2
}

@test "a batch of receipts of several chains, each under the key that was given for it" {
	valid
	{ receipt 0 && receipt 5 && receipt 0; } >"$BATS_TEST_TMPDIR/batch"
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" --key "${trust[1]}" --jsonl
	ends_with_status 60
	[ "$(jq -cs '[.[:-1][] | [.chain_id, .verified]]' <<<"$output")" = \
		'[[84532,true],[8453,false],[84532,true]]' ] || { show; return 1; }
	[ "$(jq -cs '.[-1].data | [.key, .anchor]' <<<"$output")" = '[null,null]' ]
}

@test "a line that is too long has a verdict of its own, and reading goes on" {
	valid
	{
		cat "$CERT"
		head -c 3000000 /dev/zero | tr '\0' '{'
		echo
		cat "$CERT"
	} >"$BATS_TEST_TMPDIR/batch"
	fm verify-cert --batch "$BATS_TEST_TMPDIR/batch" "${trust[@]}" --jsonl
	ends_with_status 60
	[ "$(jq -cs '[.[:-1][] | [.line, .verified, .rule]]' <<<"$output")" = \
		'[[1,true,null],[2,false,"length"],[3,true,null]]' ] || { show; return 1; }
}

# The program on a pipe that stays open; its verdicts in $BATS_TEST_TMPDIR/out.
open_batch() {
	mkfifo "$BATS_TEST_TMPDIR/in"
	env --default-signal=INT,TERM "$FOURMICA" verify-cert --batch - "${trust[@]}" "$@" \
		<"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	pid=$!
	exec 7>"$BATS_TEST_TMPDIR/in"
}
has_lines() { [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq "$1" ]; }
ends() { # STATUS
	status=0
	wait "$pid" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out") stderr=$(cat "$BATS_TEST_TMPDIR/err")
	ends_with_status "$1"
}

@test "a pipe that pauses gets its verdicts at once" {
	valid
	open_batch --jsonl
	head -c 200 "$CERT" >&7
	sleep 0.2
	has_lines 0
	tail -c +201 "$CERT" >&7
	wait_until has_lines 1
	cat "$CERT" "$CERT" >&7
	wait_until has_lines 3
	printf '{' >&7
	exec 7>&-
	ends 60
	[ "$(tail -1 "$BATS_TEST_TMPDIR/out" | jq -c '[.data.batch.verified, .data.batch.invalid]')" = '[3,1]' ]
}

@test "a batch is ended by a signal" {
	valid
	open_batch --jsonl
	cat "$CERT" >&7
	wait_until has_lines 1
	kill -TERM "$pid"
	ends 143
	exec 7>&-
	[ "$(tail -1 "$BATS_TEST_TMPDIR/out" | jq -c '[.exit, .data.batch.verified]')" = '[143,1]' ]
}

@test "memory does not grow with the number of lines" {
	[ -z "$FOURMICA_SAN" ] || skip "the sanitizer's memory grows"
	valid
	open_batch
	peak() { awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"; }
	copies() { awk -v n="$1" '{ for (i = 0; i < n; i++) print }' "$CERT"; }
	copies 200 >&7
	wait_until has_lines 200
	before=$(peak)
	copies 20000 >&7
	for ((i = 0; i < 60; i++)); do
		has_lines 20200 && break
		sleep 1
	done
	has_lines 20200
	after=$(peak)
	exec 7>&-
	ends 0
	[ "$after" -lt $((before + 512)) ] || { echo "$before KiB became $after KiB"; return 1; }
	[ "$after" -lt 32768 ]
}
