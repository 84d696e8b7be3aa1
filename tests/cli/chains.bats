# SPDX-License-Identifier: MIT
# Other chains than Base Sepolia: a second built-in one, one that only config.json knows, and one
# without 4Mica.
# shellcheck disable=SC2016 # inner shells expand for themselves
load sandbox
setup() { need_sandbox; }

SANDBOX_RUN=$BATS_TEST_DIRNAME/../sandbox/run

# Runs in a sandbox of its own, on the chain id given.
on_chain() { # CHAIN_ID SCRIPT
	run env -u SANDBOX SANDBOX_CHAIN_ID="$1" BATS_TEST_TMPDIR="$BATS_TEST_TMPDIR" \
		BATS_TEST_DIRNAME="$BATS_TEST_DIRNAME" "$SANDBOX_RUN" bash -euc '
		source "$BATS_TEST_DIRNAME/sandbox.bash"; skip() { exit 77; }
		'"$2"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "Ethereum Sepolia: deposit, pay, verify, withdraw" {
	on_chain 11155111 '
		home_with_wallet
		export FOURMICA_NETWORK=ethereum-sepolia
		"$FOURMICA" deposit 2usdc --json | jq -e ".data.network == \"eip155:11155111\" and
			.data.deposited.display == \"2 USDC\""
		"$FOURMICA" pay --json "$(sb sellers.credit_v2)" | jq -e ".status == \"paid\" and
			.data.evidence == \"verified\" and .data.network == \"eip155:11155111\""
		"$FOURMICA" withdraw request 1usdc --json | jq -e .ok
		"$FOURMICA" withdraw --json | jq -e ".data.withdrawals[] | select(.asset == \"USDC\") |
			.requested.display == \"1 USDC\""
		"$FOURMICA" withdraw cancel --json | jq -e .ok'
}

@test "a network that config.json alone makes known" {
	on_chain 11155111 '
		home_with_wallet
		core=$FOURMICA_CORE_URL rpc=$FOURMICA_RPC_URL
		unset FOURMICA_CORE_URL FOURMICA_RPC_URL
		cat >"$FOURMICA_HOME/config.json" <<-JSON
		{ "default": { "network": "mine", "wallet": "ann" },
		  "networks": { "mine": { "chain_id": 11155111, "core": "$core", "rpc": ["$rpc"] } } }
		JSON
		chmod 600 "$FOURMICA_HOME/config.json"
		"$FOURMICA" deposit 0.25eth --json | jq -e ".data.deposited.display == \"0.25 ETH\""
		"$FOURMICA" status --json | jq -e .ok
		"$FOURMICA" doctor --json | jq -e ".data.checks | length > 5"'
}

@test "4mica-credit on a chain without 4Mica is refused by name" {
	home_with_wallet
	unset FOURMICA_CORE_URL
	policy <<-'JSON'
	{ "version": 1, "networks": ["eip155:1"],
	  "limits": [ { "name": "request", "amount": "1usdc" } ] }
	JSON
	jq -cn '{x402Version: 1, error: "pay", accepts: [{scheme: "4mica-credit",
		network: "eip155:1", maxAmountRequired: "10000", resource: "https://s.example/x",
		description: "", mimeType: "", maxTimeoutSeconds: 60,
		payTo: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
		asset: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"}]}' >"$BATS_TEST_TMPDIR/body"
	{ printf 'HTTP/1.1 402 Payment Required\r\ncontent-type: application/json\r\n\r\n'
		cat "$BATS_TEST_TMPDIR/body"; } >"$BATS_TEST_TMPDIR/challenge"
	run2 "$FOURMICA" sign --challenge "$BATS_TEST_TMPDIR/challenge" --url https://s.example/x
	[ "$status" -ne 0 ]
	[ "$status" -lt 40 ]
	[[ $err == *eip155:1* ]] || { echo "$err"; false; }
	[ -z "$output" ]
	run2 "$FOURMICA" deposit 1usdc --network eip155:1
	[ "$status" -ne 0 ]
	[[ $err == *eip155:1* ]] || { echo "$err"; false; }
}
