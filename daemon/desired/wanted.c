#include "desired/wanted.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted_reader.h"

/* Everything that grows while the files are read. */
struct assembly {
	struct wanted *wanted;
	struct diag *diag;
	struct wanted_file *files;
	const char **owners; /* SID of the account of each file */
	struct wanted_number *numbers;
	size_t number_count;
	size_t number_capacity;
};

static void read_file(struct assembly *assembly, uint32_t index, const struct wanted_source *source,
		      const char *default_account)
{
	struct arena *arena = &assembly->wanted->arena;
	struct wanted_reader *reader = mem_zalloc(1, sizeof(*reader));
	size_t before = assembly->number_count;

	*reader = (struct wanted_reader){
		.arena = arena,
		.diag = assembly->diag,
		.file = index,
		.account = "",
		.limit.permille = CHANGE_SHARE_DEFAULT,
		.numbers = assembly->numbers,
		.number_count = assembly->number_count,
		.number_capacity = assembly->number_capacity,
	};
	assembly->files[index].name = arena_strdup(arena, source->name);
	if (yaml_tree_read(&reader->tree, assembly->files[index].name, source->bytes,
			   source->length, assembly->diag) == 0)
		wanted_read_top(reader, default_account);
	yaml_tree_finish(&reader->tree);
	assembly->numbers = reader->numbers;
	assembly->number_count = reader->number_count;
	assembly->number_capacity = reader->number_capacity;
	assembly->owners[index] = reader->account;
	assembly->files[index].allow_transfer = reader->allow_transfer;
	assembly->files[index].limit = reader->limit;
	assembly->files[index].declared = (uint32_t)(reader->number_count - before);
	mem_free(reader->groups);
	mem_free(reader);
}

static int compare_sids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Makes the sorted list of accounts, and gives each file and number its index into it. */
static void assign_accounts(struct assembly *assembly)
{
	struct wanted *wanted = assembly->wanted;
	const char **sids = mem_zalloc(wanted->file_count, sizeof(*sids));
	struct wanted_account *accounts;
	size_t count = 0;

	memcpy(sids, assembly->owners, wanted->file_count * sizeof(*sids));
	qsort(sids, wanted->file_count, sizeof(*sids), compare_sids);
	accounts = arena_alloc(&wanted->arena, wanted->file_count * sizeof(*accounts));
	for (size_t i = 0; i < wanted->file_count; i++) {
		if (!count || strcmp(accounts[count - 1].sid, sids[i]) != 0)
			accounts[count++].sid = sids[i];
	}
	mem_free(sids);
	for (size_t i = 0; i < wanted->file_count; i++) {
		while (strcmp(accounts[assembly->files[i].account].sid, assembly->owners[i]) != 0)
			assembly->files[i].account++;
	}
	for (size_t i = 0; i < assembly->number_count; i++) {
		struct wanted_number *number = &assembly->numbers[i];

		number->account = assembly->files[number->file].account;
		accounts[number->account].count++;
	}
	for (size_t i = 1; i < count; i++)
		accounts[i].first = accounts[i - 1].first + accounts[i - 1].count;
	wanted->accounts = accounts;
	wanted->account_count = count;
}

static int compare_declared(const void *a, const void *b)
{
	const struct wanted_number *x = a, *y = b;
	int order = strcmp(x->number, y->number);

	if (order)
		return order;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->mark.line < y->mark.line ? -1 : x->mark.line > y->mark.line;
}

static int compare_by_account(const void *a, const void *b)
{
	const struct wanted_number *x = a, *y = b;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	return compare_declared(a, b);
}

static void sort_numbers(struct assembly *assembly, int (*compare)(const void *, const void *))
{
	if (assembly->number_count)
		qsort(assembly->numbers, assembly->number_count, sizeof(*assembly->numbers),
		      compare);
}

/* Twice in one file was said when that file was read. */
static void check_twice(struct assembly *assembly, const struct wanted_source *sources)
{
	const struct wanted_number *first = assembly->numbers;

	for (size_t i = 1; i < assembly->number_count; i++) {
		const struct wanted_number *number = &assembly->numbers[i];
		const struct wanted_source *source = &sources[number->file];

		if (strcmp(first->number, number->number) != 0) {
			first = number;
			continue;
		}
		if (number->file == number[-1].file)
			continue;
		diag_set_source(assembly->diag, number->mark.file, source->bytes, source->length);
		diag_add(assembly->diag, DIAG_ERROR, number->mark, strlen(number->number),
			 "'%s' is declared twice: the first is at %s:%u:%u", number->number,
			 first->mark.file, first->mark.line, first->mark.column);
	}
}

struct wanted *wanted_read(const struct wanted_source *sources, size_t count,
			   const char *default_account, struct diag *diag)
{
	struct wanted *wanted = mem_zalloc(1, sizeof(*wanted));
	struct assembly assembly = {.wanted = wanted, .diag = diag};

	if (!count)
		diag_add(diag, DIAG_ERROR, (struct mark){0}, 1, "no file to read");
	assembly.files = arena_alloc(&wanted->arena, count * sizeof(*assembly.files));
	assembly.owners = arena_alloc(&wanted->arena, count * sizeof(*assembly.owners));
	for (size_t i = 0; i < count; i++)
		read_file(&assembly, (uint32_t)i, &sources[i], default_account);
	sort_numbers(&assembly, compare_declared);
	check_twice(&assembly, sources);
	diag_set_source(diag, NULL, NULL, 0);
	wanted->numbers = assembly.numbers;
	if (diag->errors) {
		wanted_free(wanted);
		return NULL;
	}
	wanted->files = assembly.files;
	wanted->file_count = count;
	wanted->number_count = assembly.number_count;
	assign_accounts(&assembly);
	if (wanted->account_count > 1)
		sort_numbers(&assembly, compare_by_account);
	return wanted;
}

void wanted_free(struct wanted *wanted)
{
	if (!wanted)
		return;
	mem_free((void *)wanted->numbers);
	arena_finish(&wanted->arena);
	mem_free(wanted);
}

size_t wanted_find(const struct wanted *wanted, const char *number)
{
	for (size_t a = 0; a < wanted->account_count; a++) {
		size_t low = wanted->accounts[a].first, high = low + wanted->accounts[a].count;

		while (low < high) {
			size_t middle = low + (high - low) / 2;
			int order = strcmp(number, wanted->numbers[middle].number);

			if (order == 0)
				return middle;
			if (order < 0)
				high = middle;
			else
				low = middle + 1;
		}
	}
	return wanted->number_count;
}

struct mark wanted_mark(const struct wanted_number *number, enum field_id id)
{
	assert(record_has(&number->record, id));
	return number->marks[record_index(number->record.set, id)];
}

bool change_limit_exceeds(const struct change_limit *limit, uint32_t numbers, uint32_t declared)
{
	if (limit->is_count)
		return (int64_t)numbers > limit->count;
	return declared >= CHANGE_SHARE_FROM &&
	       (int64_t)numbers * 1000 > limit->permille * (int64_t)declared;
}

void change_limit_add(struct buf *buf, const struct change_limit *limit)
{
	if (limit->is_count)
		buf_printf(buf, "%lld", (long long)limit->count);
	else if (limit->permille % 10)
		buf_printf(buf, "%lld.%lld %%", (long long)(limit->permille / 10),
			   (long long)(limit->permille % 10));
	else
		buf_printf(buf, "%lld %%", (long long)(limit->permille / 10));
}
