# SPDX-License-Identifier: MIT
# tests/examples: programs on the installed headers and the shared library alone do what the vectors say.
load common
setup() {
	fresh_home
	examples=$(dirname "$FOURMICA")/examples
	vectors=$ROOT/tests/vectors
	cd "$BATS_TEST_TMPDIR" || return
}

@test "sign_guarantee: the signature of every guarantee vector" {
	count=0
	for file in guarantee_v1.json guarantee_v2.json; do
		while IFS= read -r case; do
			jq -r .request_json <<<"$case" >claims
			run --separate-stderr "$examples/sign_guarantee" "$(jq -r .domain.chainId <<<"$case")" claims \
				< <(jq -r .private_key <<<"$case")
			ends_with_status 0
			[ "$(js .signature)" = "$(jq -r .eip712_signature <<<"$case")" ]
			count=$((count + 1))
		done < <(jq -c '.cases[] | select(.request_json and .domain.name == "4mica" and .domain.version == "1")' \
			"$vectors/$file" | head -20)
	done
	[ "$count" -ge 20 ]
}

@test "sign_guarantee: what it does not sign" {
	jq -r '.cases[0].request_json' "$vectors/guarantee_v1.json" >claims
	run --separate-stderr "$examples/sign_guarantee" 84532 claims <<<"$KEY"
	ends_with_status 2
	holds "$stderr" "another payer"
	[ -z "$output" ]
	run --separate-stderr "$examples/sign_guarantee" 84532 claims <<<"not a key"
	ends_with_status 2
	run --separate-stderr "$examples/sign_guarantee" 84532 none <<<"$KEY"
	[ "$status" -ne 0 ]
	run "$examples/sign_guarantee"
	[ "$status" -eq 2 ]
}

# Key, chain, vault, claims and signature of a certificate vector.
certificate() { # NUMBER
	jq -r --argjson n "$1" '.cases[$n] as $c | .contexts[$c.context] |
		.public_key, .chain_id, .contract_address, $c.claims, $c.signature' "$vectors/certificates_valid.json"
}

@test "verify_certificate: the good ones, and those with one thing changed" {
	for n in 0 1 2 3; do
		mapfile -t words < <(certificate $n)
		run --separate-stderr "$examples/verify_certificate" "${words[@]}"
		ends_with_status 0
		holds "$output" "amount $(jq -r --argjson n $n '.cases[$n].decoded.amount' "$vectors/certificates_valid.json")"
	done
	bad=("${words[@]}") && bad[4]=${words[4]:0:190}0000
	run --separate-stderr "$examples/verify_certificate" "${bad[@]}"
	ends_with_status 60
	bad=("${words[@]}") && bad[1]=8453
	run --separate-stderr "$examples/verify_certificate" "${bad[@]}"
	ends_with_status 61
	[ -z "$output" ]
	bad=("${words[@]}") && bad[0]=00
	run --separate-stderr "$examples/verify_certificate" "${bad[@]}"
	ends_with_status 60
	bad=("${words[@]}") && bad[2]=vault
	run --separate-stderr "$examples/verify_certificate" "${bad[@]}"
	ends_with_status 2
}
