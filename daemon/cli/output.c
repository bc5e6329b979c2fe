#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

__attribute__((format(printf, 3, 0))) static void say(const char *word, const char *color,
						      const char *format, va_list args)
{
	bool colored = output_has_color(STDERR_FILENO);

	fprintf(stderr, "numberd: %s%s:%s ", colored ? color : "", word, colored ? "\033[0m" : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void output_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("error", "\033[1;31m", format, args);
	va_end(args);
}

void output_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning", "\033[1;35m", format, args);
	va_end(args);
}

bool output_has_color(int fd)
{
	const char *term = getenv("TERM");

	return text_is_empty(getenv("NO_COLOR")) && isatty(fd) && !text_equal(term, "dumb");
}

void output_diag(struct diag *diag)
{
	struct buf text = {0};

	diag_sort(diag);
	diag_print(diag, &text, output_has_color(STDERR_FILENO));
	fputs(buf_text(&text), stderr);
	buf_finish(&text);
}

int output_result(const struct buf *text)
{
	if ((text->length && fwrite(text->bytes, 1, text->length, stdout) != text->length) ||
	    fflush(stdout) == EOF) {
		output_error("can't write to standard output: %s", strerrordesc_np(errno));
		return 1;
	}
	return 0;
}
