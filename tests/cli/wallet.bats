# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # inner shells expand for themselves
load common
setup() { fresh_home; }

@test "list: none yet" {
	fm wallet list
	ends_with_status 0
	[ -z "$output" ]
	holds "$stderr" "fourmica wallet new NAME"
	fm wallet list -q
	[ -z "$stderr" ]
	fm wallet list --json
	is_document fourmica.wallet.list/1 0
	[ "$(js '.data.wallets == []')" = true ]
	[ ! -e "$FOURMICA_HOME" ]
}

@test "new: the first becomes the default, files are private" {
	fm wallet new main --no-passphrase --json
	ends_with_status 0
	is_document fourmica.wallet.new/1 0
	[ "$(js .data.default)" = true ]
	[[ $(js .data.address) =~ ^0x[0-9a-fA-F]{40}$ ]]
	[ "$(js '.data.key and .data.passphrase == false and .data.kdf == "none"')" = true ]
	[ "$(stat -c %a "$FOURMICA_HOME" "$FOURMICA_HOME/wallets" | sort -u)" = 700 ]
	[ "$(stat -c %a "$(js .data.file)" "$FOURMICA_HOME/config.json" | sort -u)" = 600 ]
	fm wallet new second --no-passphrase --json
	[ "$(js '.data.default == false')" = true ]
	fm wallet list --json
	[ "$(js '[.data.wallets[].name] == ["main","second"]')" = true ]
	[ "$(js '.data.wallets[0].address != .data.wallets[1].address')" = true ]
	fm wallet list
	holds "$(head -1 <<<"$output")" "Wallet"
	[ "$(wc -l <<<"$output")" -eq 3 ]
}

@test "new: a mode of the caller does not matter" {
	umask 000
	fm wallet new main --no-passphrase
	ends_with_status 0
	[ "$(stat -c %a "$FOURMICA_HOME/wallets/main.json")" = 600 ]
	[ "$(stat -c %a "$FOURMICA_HOME/wallets")" = 700 ]
}

@test "new: a name that is taken, or none" {
	fm wallet new main --no-passphrase
	before=$(cat "$FOURMICA_HOME/wallets/main.json")
	fm wallet new main --no-passphrase
	ends_with_status 2
	holds "$stderr" "wallet 'main' exists already"
	[ "$(cat "$FOURMICA_HOME/wallets/main.json")" = "$before" ]
	for name in '' Main 'a b' ../x -x a.b "$(printf 'z%.0s' {1..64})" é; do
		fm wallet new --no-passphrase -- "$name"
		ends_with_status 2
		holds "$stderr" "is no wallet name"
	done
	fm wallet new
	ends_with_status 2
	[ "$(ls "$FOURMICA_HOME/wallets")" = main.json ]
}

@test "new: --kdf and --no-passphrase exclude each other" {
	fm wallet new main --no-passphrase --kdf moderate
	ends_with_status 2
	[ ! -e "$FOURMICA_HOME/wallets/main.json" ]
}

@test "new: a passphrase at the terminal, twice, not shown" {
	fm_at_terminal 'New passphrase: ' hunter2a 'The same again: ' hunter2b \
		'New passphrase: ' '' 'New passphrase: ' hunter2c 'The same again: ' hunter2c \
		-- wallet new main --kdf interactive
	ends_with_status 0
	holds "$output" "An empty passphrase protects nothing"
	lacks "$output" hunter2
	rm "$FOURMICA_HOME"/wallets/main.json
	fm_at_terminal 'New passphrase: ' '' 'New passphrase: ' '' 'New passphrase: ' '' \
		-- wallet new main
	ends_with_status 5
	fm_at_terminal 'New passphrase: ' hunter2a 'The same again: ' hunter2b \
		'New passphrase: ' hunter2c 'The same again: ' hunter2c -- wallet new main --kdf interactive
	ends_with_status 0
	holds "$output" "The two differ"
	holds "$output" "Passphrase:"
	lacks "$output" hunter2
	fm wallet show --json
	[ "$(js '.data.passphrase and .data.kdf == "interactive"')" = true ]
}

@test "new: interrupted at the prompt leaves nothing, and the echo on" {
	fm_at_terminal 'New passphrase: ' ^C -- wallet new main
	ends_with_status 130
	fm_at_terminal 'New passphrase: ' SIGTERM -- wallet new main
	ends_with_status 143
	fm_at_terminal 'New passphrase: ' ^D -- wallet new main
	ends_with_status 5
	run "$FOURMICA_TESTS/pty" 'New passphrase: ' ^C -- \
		bash -c 'trap : INT; "$FOURMICA" wallet new main; stty -a'
	grep -qE '(^| )echo( |$)' <<<"$output"
	grep -q 'quit = ^\\; ' <<<"$output"
	[ ! -e "$FOURMICA_HOME/wallets/main.json" ]
}

@test "new: without a terminal the option that would have answered is named" {
	run --separate-stderr setsid "$FOURMICA" wallet new main </dev/null
	ends_with_status 5
	holds "$stderr" "--passphrase-file FILE"
	fm_at_terminal -- wallet new main --no-input
	ends_with_status 5
	holds "$output" "--no-input"
	FOURMICA_NO_INPUT=1 fm_at_terminal -- wallet new main --json
	ends_with_status 5
	holds "$output" '"code":"input_required"'
}

@test "passphrases that lie ready, in their order" {
	secret=$BATS_TEST_TMPDIR
	for i in 1 2 3 4; do printf 'secret-%s\nmore\n' "$i" >"$secret/$i"; done
	mkdir "$secret/creds" && echo secret-5 >"$secret/creds/fourmica-passphrase"
	new() { fm wallet new "$@" --kdf interactive --json; ends_with_status 0; }
	opened_by() { # WALLET PASSPHRASE
		run --separate-stderr "$FOURMICA" sign --message /dev/null --yes --json --wallet "$1" \
			--passphrase-fd 3 3<<<"$2" </dev/null
		[ "$status" -eq "$3" ] || { show; return 1; }
	}
	new a --passphrase-fd 3 3<"$secret/1"
	export FOURMICA_PASSPHRASE=secret-6
	new f
	[ "$(js '.warnings | length')" = 1 ]
	export FOURMICA_PASSPHRASE_FILE=$secret/4
	new d
	[ "$(js '.warnings | length')" = 0 ]
	FOURMICA_PASSPHRASE_FD=3 new c 3<"$secret/3"
	export CREDENTIALS_DIRECTORY=$secret/creds
	new e
	new b --passphrase-file "$secret/2"
	unset FOURMICA_PASSPHRASE FOURMICA_PASSPHRASE_FILE CREDENTIALS_DIRECTORY
	nth=0
	for wallet in a b c d e f; do
		nth=$((nth + 1))
		opened_by "$wallet" "secret-$nth" 0
		opened_by "$wallet" "secret-0" 4
	done
}

@test "passphrases that cannot be had" {
	fm wallet new a --passphrase-fd x
	ends_with_status 2
	# Behind the end of a small table of descriptors, where select() would wait for ever.
	fm wallet new a --passphrase-fd 77 77<&-
	ends_with_status 74
	fm wallet new a --passphrase-fd 777 # beyond the table of descriptors
	ends_with_status 74
	fm wallet new a --passphrase-file "$BATS_TEST_TMPDIR/none"
	ends_with_status 5
	: >"$BATS_TEST_TMPDIR/empty"
	fm wallet new a --passphrase-file "$BATS_TEST_TMPDIR/empty"
	ends_with_status 5
	holds "$stderr" "holds no passphrase"
	fm wallet new a --passphrase-file "$BATS_TEST_TMPDIR/empty" --passphrase-fd 0
	ends_with_status 2
	head -c 5000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
	fm wallet new a --passphrase-file "$BATS_TEST_TMPDIR/long"
	ends_with_status 2
	[ -z "$(ls -A "$FOURMICA_HOME/wallets" 2>/dev/null)" ]
}

@test "a passphrase file open to others is warned about" {
	echo secret >"$BATS_TEST_TMPDIR/p"
	chmod 644 "$BATS_TEST_TMPDIR/p"
	fm wallet new a --kdf interactive --passphrase-file "$BATS_TEST_TMPDIR/p"
	ends_with_status 0
	holds "$stderr" "can be read by others"
}

@test "import: from a file, a descriptor, a pipe; the address is the key's" {
	printf '0x%s\n' "$KEY" >"$BATS_TEST_TMPDIR/key"
	fm wallet import a --no-passphrase --from-file "$BATS_TEST_TMPDIR/key" --json
	ends_with_status 0
	is_document fourmica.wallet.import/1 0
	[ "$(js .data.address)" = "$KEY_ADDRESS" ]
	fm wallet import b --no-passphrase --from-fd 5 --json 5<"$BATS_TEST_TMPDIR/key"
	[ "$(js .data.address)" = "$KEY_ADDRESS" ]
	run --separate-stderr bash -c '"$FOURMICA" wallet import c --no-passphrase --json \
		--from-file <(printf %s '"$KEY"')'
	[ "$(js .data.address)" = "$KEY_ADDRESS" ]
	[ "$(js '.warnings | length')" = 0 ]
}

@test "import: an encrypted wallet does not hold the key" {
	printf '%s' "$KEY" >"$BATS_TEST_TMPDIR/key"
	fm wallet import a --kdf interactive --from-file "$BATS_TEST_TMPDIR/key" \
		--passphrase-fd 3 3<<<secret
	ends_with_status 0
	lacks "$output$stderr" "$KEY"
	rm "$BATS_TEST_TMPDIR/key"
	no_key_in_home
}

@test "import: key material that is none" {
	import_text() {
		printf '%s' "$1" >"$BATS_TEST_TMPDIR/key"
		fm wallet import a --no-passphrase --from-file "$BATS_TEST_TMPDIR/key"
		ends_with_status 2
		[ ! -e "$FOURMICA_HOME/wallets/a.json" ]
	}
	import_text ''
	import_text "${KEY:1}"
	import_text "${KEY}0"
	import_text "${KEY:1}g"
	import_text 0000000000000000000000000000000000000000000000000000000000000000
	import_text fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
	import_text "$KEY $KEY"
	import_text "$(printf '0%.0s' {1..300})"
	lacks "$stderr" "${KEY:0:20}"
}

@test "import: where from" {
	fm wallet import a --no-passphrase
	ends_with_status 2
	holds "$stderr" "never the key itself"
	fm wallet import a --no-passphrase --from-fd 0 --from-file x
	ends_with_status 2
	fm wallet import a --no-passphrase --from-fd -1
	ends_with_status 2
	fm wallet import a --no-passphrase --from-file "$BATS_TEST_TMPDIR/none"
	ends_with_status 74
	printf '%s' "$KEY" >"$BATS_TEST_TMPDIR/key"
	chmod 640 "$BATS_TEST_TMPDIR/key"
	fm wallet import a --no-passphrase --from-file "$BATS_TEST_TMPDIR/key"
	ends_with_status 0
	holds "$stderr" "can be read by others (mode 0640)"
}

@test "show: by name, default, the only one, address; else it says what to do" {
	fm wallet show
	ends_with_status 3
	holds "$stderr" "fourmica wallet new NAME"
	import_key a
	fm wallet show --json
	[ "$(js .data.name)" = a ]
	fm wallet new b --no-passphrase
	fm wallet show b --json
	[ "$(js .data.name)" = b ]
	fm wallet show --wallet b --json
	[ "$(js .data.name)" = b ]
	FOURMICA_WALLET=b fm wallet show --json
	[ "$(js .data.name)" = b ]
	FOURMICA_WALLET=b fm wallet show --wallet a --json
	[ "$(js .data.name)" = a ]
	FOURMICA_WALLET=b fm wallet show --address "$KEY_ADDRESS" --json
	[ "$(js .data.name)" = a ]
	fm wallet show --address 0x0000000000000000000000000000000000000001
	ends_with_status 2
	fm wallet show --wallet b --address "$KEY_ADDRESS"
	ends_with_status 2
	rm "$FOURMICA_HOME/config.json"
	fm wallet show
	ends_with_status 2
	holds "$stderr" "2 wallets (a, b)"
	rm "$FOURMICA_HOME/wallets/b.json"
	fm wallet show --json
	[ "$(js .data.name)" = a ]
	fm wallet show c
	[ "$status" -ne 0 ]
}

@test "watch: an address without its key; looking works, signing says why not" {
	fm wallet watch cold "$KEY_ADDRESS" --json
	ends_with_status 0
	is_document fourmica.wallet.watch/1 0
	js '.data | .address == "'"$KEY_ADDRESS"'" and .key == false and .passphrase == null and
		.kdf == null and .default == false'
	[ "$(stat -c %a "$FOURMICA_HOME/wallets/cold.json")" = 600 ]
	[ ! -e "$FOURMICA_HOME/config.json" ]
	fm wallet show --no-input --json
	[ "$(js .data.name)" = cold ]
	echo hello >"$BATS_TEST_TMPDIR/message"
	for option in "--wallet cold" "--address $KEY_ADDRESS" \
		"--address 0x0000000000000000000000000000000000000001"; do
		# shellcheck disable=SC2086 # words
		fm sign --message "$BATS_TEST_TMPDIR/message" --yes --no-input --json $option
		ends_with_status 4
		is_document fourmica.sign/1 4
		holds "$(js .error.hint)" "fourmica wallet import NAME"
	done
	# A wallet with a key comes first, as the default and behind --address.
	import_key hot
	fm wallet list --json
	js '.data.wallets | map([.name, .key, .default]) ==
		[["cold", false, false], ["hot", true, true]]'
	fm wallet show --address "$KEY_ADDRESS" --json
	[ "$(js .data.name)" = hot ]
	fm wallet list
	[ "$(grep -c "$KEY_ADDRESS" <<<"$output")" -eq 2 ]
	fm wallet use cold --json
	[ "$(js .data.default)" = true ]
}

@test "watch: what cannot be watched" {
	fm wallet watch cold
	ends_with_status 2
	holds "$stderr" "ADDRESS is missing"
	fm wallet watch cold 0x12
	ends_with_status 2
	fm wallet watch cold "0x2C7536E3605D9C16a7a3D7b1898e529396a65c23"
	ends_with_status 2
	fm wallet watch cold 0x0000000000000000000000000000000000000000
	ends_with_status 2
	holds "$stderr" "address zero"
	fm wallet watch "$KEY" "$KEY_ADDRESS"
	ends_with_status 2
	lacks "$stderr" "${KEY:0:20}"
	fm wallet watch cold "$KEY"
	ends_with_status 2
	lacks "$stderr" "${KEY:0:20}"
	[ -z "$(ls -A "$FOURMICA_HOME/wallets" 2>/dev/null)" ]
	fm wallet watch cold "$KEY_ADDRESS"
	fm wallet watch cold "$KEY_ADDRESS"
	ends_with_status 2
	holds "$stderr" "wallet 'cold' exists already"
}

@test "--address serves commands that only look, without any wallet or question" {
	for line in "networks" "networks show" "wallet list" "decode /dev/null"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr setsid "$FOURMICA" $line --address "$KEY_ADDRESS" --no-input </dev/null
		[ "$status" -eq 0 ] || [ "$line" = "decode /dev/null" ] || { show; return 1; }
		lacks "$stderr" passphrase
	done
	printf 'HTTP/1.1 200 OK\r\n\r\nfree\n' >"$BATS_TEST_TMPDIR/response"
	run --separate-stderr setsid "$FOURMICA" quote --address "$KEY_ADDRESS" --no-input \
		--response "$BATS_TEST_TMPDIR/response" --url https://seller.example/ </dev/null
	ends_with_status 0
	[ ! -e "$FOURMICA_HOME/wallets" ]
}

@test "remove: only after its name was typed, or given" {
	import_key main
	fm wallet watch cold "$KEY_ADDRESS"
	remove=(wallet remove main)
	for answer in '' y yes Main main2 ^D; do
		fm_at_terminal 'Type its name to remove it: ' "$answer" -- "${remove[@]}" --yes
		ends_with_status 6
	done
	fm_at_terminal 'Type its name to remove it: ' ^C -- "${remove[@]}"
	ends_with_status 130
	fm "${remove[@]}" --no-input --yes --json
	ends_with_status 5
	is_document fourmica.wallet.remove/1 5
	holds "$(js .error.hint)" "--confirm 'main'"
	run --separate-stderr setsid "$FOURMICA" "${remove[@]}" --yes </dev/null
	ends_with_status 5
	holds "$stderr" "--confirm 'main'"
	fm "${remove[@]}" --confirm cold
	ends_with_status 2
	holds "$stderr" "--confirm says 'cold', and this is 'main'"
	fm "${remove[@]}" --confirm ''
	ends_with_status 2
	[ -e "$FOURMICA_HOME/wallets/main.json" ]
	fm_at_terminal 'Type its name to remove it: ' main -- "${remove[@]}"
	ends_with_status 0
	holds "$output" "$KEY_ADDRESS"
	holds "$output" "lost for good"
	holds "$output" "still names 'main'"
	[ "$(ls "$FOURMICA_HOME/wallets")" = cold.json ]
	fm "${remove[@]}" --confirm main
	ends_with_status 2
	fm_at_terminal 'no key is lost' cold -- wallet remove cold
	ends_with_status 0
	lacks "$output" "still names"
	[ -z "$(ls "$FOURMICA_HOME/wallets")" ]
}

@test "use: changes one value of config.json and no other byte" {
	import_key a
	import_key b
	config=$FOURMICA_HOME/config.json
	printf '{ "networks" : {"base-sepolia":{"core":"http://127.0.0.1:1"}},\n\t"default": {"note":"mine", "wallet" :"a" , "network":"base"}}' >"$config"
	expected=$(sed 's/"a"/"b"/' "$config"; echo .)
	fm wallet use b --json
	ends_with_status 0
	[ "$(js .data.default)" = true ]
	[ "$(cat "$config"; echo .)" = "$expected" ]
	[ "$(stat -c %a "$config")" = 600 ]
	for before in '{}' '{"default":{}}' '{"default":{"network":"base"},"networks":{}}' '{ "wallets": {} }'; do
		echo "$before" >"$config"
		fm wallet use b
		ends_with_status 0
		[ "$(jq -r .default.wallet "$config")" = b ]
		[ "$(jq -cS 'del(.default.wallet) | if .default == {} then del(.default) else . end' "$config")" = \
			"$(jq -cS 'if .default == {} then del(.default) else . end' <<<"$before")" ]
	done
	rm "$config"
	fm wallet use a
	[ "$(jq -r .default.wallet "$config")" = a ]
	fm wallet use none
	[ "$status" -ne 0 ]
	[ "$(jq -r .default.wallet "$config")" = a ]
	[ "$(ls "$FOURMICA_HOME")" = "$(printf 'config.json\nwallets')" ]
}

@test "use: a linked config.json is changed where it lies" {
	import_key a
	mkdir "$BATS_TEST_TMPDIR/dots"
	mv "$FOURMICA_HOME/config.json" "$BATS_TEST_TMPDIR/dots/fm.json"
	ln -s ../dots/fm.json "$FOURMICA_HOME/config.json"
	import_key b
	fm wallet use b
	ends_with_status 0
	[ -L "$FOURMICA_HOME/config.json" ]
	[ "$(jq -r .default.wallet "$BATS_TEST_TMPDIR/dots/fm.json")" = b ]
}

@test "config.json: mistakes are named with line and column" {
	mkdir -m 700 "$FOURMICA_HOME"
	while IFS='|' read -r json message; do
		printf '%s\n' "$json" >"$FOURMICA_HOME/config.json"
		fm wallet list
		ends_with_status 3
		holds "$stderr" "$FOURMICA_HOME/config.json"
		holds "$stderr" "$message"
	done <<'END'
{"x":1}|:1:2: unknown member "x"
{"default":{"walet":"x"}}|:1:13: unknown member "walet"
{"default":{"wallet":"X"}}|:1:22: this is no wallet name
{"default":{"wallet":1}}|:1:22: "wallet" must be a string
{"default":[]}|:1:12: "default" must be an object
{"version":2}|:1:12: this program reads "version" 1
[]|:1:1: the configuration must be an object
{|line 2, column 1
{"default":{},"default":{}}|line 1, column 15
{"networks":{"base":{"chain_id":5}}}|:1:33: base is chain 8453
{"networks":{"base":{"chain_id":-5}}}|:1:33: "chain_id" must be a whole number above 0
{"networks":{"mine":{}}}|:1:14: network "mine" needs a "chain_id"
{"networks":{"mine":7}}|:1:21: a network must be an object
{"networks":{"base":{"core":"http://core.example"}}}|:1:29: the core URL must be https
{"networks":{"base":{"rpc":"https://x.example"}}}|:1:28: "rpc" must be a list of URLs
{"networks":{"base":{"rpc":["ftp://x.example"]}}}|:1:29: the RPC URL must be https or http
{"networks":{"base":{"clearing_house":"0x1"}}}|:1:39:
{"assets":[{"network":"nope","symbol":"A","address":"0x0000000000000000000000000000000000000001","decimals":6}]}|:1:12: this asset needs a known "network"
{"assets":[{"network":"base","symbol":"base","address":"0x0000000000000000000000000000000000000001","decimals":6}]}|:1:12: this asset needs a "symbol"
{"assets":[{"network":"base","symbol":"A","address":"0x01","decimals":6}]}|:1:12: this asset's "address"
{"assets":[{"network":"base","symbol":"A","address":"0x0000000000000000000000000000000000000001","decimals":78}]}|:1:12: this asset needs "decimals"
{"assets":[{"network":"base-sepolia","symbol":"USDC","address":"0x036CbD53842c5426634e7929541eC2318f3dCF7e","decimals":18}]}|this token has 6 decimals
{"wallets":{"main":{"signer":"exec:bin/x"}}}|:1:30: a signer is "file", or "exec:"
{"wallets":{"Main":{"signer":"exec:/bin/x"}}}|:1:13: this is no wallet name
{"default":{"network":"nope"}}|network 'nope' is not known
END
}

@test "config.json: what is right is read" {
	import_key a
	cat >"$FOURMICA_HOME/config.json" <<'END'
{ "version": 1, "note": "mine",
  "default": { "network": "mine", "wallet": "a", "note": "n" },
  "networks": { "mine": { "chain_id": 77, "core": "http://127.0.0.1:5/", "rpc": ["http://node:8545"] } },
  "assets": [ { "network": "mine", "symbol": "ODD", "note": "n",
                "address": "0x0000000000000000000000000000000000000001", "decimals": 3 } ],
  "wallets": { "a": { "signer": "file" } } }
END
	fm wallet show --json
	ends_with_status 0
	[ "$(js .data.default)" = true ]
	fm wallet show --network eip155:77
	ends_with_status 0
	fm wallet show --network nope
	ends_with_status 2
}

@test "modes that let others in are refused" {
	import_key a
	for mode in 620 602 666; do
		chmod "$mode" "$FOURMICA_HOME/config.json"
		fm wallet list
		ends_with_status 3
		holds "$stderr" "chmod"
	done
	chmod 644 "$FOURMICA_HOME/config.json" # others may read it
	fm wallet list
	ends_with_status 0
	chmod 640 "$FOURMICA_HOME/wallets/a.json"
	fm wallet show a
	ends_with_status 3
	holds "$stderr" "chmod 600"
	chmod 600 "$FOURMICA_HOME/wallets/a.json"
	chmod 755 "$FOURMICA_HOME/wallets"
	fm wallet new b --no-passphrase
	ends_with_status 3
	holds "$stderr" "chmod 700"
}

@test "a config file that was named must be there" {
	fm wallet list --config "$BATS_TEST_TMPDIR/none.json"
	ends_with_status 3
	FOURMICA_CONFIG=$BATS_TEST_TMPDIR/none.json fm wallet list
	ends_with_status 3
	echo '{}' >"$BATS_TEST_TMPDIR/other.json"
	fm wallet list --config "$BATS_TEST_TMPDIR/other.json"
	ends_with_status 0
}

@test "the XDG directories, and no home at all" {
	unset FOURMICA_HOME
	fm wallet new a --no-passphrase
	ends_with_status 0
	[ -f "$HOME/.local/share/fourmica/wallets/a.json" ]
	[ -f "$HOME/.config/fourmica/config.json" ]
	[ "$(stat -c %a "$HOME/.local/share/fourmica")" = 700 ]
	export XDG_CONFIG_HOME=$HOME/c XDG_DATA_HOME=$HOME/d XDG_STATE_HOME=$HOME/s
	fm wallet new b --no-passphrase
	[ -f "$HOME/d/fourmica/wallets/b.json" ]
	[ -f "$HOME/c/fourmica/config.json" ]
	unset XDG_STATE_HOME HOME
	fm wallet list
	ends_with_status 3
	holds "$stderr" "FOURMICA_HOME"
	FOURMICA_HOME=relative fm wallet list
	ends_with_status 3
	holds "$stderr" "no absolute path"
}

@test "a full disk leaves no half wallet" {
	[ "$(id -u)" = 0 ] || skip "needs a small file system of its own"
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=4k,mode=700 none "$BATS_TEST_TMPDIR/small" 2>/dev/null ||
		skip "cannot mount"
	head -c 4096 /dev/zero >"$BATS_TEST_TMPDIR/small/full"
	FOURMICA_HOME=$BATS_TEST_TMPDIR/small fm wallet new a --no-passphrase
	code=$status
	left=$(find "$BATS_TEST_TMPDIR/small" -type f ! -name full)
	umount "$BATS_TEST_TMPDIR/small"
	[ "$code" -eq 74 ] || { show; return 1; }
	[ -z "$left" ] || { echo "$left"; return 1; }
}
