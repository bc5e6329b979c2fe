/*
 * A struct wanted without a file: numbers of one account, "+1415" and seven digits, in order, with
 * no fields. For tests of what is kept beside the file.
 */
#ifndef NUMBERD_TESTS_DECLARED_H
#define NUMBERD_TESTS_DECLARED_H

#include "base/mem.h"
#include "desired/wanted.h"

#define DECLARED_ACCOUNT "AC00000000000000000000000000000001"

/* The numbers first, first + step, ... ; freed by in_force_free(). */
static inline struct wanted *in_force_new(size_t first, size_t count, size_t step)
{
	struct wanted *wanted = mem_zalloc(1, sizeof(*wanted));
	struct wanted_account *account = arena_alloc(&wanted->arena, sizeof(*account));
	struct wanted_number *numbers = arena_alloc(&wanted->arena, (count + 1) * sizeof(*numbers));

	*account = (struct wanted_account){.sid = DECLARED_ACCOUNT, .count = (uint32_t)count};
	for (size_t i = 0; i < count; i++)
		numbers[i].number = arena_printf(&wanted->arena, "+1415%07zu", first + i * step);
	wanted->accounts = account;
	wanted->account_count = 1;
	wanted->numbers = numbers;
	wanted->number_count = count;
	return wanted;
}

static inline void in_force_free(struct wanted *wanted)
{
	arena_finish(&wanted->arena);
	mem_free(wanted);
}

#endif
