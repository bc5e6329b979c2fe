/*
 * Finds a record by its name: a hash table of pointers whose names are owned by the records. Never
 * frees or copies a name.
 */
#ifndef TWILIO_SIM_INDEX_H
#define TWILIO_SIM_INDEX_H

#include <stddef.h>

struct index_slot {
	const char *name; /* NULL: free */
	void *record;
};

/* All zeros is empty and ready. */
struct index {
	struct index_slot *slots;
	size_t capacity; /* a power of two */
	size_t count;
};

void index_finish(struct index *index);
void *index_find(const struct index *index, const char *name); /* NULL: none */

/* Replaces the record that the name had. */
void index_put(struct index *index, const char *name, void *record);

#endif
