#include "index.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a. */
static uint64_t name_hash(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash;
}

static struct index_slot *slot_of(struct index_slot *slots, size_t capacity, const char *name)
{
	size_t i = name_hash(name) & (capacity - 1);

	while (slots[i].name && strcmp(slots[i].name, name) != 0)
		i = (i + 1) & (capacity - 1);
	return &slots[i];
}

void index_finish(struct index *index)
{
	mem_free(index->slots);
	*index = (struct index){0};
}

void *index_find(const struct index *index, const char *name)
{
	if (!index->capacity)
		return NULL;
	return slot_of(index->slots, index->capacity, name)->record;
}

static void index_grow(struct index *index)
{
	size_t capacity = index->capacity ? index->capacity * 2 : 64;
	struct index_slot *slots = mem_zalloc(capacity, sizeof(*slots));

	for (size_t i = 0; i < index->capacity; i++) {
		if (index->slots[i].name)
			*slot_of(slots, capacity, index->slots[i].name) = index->slots[i];
	}
	mem_free(index->slots);
	index->slots = slots;
	index->capacity = capacity;
}

void index_put(struct index *index, const char *name, void *record)
{
	struct index_slot *slot;

	if (index->count * 2 >= index->capacity)
		index_grow(index);
	slot = slot_of(index->slots, index->capacity, name);
	if (!slot->name)
		index->count++;
	slot->name = name;
	slot->record = record;
}
