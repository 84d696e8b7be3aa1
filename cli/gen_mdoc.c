/* SPDX-License-Identifier: MIT */
/* Text as mdoc. */
#include "gen.h"

#include <string.h>

#define LINE_MOST 72

static void put_char(struct fm_buf *out, char c)
{
	if (c == '\\')
		fm_buf_str(out, "\\e");
	else if (c == '-')
		fm_buf_str(out, "\\-");
	else
		fm_buf_chr(out, c);
}

void mdoc_word(struct fm_buf *out, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(out, word[i]);
}

/* Does a sentence end with this word? mdoc then wants a new line. */
static bool ends_sentence(const char *word, size_t len)
{
	while (len && strchr(")\"'", word[len - 1]))
		len--;
	return len && strchr(".!?", word[len - 1]);
}

/* Running text. No line may begin with a control character, be too long, or go on behind the
 * end of a sentence. */
void mdoc_text(struct fm_buf *out, const char *text, size_t len)
{
	size_t column = 0;

	for (size_t i = 0; i < len;) {
		size_t word = 0;

		while (i + word < len && text[i + word] != ' ' && text[i + word] != '\n')
			word++;
		if (!word) {
			i++;
			continue;
		}
		if (column && column + word + 1 > LINE_MOST) {
			fm_buf_chr(out, '\n');
			column = 0;
		}
		if (column)
			fm_buf_chr(out, ' ');
		else if (text[i] == '.' || text[i] == '\'')
			fm_buf_str(out, "\\&");
		mdoc_word(out, text + i, word);
		column += word + 1;
		if (ends_sentence(text + i, word)) {
			fm_buf_chr(out, '\n');
			column = 0;
		}
		i += word;
	}
	if (column)
		fm_buf_chr(out, '\n');
}

void mdoc_line(struct fm_buf *out, const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		fm_buf_str(out, "\\&");
	mdoc_word(out, text, strlen(text));
	fm_buf_chr(out, '\n');
}

void mdoc_literal(struct fm_buf *out, const char *text, size_t len)
{
	fm_buf_str(out, ".Bd -literal -offset indent\n");
	for (size_t i = 0; i < len;) {
		size_t line = 0;
		/* The two spaces that mark the lines are the page's own indent. */
		size_t skip = text[i] == ' ' && i + 1 < len && text[i + 1] == ' ' ? 2 : 0;

		while (i + line < len && text[i + line] != '\n')
			line++;
		if (line > skip && strchr(".'", text[i + skip]))
			fm_buf_str(out, "\\&");
		mdoc_word(out, text + i + skip, line > skip ? line - skip : 0);
		fm_buf_chr(out, '\n');
		i += line + 1;
	}
	fm_buf_str(out, ".Ed\n");
}

void mdoc_paragraphs(struct fm_buf *out, const char *text)
{
	for (bool first = true; *text; first = false) {
		const char *end = strstr(text, "\n\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);

		/* A display has its own space before it. */
		if (!first && text[0] != ' ')
			fm_buf_str(out, ".Pp\n");
		if (text[0] == ' ')
			mdoc_literal(out, text, len);
		else
			mdoc_text(out, text, len);
		text += len + (end ? 2 : 0);
	}
}

/* Words of a summary or help line as a sentence. */
void mdoc_sentence(struct fm_buf *out, const char *text)
{
	struct fm_buf sentence;

	fm_buf_init(&sentence, 4096);
	fm_buf_str(&sentence, text);
	fm_buf_chr(&sentence, '.');
	if (fm_buf_ok(&sentence)) {
		if (sentence.ptr[0] >= 'a' && sentence.ptr[0] <= 'z')
			sentence.ptr[0] = (char)(sentence.ptr[0] - 'a' + 'A');
		mdoc_text(out, sentence.ptr, sentence.len);
	}
	fm_buf_clear(&sentence);
}
