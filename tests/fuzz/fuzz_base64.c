/* SPDX-License-Identifier: MIT */
/* base64: a text that is accepted is the one that writing its bytes gives, up to alphabet and
 * padding. */
#include <fuzz.h>

#define OUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_buf bytes, text;
	size_t len = size;

	fm_buf_init(&bytes, OUT_MAX);
	fm_buf_init(&text, OUT_MAX);
	if (fm_base64_read(&bytes, fuzz_span(data, size))) {
		MUST(fm_base64_write(&text, bytes.ptr, bytes.len));
		while (len && data[len - 1] == '=')
			len--;
		MUST(size == len || size == text.len);
		MUST(len <= text.len && text.len - len <= 2);
		for (size_t i = 0; i < len; i++) {
			char c = (char)data[i];
			MUST(text.ptr[i] == (c == '-' ? '+' : c == '_' ? '/' : c));
		}
	}
	fm_buf_clear(&bytes);
	fm_buf_clear(&text);
	MUST(fm_base64_write(&text, data, size));
	MUST(fm_base64_read(&bytes, fm_buf_span(&text)));
	MUST(fuzz_same(fm_buf_span(&bytes), fuzz_span(data, size)));
	fm_buf_clear(&bytes);
	fm_buf_clear(&text);
	return 0;
}
