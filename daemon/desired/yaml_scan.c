#include "desired/yaml_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

static struct mark mark_at(const struct yaml_tree *tree, size_t offset)
{
	struct mark mark = {tree->name, 1, 1};

	for (size_t i = 0; i < offset; i++) {
		if (tree->bytes[i] == '\n') {
			mark.line++;
			mark.column = 1;
		} else if ((tree->bytes[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

#define fail(tree, diag, offset, ...)                                                              \
	(diag_add((diag), DIAG_ERROR, mark_at((tree), (offset)), 1, __VA_ARGS__), -EINVAL)

static int check_encoding(const struct yaml_tree *tree, struct diag *diag)
{
	static const char marks[][2] = {{'\xff', '\xfe'}, {'\xfe', '\xff'}};
	struct mark file = {.file = tree->name};

	for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
		if (tree->length >= 2 && memcmp(tree->bytes, marks[i], 2) == 0) {
			diag_add(diag, DIAG_ERROR, file, 1,
				 "the file is UTF-16 or UTF-32: save it as UTF-8");
			return -EINVAL;
		}
	}
	return 0;
}

static int check_byte(const struct yaml_tree *tree, size_t at, struct diag *diag)
{
	unsigned char c = (unsigned char)tree->bytes[at];

	if (c == '\0')
		return fail(tree, diag, at,
			    "a NUL byte: this is no text, or not UTF-8; save it as UTF-8");
	if (c == '\r')
		return fail(tree, diag, at,
			    "a carriage return without a line feed: save the file with line ends "
			    "of Unix (LF) or Windows (CRLF)");
	return fail(tree, diag, at, "control character U+%04X: remove it", c);
}

/* Offset of the first byte below 0x80 that has no place in a text file, or the length. */
static size_t first_control(const struct yaml_tree *tree, bool *ret_ascii)
{
	const unsigned char *bytes = (const unsigned char *)tree->bytes;
	unsigned char all = 0;
	size_t i;

	for (i = 0; i < tree->length; i++) {
		unsigned char c = bytes[i];

		all |= c;
		if (c >= 0x20 && c != 0x7f)
			continue;
		if (c == '\n' || c == '\t' ||
		    (c == '\r' && i + 1 < tree->length && bytes[i + 1] == '\n'))
			continue;
		break;
	}
	*ret_ascii = all < 0x80;
	return i;
}

/*
 * Characters that YAML forbids, or counts as the end of a line where editors and we do not. The
 * bytes are known to be UTF-8.
 */
static int check_characters(const struct yaml_tree *tree, struct diag *diag)
{
	const unsigned char *s = (const unsigned char *)tree->bytes;

	for (size_t i = 0; i + 1 < tree->length; i++) {
		if (s[i] < 0xc2)
			continue;
		if (s[i] == 0xc2 && s[i + 1] < 0xa0)
			return fail(tree, diag, i, "control character U+%04X: remove it", s[i + 1]);
		if (s[i] == 0xe2 && s[i + 1] == 0x80 && (s[i + 2] == 0xa8 || s[i + 2] == 0xa9))
			return fail(tree, diag, i, "line separator U+%04X: use a line feed",
				    0x2000 + s[i + 2] - 0x80);
		if (s[i] == 0xef && s[i + 1] == 0xbb && s[i + 2] == 0xbf)
			return fail(tree, diag, i,
				    "a byte order mark (U+FEFF) in the middle: remove it");
		if (s[i] == 0xef && s[i + 1] == 0xbf && s[i + 2] >= 0xbe)
			return fail(tree, diag, i, "U+%04X is no character: remove it",
				    0xffc0 + s[i + 2] - 0x80);
	}
	return 0;
}

int yaml_scan_bytes(const struct yaml_tree *tree, struct diag *diag, bool *ret_ascii)
{
	size_t at, valid;
	int r;

	if (tree->length > LIMIT_FILE_BYTES) {
		diag_add(diag, DIAG_ERROR, (struct mark){.file = tree->name}, 1,
			 "the file has %zu bytes; more than %lu are refused", tree->length,
			 LIMIT_FILE_BYTES);
		return -EINVAL;
	}
	r = check_encoding(tree, diag);
	if (r < 0)
		return r;
	at = first_control(tree, ret_ascii);
	if (!*ret_ascii) {
		valid = text_utf8_valid_length(tree->bytes, at);
		if (valid < at)
			return fail(tree, diag, valid,
				    "byte 0x%02X is not UTF-8: save the file as UTF-8",
				    (unsigned char)tree->bytes[valid]);
	}
	if (at < tree->length)
		return check_byte(tree, at, diag);
	return *ret_ascii ? 0 : check_characters(tree, diag);
}

/*
 * What libyaml says, and what a person needs to hear. `at_context`: the place to show is where the
 * thing began, not where the file ended.
 */
static const struct {
	const char *problem;
	bool at_context;
	const char *text;
} messages[] = {
	{"mapping values are not allowed in this context", false,
	 "': ' doesn't fit here: a value that contains it needs quotes, or a line above or here "
	 "has "
	 "the wrong indentation"},
	{"could not find expected ':'", true, "expected ':' and a value behind this key"},
	{"did not find expected key", false,
	 "expected a key: check the indentation of this line, and quotes in the lines above"},
	{"did not find expected '-' indicator", false,
	 "expected '- ': check the indentation of this line"},
	{"did not find expected ',' or ']'", false,
	 "expected ',' or ']': is the '[' above closed?"},
	{"did not find expected ',' or '}'", false,
	 "expected ',' or '}': is the '{' above closed?"},
	{"did not find expected alphabetic or numeric character", true,
	 "a value that begins with '*' or '&' needs quotes"},
	{"did not find expected node content", false, "expected a value here"},
	{"found unexpected end of stream", true, "this quote is never closed"},
	{"found unexpected document indicator", true, "this quote is never closed"},
	{"found unknown escape character", false,
	 "unknown escape behind '\\': write '\\\\' for a backslash, or use single quotes"},
	{"did not find expected hexdecimal number", false,
	 "expected hexadecimal digits behind '\\x', '\\u' or '\\U'"},
	{"found invalid Unicode character escape code", false, "this escape is no character"},
	{"block sequence entries are not allowed in this context", false,
	 "'- ' doesn't fit here: begin the list on a line of its own"},
	{"block mapping keys are not allowed in this context", false,
	 "'? ' doesn't fit here: check the indentation"},
	{"found a tab character that violates indentation", false,
	 "a tab can't indent: use spaces"},
	{"found a tab character where an indentation space is expected", false,
	 "a tab can't indent: use spaces"},
	{"found undefined tag handle", false, "tags are not used here: put text in quotes"},
	{"did not find expected <document start>", false,
	 "expected the end of the file: check the indentation of this line"},
	{"found incompatible YAML document", false, "only YAML 1.1 and 1.2 are known"},
};

/* "found character that cannot start any token" says little: which one, and why not. */
static bool report_character(const struct yaml_tree *tree, struct mark mark, struct diag *diag)
{
	const char *line = tree->bytes, *end = tree->bytes + tree->length;
	uint32_t at = mark.column - 1;

	for (uint32_t i = 1; i < mark.line; i++) {
		line = memchr(line, '\n', (size_t)(end - line));
		if (!line)
			return false;
		line++;
	}
	while (at && line < end) {
		do
			line++;
		while (line < end && (*line & 0xc0) == 0x80);
		at--;
	}
	if (line >= end)
		return false;
	if (*line == '\t')
		diag_add(diag, DIAG_ERROR, mark, 1, "a tab can't indent: use spaces");
	else
		diag_add(diag, DIAG_ERROR, mark, 1,
			 "a value can't begin with '%c': put it in quotes", *line);
	return true;
}

void yaml_scan_report(const yaml_parser_t *parser, const struct yaml_tree *tree, struct diag *diag)
{
	struct mark mark = {tree->name, (uint32_t)parser->problem_mark.line + 1,
			    (uint32_t)parser->problem_mark.column + 1};
	const char *problem = parser->problem ? parser->problem : "unreadable";

	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	if (strcmp(problem, "found character that cannot start any token") == 0 &&
	    report_character(tree, mark, diag))
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(messages); i++) {
		if (strcmp(problem, messages[i].problem) != 0)
			continue;
		if (messages[i].at_context && parser->context) {
			mark.line = (uint32_t)parser->context_mark.line + 1;
			mark.column = (uint32_t)parser->context_mark.column + 1;
		}
		diag_add(diag, DIAG_ERROR, mark, 1, "%s", messages[i].text);
		return;
	}
	diag_add(diag, DIAG_ERROR, mark, 1, "not valid YAML: %s", problem);
}
