# SPDX-License-Identifier: MIT
# The promises, after each step of a walk of pay_kill.bats: one line for each that was broken.
#
# Standard input, raw, tabs between: step, name of the call, status of the run it stopped, hex words of
# the ledger then ("STATE REQ_ID NONCE", empty: no row), status of the second run, first document, words on standard error,
# second document. Arguments: $log what the seller saw, $core what Core issued
# to this payer, $used the nonces its token has seen, $rows the ledger at the end, $tag in front of each key,
# $body of a payment that nobody disturbed.

def state: {reserved: "0", released: "1", signed: "2", paid: "3", refused: "4", in_doubt: "5"};
def left: . == state.signed or . == state.paid or . == state.refused or . == state.in_doubt;
def document: (fromjson? // null) | if type == "object" then . else null end;

# What a run that one call failed in may end with, and what must then be true.
def truthful($status; $at; $doc; $words; $call; $goods):
	if $status == 0 then
		if $at.state != state.paid then "0, but the ledger says \($at.state)" else empty end,
		if $doc.data.body != $goods then "0, but the body is \($doc.data.body)" else empty end
	elif $status == 1 or $status > 128 then "ended with \($status)"
	elif $status == 50 then
		if $at.state | IN(state.signed, state.in_doubt) then empty else "50, but \($at.state)" end
	elif $status >= 40 and $status < 50 then
		if $at.state | IN(state.paid, state.refused, state.signed) then empty else "\($status), but \($at.state)" end
	elif $at.sent > 0 then "\($status), but a payment left"
	else empty end,
	if $status != 0 and $words == "" and ($doc.error.message // "") == "" then "\($status) without a word"
	elif $doc and $doc.exit != $status and $call != "fflush" then "\($status), but the document says \($doc.exit)"
	else empty end;

($log[0] | map(select(.payments | length > 0)) | group_by(.query) |
	map({key: .[0].query, value: map({by: .user_agent, sent: (.payments | to_entries[0].value)})}) | from_entries) as $sent |
($rows | add | group_by(.idem_key) | map({key: .[0].idem_key, value: .}) | from_entries) as $kept |
($core[0] | map({key: .req_id, value: .}) | from_entries) as $issued |
($used[0] | map({key: ., value: true}) | from_entries) as $spent |

# Whatever Core and the chain have is signed in the ledger, with the same amount.
($core[0][] | . as $g | [$rows[][] | select(.req_id == $g.req_id)] |
	if length != 1 then "Core has request \($g.req_id), the ledger \(length) times"
	elif (.[0].state | tostring | left | not) then "Core has request \($g.req_id), the ledger says \(.[0].state)"
	elif .[0].amount != $g.amount then "Core has \($g.amount) for \($g.req_id), the ledger \(.[0].amount)"
	else empty end),
($used[0][] | . as $n | [$rows[][] | select(.nonce == $n and (.state | tostring | left))] |
	if length == 1 then empty else "nonce \($n) was used, the ledger signed it \(length) times" end),

(inputs | split("\t") | . as [$step, $call, $first, $row, $second, $out, $words, $again] |
	($tag + $step) as $key | ($body | rtrimstr("\n") | sub($tag + "count"; $key)) as $goods | ($sent["?step=" + $key] // []) as $sendings |
	($row | split(" ")) as $at | ($kept[$key] // []) as $mine |
	{state: ($at[0] // ""), req_id: $at[1], nonce: $at[2],
	 sent: ($sendings | map(select(.by == "first")) | length)} as $was |
	(
		# Before the second run the ledger knew of what had left.
		if $was.sent > 0 and ($was.state | left | not) then "a payment left, the ledger says '\($was.state)'" else empty end,
		# One key, one signature, one payment; sent again, if at all, byte for byte.
		if ($sendings | map(.sent) | unique | length) > 1 then "two signatures were sent" else empty end,
		if ($mine | map(select(.state != 1)) | length) != 1 then "\($mine | length) payments of one key" else empty end,
		if ($mine | map(select(($issued[.req_id] // null) or ($spent[.nonce] // false))) | length) > 1 then "paid twice" else empty end,
		if ($was.state | left) and ($mine | map(select(.state != 1)) | .[0] | .req_id != $was.req_id or .nonce != $was.nonce)
			then "signed again" else empty end,
		# The second run: paid now, paid before, or in doubt; in doubt only when a signature may have left.
		if $second | IN("0", "50") then empty else "the second run ended with \($second): \($again)" end,
		if $second == "50" and ($was.state | left | not) then "in doubt, but nothing was signed" else empty end,
		if $second == "0" and ($mine | map(select(.state == 3)) | length) != 1 then "0, but not paid" else empty end,
		if $first == "137" then empty else truthful($first | tonumber; $was; $out | document; $words; $call; $goods) end
	) | "step \($step) (\($call)): \(.)")
