#include <stdlib.h>
#include <string.h>

#include "simulation/world.h"

static char decode(const char **text)
{
	char hex[3] = "";

	if (**text == '+') {
		(*text)++;
		return ' ';
	}
	if (**text != '%' || !(*text)[1] || !(*text)[2])
		return *(*text)++;
	memcpy(hex, *text + 1, 2);
	*text += 3;
	return (char)strtol(hex, NULL, 16);
}

bool form_next(struct form_reader *reader)
{
	char name[64];
	size_t length = 0;

	if (!reader->rest || !*reader->rest)
		return false;
	while (*reader->rest && *reader->rest != '=' && length < sizeof(name) - 1)
		name[length++] = *reader->rest++;
	name[length] = '\0';
	reader->field = sim_field_by_param(name);
	reader->rest += *reader->rest == '=';
	length = 0;
	while (*reader->rest && *reader->rest != '&' && length < sizeof(reader->value) - 1)
		reader->value[length++] = decode(&reader->rest);
	reader->value[length] = '\0';
	reader->rest += *reader->rest == '&';
	return true;
}
