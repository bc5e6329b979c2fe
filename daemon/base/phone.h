/*
 * Phone numbers as the file, the command line and Twilio write them: E.164, "+14155550100". Pure.
 */
#ifndef NUMBERD_BASE_PHONE_H
#define NUMBERD_BASE_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#define PHONE_SIZE 17 /* the longest with its NUL */

/* '+', a country code that does not begin with 0, and 8 to 15 digits in all. */
bool phone_is_valid(const char *text, size_t length);

/* The number that `text` seems to mean, "+1 (415) 555-0100" or "0044...": false where there is
 * none. */
bool phone_guess(const char *text, char ret_guess[PHONE_SIZE]);

#endif
