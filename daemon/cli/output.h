/*
 * Where text for people goes: results to standard output, all else to standard error, colour only
 * where a terminal shows it and NO_COLOR is not set.
 */
#ifndef NUMBERD_CLI_OUTPUT_H
#define NUMBERD_CLI_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/diag.h"

/* "numberd: error: ..." on standard error. */
void output_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void output_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sorted, on standard error. */
void output_diag(struct diag *diag);

/* Whether this descriptor (1 or 2) takes colour. */
bool output_has_color(int fd);

/* The whole text to standard output. 0, or 1 after an error was printed: then the result is lost,
 * and the exit status must say so. */
int output_result(const struct buf *text);

#endif
