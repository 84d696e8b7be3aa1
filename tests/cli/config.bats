# SPDX-License-Identifier: MIT
# Settings: what is in force and why, one value changed, everything checked.
# shellcheck disable=SC2016 # inner shells expand for themselves
load common

setup() {
	fresh_home
	config=$FOURMICA_HOME/config.json
}

config() {
	mkdir -p "$FOURMICA_HOME" && cat >"$config"
}

policy() {
	mkdir -p "$FOURMICA_HOME" && cat >"$FOURMICA_HOME/policy.json"
}

# "value|from" of a setting in the document of config show.
setting() {
	js ".data.settings[] | select(.key == \"$1\") | \"\(.value)|\(.from)\""
}

@test "show: everything built in, nothing made" {
	fm config --json
	ends_with_status 0
	is_document fourmica.config.show/1 0
	[ "$(setting default.network)" = "base-sepolia|built-in" ]
	[ "$(setting default.wallet)" = "null|null" ]
	[ "$(setting networks.base-sepolia.core)" = "https://base.sepolia.api.4mica.xyz|built-in" ]
	[ "$(setting networks.base-sepolia.clearing_house)" = "null|null" ]
	[ "$(setting files.config)" = "$config|FOURMICA_HOME" ]
	js '.data.settings | map(.key) | length == (unique | length)'
	[ ! -e "$FOURMICA_HOME" ]
	fm config show
	[ "$(head -1 <<<"$output" | awk '{ print $1, $2, $3 }')" = "Setting Value From" ]
}

@test "show: option, environment, file and line, in this order" {
	config <<'END'
{ "default": { "network": "base" },
  "networks": {
    "base": { "core": "https://core.one",
              "rpc": ["https://rpc.one/KEY1", "https://me:KEY2@rpc.two/?k=KEY3"],
              "clearing_house": "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23" } },
  "assets": [ { "network": "base", "symbol": "ODD",
                "address": "0x0000000000000000000000000000000000000001", "decimals": 3 } ],
  "wallets": { "note": "mine", "main": { "signer": "file" } } }
END
	fm config show --json
	ends_with_status 0
	lacks "$output$stderr" KEY
	[ "$(setting default.network)" = "base|config.json:1" ]
	[ "$(setting networks.base.chain_id)" = "8453|built-in" ]
	[ "$(setting networks.base.core)" = "https://core.one|config.json:3" ]
	[ "$(setting networks.base.rpc)" = "https://rpc.one/... https://rpc.two/...|config.json:4" ]
	[ "$(setting networks.base.clearing_house)" = "$KEY_ADDRESS|config.json:5" ]
	[ "$(setting assets.0)" = "ODD eip155:8453 0x0000000000000000000000000000000000000001 3|config.json:6" ]
	[ "$(setting wallets.main.signer)" = "file|config.json:8" ]
	js '.data.settings[] | select(.key == "networks.base.rpc") | .source == "file" and .line == 4'
	export FOURMICA_NETWORK=base-sepolia FOURMICA_CORE_URL=https://core.two \
		FOURMICA_RPC_URL=https://rpc.three/KEY4 FOURMICA_TASK=job FOURMICA_MAX_AMOUNT=1usdc \
		https_proxy=http://me:KEY5@proxy.one:3128 FOURMICA_WALLET=other NO_COLOR=1
	fm config show --json
	lacks "$output$stderr" KEY
	[ "$(setting default.network)" = "base-sepolia|FOURMICA_NETWORK" ]
	[ "$(setting default.wallet)" = "other|FOURMICA_WALLET" ]
	[ "$(setting networks.base.core)" = "https://core.two|FOURMICA_CORE_URL" ]
	[ "$(setting networks.base.rpc)" = "https://rpc.three/...|FOURMICA_RPC_URL" ]
	[ "$(setting task)" = "job|FOURMICA_TASK" ]
	[ "$(setting max_amount)" = "1usdc|FOURMICA_MAX_AMOUNT" ]
	[ "$(setting proxy.https)" = "http://proxy.one:3128|https_proxy" ]
	[ "$(setting color)" = "never|NO_COLOR" ]
	fm config show --json --network base --core https://core.three --rpc https://rpc.four \
		--address "$KEY_ADDRESS" --timeout 90s --no-input --color always
	[ "$(setting default.network)" = "base|--network" ]
	[ "$(setting default.wallet)" = "null|--address" ]
	[ "$(setting address)" = "$KEY_ADDRESS|--address" ]
	[ "$(setting networks.base.core)" = "https://core.three|--core" ]
	[ "$(setting networks.base.rpc)" = "https://rpc.four|--rpc" ]
	[ "$(setting timeout)" = "90s|--timeout" ]
	[ "$(setting no_input)" = "yes|--no-input" ]
	[ "$(setting color)" = "always|--color" ]
	[ "$(setting output)" = "json|--json" ]
	FOURMICA_OUTPUT=json fm config show
	[ "$(setting output)" = "json|FOURMICA_OUTPUT" ]
}

@test "show: a passphrase is told of, never shown" {
	FOURMICA_PASSPHRASE=hunter2 fm config show --json
	lacks "$output$stderr" hunter2
	[ "$(setting passphrase)" = "(hidden)|FOURMICA_PASSPHRASE" ]
	FOURMICA_PASSPHRASE_FILE=/some/file fm config show --json
	[ "$(setting passphrase)" = "/some/file|FOURMICA_PASSPHRASE_FILE" ]
	fm config show --json --passphrase-fd 3
	[ "$(setting passphrase)" = "3|--passphrase-fd" ]
}

@test "show: stopped, by variable or file" {
	FOURMICA_STOP=1 fm config show --json
	[ "$(setting stop)" = "yes|FOURMICA_STOP" ]
	mkdir -m 700 "$FOURMICA_HOME" && : >"$FOURMICA_HOME/stop"
	fm config show --json
	[ "$(setting stop)" = "yes|stop" ]
}

@test "get: one value; an empty line when it is not set" {
	fm config get default.network
	ends_with_status 0
	[ "$output" = base-sepolia ]
	fm config get default.network --network base --json
	is_document fourmica.config.get/1 0
	js '[.data.key, .data.value, .data.from, .data.source] ==
		["default.network", "base", "--network", "option"]'
	fm config get default.wallet
	ends_with_status 0
	[ -z "$output" ]
	fm config get default.netwrok
	ends_with_status 2
	[ -z "$output" ]
	holds "$stderr" "did you mean: default.network"
	fm config get "$KEY"
	ends_with_status 2
	lacks "$stderr" "${KEY:0:20}"
}

@test "path: where everything lies, also when nothing there can be read" {
	config <<<'{ "broken'
	fm config path --json
	ends_with_status 0
	is_document fourmica.config.path/1 0
	js '[.data.files[].name] == ["config", "policy", "wallets", "ledger", "receipts", "stop", "history", "run"]'
	js '.data.files[0] | .exists and .path == "'"$config"'" and .from == "FOURMICA_HOME"'
	js '.data.files[1] | .exists | not'
	FOURMICA_POLICY=/p.json fm config path --json --config /c.json
	js '.data.files[0:2] | map([.path, .from]) ==
		[["/c.json", "--config"], ["/p.json", "FOURMICA_POLICY"]]'
	unset FOURMICA_HOME
	XDG_DATA_HOME=/d XDG_STATE_HOME=relative fm config path --json
	js '.data.files | map([.name, .from]) == [["config", "built-in"], ["policy", "built-in"],
		["wallets", "XDG_DATA_HOME"], ["ledger", "built-in"], ["receipts", "built-in"],
		["stop", "built-in"], ["history", "built-in"], ["run", "built-in"]]'
}

@test "set: each of them, into a file that is not there yet" {
	import_key main
	rm "$config"
	while read -r key expected values; do
		# shellcheck disable=SC2086 # words
		fm config set "$key" $values --json
		ends_with_status 0
		is_document fourmica.config.set/1 0
		[ "$(js .data.key)" = "$key" ]
		[ "$(jq -c ".${key//my-chain/\"my-chain\"}" <<<"$(sed 's/my\.chain/my-chain/' "$config")")" = "$expected" ] ||
			{ cat "$config"; return 1; }
	done <<'END'
networks.my-chain.chain_id 31337 31337
networks.my-chain.core "http://127.0.0.1:1" http://127.0.0.1:1
networks.my-chain.rpc ["https://one.net/k","http://two.net"] https://one.net/k http://two.net
networks.my-chain.clearing_house "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23" 0x2c7536e3605d9c16a7a3d7b1898e529396a65c23
default.network "my-chain" my-chain
default.wallet "main" main
networks.my-chain.rpc ["https://three.net"] https://three.net
END
	[ "$(stat -c %a "$config")" = 600 ]
	fm networks show --json
	js '[.data.name, .data.chain_id, .data.core, .data.rpc, .data.clearing_house] ==
		["my-chain", 31337, "http://127.0.0.1:1", "https://three.net", "'"$KEY_ADDRESS"'"]'
	[ "$(ls "$FOURMICA_HOME")" = "$(printf 'config.json\nwallets')" ]
}

@test "set: every other byte stays" {
	before='{ "note" : "mine",@	"networks":{"base" : {"core" :"https://one.net" , "note":"x"}},@  "assets":[]}'
	lines() { printf '%s' "${1//@/$'\n'}"; }
	is() { # TEXT
		[ "$(cat "$config"; echo .)" = "$(lines "$1"; echo .)" ] || { cat "$config"; return 1; }
	}
	lines "$before" | config
	fm config set networks.base.core https://two.net
	ends_with_status 0
	is "${before/one/two}"
	fm config set networks.base.rpc https://r.net
	is "${before/'{"core" :"https://one'/'{ "rpc": ["https://r.net"],"core" :"https://two'}"
	lines '{@  "note": "mine"@}@' | config
	fm config set default.network base
	is '{@  "default": { "network": "base" },@  "note": "mine"@}@'
}

@test "set: a network by a name it has already; names with dots" {
	fm config set networks.sepolia.rpc https://r.net --json
	ends_with_status 0
	[ "$(js .data.key)" = networks.ethereum-sepolia.rpc ]
	fm config set networks.a.b.chain_id 7
	ends_with_status 0
	fm config set networks.a.b.rpc https://r.net
	ends_with_status 0
	[ "$(jq -c '.networks["a.b"]' "$config")" = '{"rpc":["https://r.net"],"chain_id":7}' ]
}

@test "set: what is wrong is refused before anything is written" {
	import_key main
	printf '{ "networks": { "mine": { "chain_id": 7 } } }\n' | config
	before=$(cat "$config")
	while IFS='|' read -r key value message; do
		# shellcheck disable=SC2086 # words
		fm config set $key $value
		ends_with_status "$([[ $message == nothing* ]] && echo 3 || echo 2)"
		holds "$stderr" "$message"
		[ "$(cat "$config")" = "$before" ]
	done <<'END'
default.network|nope|network 'nope' is not known
default.wallet|nope|there is no wallet 'nope'
default.wallet|4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318|looks like a private key
default.walet|main|is nothing that can be set
default.network||VALUE is missing
default.network|base main|takes one value
networks.mine|x|is nothing that can be set
networks..core|https://x.net|no name for a network
networks.Mine.core|https://x.net|no name for a network
networks.note.chain_id|7|no name for a network
networks.other.core|https://x.net|first: fourmica config set networks.other.chain_id N
networks.other.chain_id|7|nothing was written
networks.base.chain_id|7|nothing was written
networks.mine.chain_id|0|nothing was written
networks.mine.chain_id|18446744073709551615|nothing was written
networks.mine.chain_id|x|is no chain id
networks.mine.core|http://core.net|must be https
networks.mine.core|x|must be https
networks.mine.rpc|ftp://x.net|must be https or http
networks.mine.rpc|https://a.net b|must be https or http
networks.mine.clearing_house|0x12|0x12
networks.mine.clearing_house|0x2C7536E3605D9C16a7a3D7b1898e529396a65c23|0x2C75
networks.mine.clearing_house|0x0000000000000000000000000000000000000000|nothing was written
limits.day|5usdc|is nothing that can be set
END
	fm config set networks.mine.rpc "http://me:hunter2@x y"
	ends_with_status 2
	fm config set networks.mine.core "http://me:hunter2@core.net/?key=hunter2"
	ends_with_status 2
	lacks "$stderr" hunter2
}

@test "set: a file that cannot be used is not touched" {
	config <<<'{ "default": [] }'
	fm config set default.network base
	ends_with_status 3
	[ "$(cat "$config")" = '{ "default": [] }' ]
	config <<<'{}'
	chmod 666 "$config"
	fm config set default.network base
	ends_with_status 3
	holds "$stderr" chmod
	[ "$(cat "$config")" = '{}' ]
	chmod 600 "$config"
	fm config set default.network base --config "$BATS_TEST_TMPDIR/none"
	ends_with_status 3
	[ ! -e "$BATS_TEST_TMPDIR/none" ]
}

@test "set: what wins over it is told" {
	FOURMICA_NETWORK=base-sepolia fm config set default.network base
	ends_with_status 0
	holds "$stderr" "FOURMICA_NETWORK says otherwise"
	fm config set default.network base
	[ -z "$stderr" ]
}

@test "set: many at once lose nothing" {
	local -a pids=()
	for i in 1 2 3 4 5 6 7 8; do
		"$FOURMICA" config set "networks.n$i.chain_id" "$((1000 + i))" >/dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(jq -c '[.networks[].chain_id] | sort' "$config")" = '[1001,1002,1003,1004,1005,1006,1007,1008]' ]
}

@test "set: a full disk leaves the old file" {
	[ "$(id -u)" = 0 ] || skip "needs a small file system of its own"
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=8k,mode=700 none "$BATS_TEST_TMPDIR/small" 2>/dev/null ||
		skip "cannot mount"
	printf '{}' >"$BATS_TEST_TMPDIR/small/config.json"
	head -c 4096 /dev/zero >"$BATS_TEST_TMPDIR/small/full"
	FOURMICA_HOME=$BATS_TEST_TMPDIR/small fm config set default.network base
	code=$status
	left=$(cat "$BATS_TEST_TMPDIR/small/config.json"; ls "$BATS_TEST_TMPDIR/small")
	umount "$BATS_TEST_TMPDIR/small"
	[ "$code" -eq 74 ] || { show; return 1; }
	[ "$left" = "$(printf '{}config.json\nfull')" ]
}

@test "check: all is well" {
	fm config check --json
	ends_with_status 0
	is_document fourmica.config.check/1 0
	js '.data.checks | map([.name, .state]) ==
		[["config", "absent"], ["policy", "absent"], ["wallets", "absent"]]'
	[ ! -e "$FOURMICA_HOME" ]
	import_key main
	policy <<<'{ "version": 1, "networks": ["eip155:84532"] }'
	fm config check
	ends_with_status 0
	holds "$stderr" "All is well."
	lacks "$stderr" warning
	[ "$(grep -c ' ok ' <<<"$output")" -eq 3 ]
}

@test "check: everything that is wrong, with line and column" {
	config <<<'{ "default": { "walet": "x" } }'
	policy <<<'{ "version": 1,
  "nonsense": 1 }'
	fm config check --json
	ends_with_status 3
	is_document fourmica.config.check/1 3
	js '.data.checks | map(.state) == ["wrong", "wrong", "absent"]'
	holds "$(js '.data.checks[0].problem')" 'config.json:1:16: unknown member "walet"'
	[ "$(js '.data.checks[0].hint')" = 'did you mean "wallet"' ]
	holds "$(js '.data.checks[1].problem')" 'policy.json:2:3'
	[ "$(js .error.message)" = "$(js '.data.checks[0].problem')" ]
	config <<<'{}'
	chmod 666 "$config"
	fm config check
	ends_with_status 3
	holds "$output" "mode 0666"
	chmod 600 "$config"
	policy <<<'{ "version": 1 }'
	mkdir "$FOURMICA_HOME/wallets" && chmod 755 "$FOURMICA_HOME/wallets"
	fm config check
	ends_with_status 3
	holds "$stderr" "chmod 700"
	chmod 700 "$FOURMICA_HOME/wallets"
	echo x >"$FOURMICA_HOME/wallets/a.json"
	fm config check
	ends_with_status 3
	holds "$stderr" "a.json"
	rm "$FOURMICA_HOME/wallets/a.json"
	fm config check --policy "$BATS_TEST_TMPDIR/none"
	ends_with_status 3
	config <<<'{ "default": { "network": "nope" } }'
	fm config check
	ends_with_status 3
	holds "$output" "network 'nope' is not known"
	fm config check --network zzz
	ends_with_status 2
}

@test "check: what is no mistake but will not work is warned of" {
	import_key main
	config <<'END'
{ "default": { "wallet": "gone" },
  "networks": {
    "mine": { "chain_id": 7, "core": "https://core.example/SECRET" },
    "base": { "rpc": ["http://node.lan:8545/SECRET", "https://0.0.0.0"] } },
  "wallets": { "main": {}, "lost": {} } }
END
	: >"$FOURMICA_HOME/ledger.db"
	chmod 644 "$FOURMICA_HOME/ledger.db"
	fm config check --json
	ends_with_status 0
	lacks "$output" SECRET
	warned() {
		holds "$(js '.warnings[]')" "$1"
	}
	warned "default.wallet: there is no wallet 'gone'"
	warned "wallets: there is no wallet 'lost'"
	warned "networks.mine.core: nobody can be reached at https://core.example/..."
	warned "networks.mine has a core and no rpc"
	warned "networks.base.rpc: http://node.lan:8545/... is plain http"
	warned "networks.base.rpc: nobody can be reached at https://0.0.0.0"
	warned "ledger.db is open to others (mode 0644)"
	[ "$(js '.warnings | length')" = 7 ]
	config <<<'{}'
	chmod 600 "$FOURMICA_HOME/ledger.db"
	FOURMICA_WALLET=gone fm config check --json
	[ "$(js '.warnings | length')" = 1 ]
	warned "FOURMICA_WALLET names a wallet that is not there"
}

@test "two networks of one chain would stand in for each other" {
	config <<<'{ "networks": { "a": { "chain_id": 7 }, "b": { "chain_id": 7 } } }'
	fm networks
	ends_with_status 3
	holds "$stderr" ':1:41: chain 7 is network "a" already'
}

@test "a network that only config.json knows serves every command" {
	config <<'END'
{ "networks": { "mine": { "chain_id": 31337, "core": "https://core.lan", "rpc": ["https://node.lan"] } },
  "assets": [ { "network": "mine", "symbol": "MUSD",
                "address": "0x0000000000000000000000000000000000000abc", "decimals": 6 } ] }
END
	policy <<'END'
{ "version": 1, "networks": ["eip155:31337"], "new_sellers": "pin",
  "limits": [ { "name": "request", "amount": "1musd" } ] }
END
	cat >"$BATS_TEST_TMPDIR/response" <<'END'
HTTP/1.1 402 Payment Required
content-type: application/json

{"x402Version":1,"accepts":[{"scheme":"4mica-credit","network":"eip155:31337",
 "maxAmountRequired":"250000","maxTimeoutSeconds":60,"resource":"https://seller.lan/",
 "asset":"0x0000000000000000000000000000000000000abc",
 "payTo":"0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D","extra":{}}]}
END
	for name in mine eip155:31337; do
		fm quote --network "$name" --address "$KEY_ADDRESS" --no-input --json \
			--response "$BATS_TEST_TMPDIR/response" --url https://seller.lan/
		ends_with_status 0
		js '[.data.outcome, .data.verdict, .data.network, .data.amount.display] ==
			["pay", "allow", "eip155:31337", "0.25 MUSD"]'
		fm networks show --network "$name" --json
		[ "$(js .data.name)" = mine ]
		[ "$(js .data.kind)" = MAINNET ]
		fm config get default.network --network "$name"
		[ "$output" = mine ]
		fm verify-cert /dev/null --network "$name" --json
		lacks "$output" "not known"
	done
	fm quote --network mine --address "$KEY_ADDRESS" --response "$BATS_TEST_TMPDIR/response" \
		--url https://seller.lan/
	grep -qE '^Window: +1 min$' <<<"$output"
	# Without its Core nobody could take a guarantee.
	fm config set default.network mine
	jq 'del(.networks.mine.core)' "$config" >"$config.new" && mv "$config.new" "$config"
	fm quote --address "$KEY_ADDRESS" --response "$BATS_TEST_TMPDIR/response" --url https://seller.lan/
	ends_with_status 35
	fm quote --address "$KEY_ADDRESS" --response "$BATS_TEST_TMPDIR/response" --url https://seller.lan/ \
		--core https://core.lan
	ends_with_status 0
}
