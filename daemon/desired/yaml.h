/*
 * A YAML file as a tree in which every node knows its place. Built on the events of libyaml, with
 * ceilings on everything (base/limits.h): bytes, depth, keys, nodes with their aliases expanded.
 *
 * Stricter than YAML where YAML lets mistakes pass: a key given twice, a tag, a second document, a
 * key that is no plain text are errors. It never decides what a scalar means: `null`, `yes` and
 * `0123` are their text, and `plain` says that there were no quotes.
 *
 * The tree is one array in the order of the file, a node before its children, 16 bytes a node,
 * because a file of 100,000 numbers has a million of them. The bytes of the file must outlive it:
 * most scalars are read from there.
 */
#ifndef NUMBERD_DESIRED_YAML_H
#define NUMBERD_DESIRED_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

struct yaml_node {
	uint32_t line : 24;
	uint32_t kind : 4;   /* enum yaml_kind */
	uint32_t plain : 1;  /* a scalar without quotes */
	uint32_t pooled : 1; /* its text is in the pool, not in the file */
	uint32_t column : 24;
	uint32_t width : 8; /* characters on its line, 255 for more */
	uint32_t size;      /* bytes of a scalar; nodes below a mapping or sequence */
	uint32_t at;        /* where the text of a scalar begins; children of the others */
};

struct yaml_tree {
	const char *name;
	const char *bytes; /* of the file, behind a byte order mark */
	size_t length;
	struct yaml_node *nodes; /* nodes[0] is the root */
	size_t count;            /* 0: the file has no document */
	size_t capacity;
	struct buf pool; /* text that differs from the bytes of the file: escapes, folded lines */
};

/*
 * Reads `length` bytes. 0, or -EINVAL where no tree can be made of them. Either way errors went to
 * `diag`, also with 0: look at diag->errors. `name` and `bytes` must outlive the tree, and the
 * source of `diag` is set to them.
 */
int yaml_tree_read(struct yaml_tree *tree, const char *name, const char *bytes, size_t length,
		   struct diag *diag);
void yaml_tree_finish(struct yaml_tree *tree);

/* The bytes of a scalar, node->size of them and no NUL behind. */
const char *yaml_text(const struct yaml_tree *tree, const struct yaml_node *node);

bool yaml_text_is(const struct yaml_tree *tree, const struct yaml_node *node, const char *text);

/* A scalar as a message shows it: cut where it is long, safe for terminals, secrets redacted. */
void yaml_add_shown(const struct yaml_tree *tree, const struct yaml_node *node, struct buf *buf);

/* ~, null, Null, NULL or nothing at all, without quotes. */
bool yaml_is_null(const struct yaml_tree *tree, const struct yaml_node *node);

/* true or false in the spellings of YAML 1.1 and 1.2 (true, Yes, ON, n, ...), quoted or not. */
bool yaml_is_bool(const struct yaml_tree *tree, const struct yaml_node *node, bool *ret_value);

/* "a list", "a mapping" or "a value", for messages. */
const char *yaml_kind_name(const struct yaml_node *node);

struct mark yaml_mark(const struct yaml_tree *tree, const struct yaml_node *node);

/* The node behind this one and all that is below it. */
static inline const struct yaml_node *yaml_next(const struct yaml_node *node)
{
	return node + 1 + (node->kind == YAML_SCALAR ? 0 : node->size);
}

/* for (each key and value of a mapping, in the order of the file) */
#define YAML_FOREACH(key, value, mapping)                                                          \
	for ((key) = (mapping) + 1, (value) = (key) + 1; (key) < yaml_next(mapping);               \
	     (key) = yaml_next(value), (value) = (key) + 1)

/* for (each item of a sequence) */
#define YAML_FOREACH_ITEM(item, sequence)                                                          \
	for ((item) = (sequence) + 1; (item) < yaml_next(sequence); (item) = yaml_next(item))

#endif
