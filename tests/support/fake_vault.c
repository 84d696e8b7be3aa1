/* SPDX-License-Identifier: MIT */
#include "fake_vault.h"

#define ZERO_16 "00000000000000000000000000000000"
#define X \
	"17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
#define ZERO_32 ZERO_16 ZERO_16

const char fake_words_a[] = ZERO_16 X ZERO_16
	"08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
const char fake_words_b[] = ZERO_16 X ZERO_16
	"114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca";
const char fake_words_c[] = ZERO_16
	"0572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e" ZERO_16
	"166a9d8cabc673a322fda673779d8e3822ba3ecb8670e461f73bb9021d5fd76a4c56d9d4cd16bd1bba86881979749d28";
const char fake_zero_word[] = ZERO_32;
const char fake_zero_key[] = ZERO_32 ZERO_32 ZERO_32 ZERO_32;

void fake_vault_init(struct fake_vault *vault)
{
	*vault = (struct fake_vault){
		.chain = "14a34",
		.code = "6080",
		.key = fake_words_a,
		.domain = FAKE_DOMAIN_1,
		.keys = {fake_words_a,	fake_words_a },
		.domains = { FAKE_DOMAIN_1, FAKE_DOMAIN_2},
		.enabled = { true,	   true		},
	};
}

static void put_result(struct fm_buf *out, const struct fake_vault *v, int call)
{
	int n = call - FAKE_CONFIG_1;

	if (v->error[call])
		fm_buf_fmt(out, "\"error\":%s", v->error[call]);
	else if (v->spoil[call])
		fm_buf_fmt(out, "\"result\":%s", v->spoil[call]);
	else if (n >= 0)
		fm_buf_fmt(out, "\"result\":\"0x%s%s%s%.63s%d\"", v->keys[n],
			   v->domains[n], fake_zero_word, fake_zero_word, v->enabled[n]);
	else
		fm_buf_fmt(out, "\"result\":\"0x%s\"",
			   call == FAKE_CHAIN  ? v->chain
			   : call == FAKE_CODE ? v->code
			   : call == FAKE_KEY  ? v->key
					       : v->domain);
}

void fake_vault_answer(struct fm_buf *out, const struct fake_vault *vault)
{
	fm_buf_chr(out, '[');
	for (int call = 0; call < FAKE_CALLS; call++) {
		fm_buf_fmt(out, "%s{\"jsonrpc\":\"2.0\",\"id\":%d,", call ? "," : "",
			   call + 1);
		put_result(out, vault, call);
		fm_buf_chr(out, '}');
	}
	fm_buf_chr(out, ']');
}
