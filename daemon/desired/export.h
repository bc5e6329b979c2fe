/*
 * The way back: from what one account has live to the text of a numbers.yaml that declares it, as a
 * careful person would write it. What all numbers share becomes `defaults`, what several share a
 * group, a field at its default is left out, and the name in the Console is a comment.
 *
 * The same list gives the same bytes, in whatever order its rows came. It never writes what the
 * reader of this room refuses: such a value is left out, and a comment says so. Pure.
 */
#ifndef NUMBERD_DESIRED_EXPORT_H
#define NUMBERD_DESIRED_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "twilio/actual.h"

struct export_counts {
	uint32_t numbers;
	uint32_t groups;
	uint32_t left_out; /* values that are live and that the text does not declare */
	uint32_t secrets;  /* urls that seem to hold one */
};

/* Adds the file of `account`, whose list is `actual`, to `out`. `minimal`: voice_url and sms_url
 * alone, without defaults and groups. */
struct export_counts export_write(struct buf *out, const char *account, const struct actual *actual,
				  bool minimal);

#endif
