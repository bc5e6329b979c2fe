#include "base/phone.h"

#include <string.h>

#include "base/text.h"

bool phone_guess(const char *text, char ret_guess[PHONE_SIZE])
{
	size_t digits = 0;

	if (*text == '+')
		text++;
	else if (text_starts(text, "00"))
		text += 2;
	for (; *text; text++) {
		if (*text >= '0' && *text <= '9') {
			if (digits == 15)
				return false;
			ret_guess[++digits] = *text;
		} else if (!strchr(" -.()/_", *text)) {
			return false;
		}
	}
	ret_guess[0] = '+';
	ret_guess[digits + 1] = '\0';
	return digits >= 8 && ret_guess[1] != '0';
}

bool phone_is_valid(const char *text, size_t length)
{
	if (length < 9 || length > 16 || text[0] != '+' || text[1] == '0')
		return false;
	for (size_t i = 1; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}
