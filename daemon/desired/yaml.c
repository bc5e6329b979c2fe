#include "desired/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/mem.h"
#include "desired/yaml_scan.h"

_Static_assert(sizeof(struct yaml_node) == 16, "a node is compact");
_Static_assert(LIMIT_FILE_BYTES <= 1 << 24, "line and column fit 24 bits");

#define MASK_24     0xffffffU
#define WIDEST      255
#define ANCHOR_OPEN UINT32_MAX /* of a collection that hasn't ended yet */

struct anchor {
	char *name;
	uint32_t node;
};

/* A mapping or sequence whose end is still to come. */
struct level {
	uint32_t node;
	uint32_t anchor;   /* index + 1, 0: none */
	uint32_t last_key; /* 0: none yet */
	bool ascending;    /* each key so far is greater than the one before: none is there twice */
};

struct builder {
	yaml_parser_t parser;
	struct yaml_tree *tree;
	struct diag *diag;
	struct level levels[LIMIT_YAML_DEPTH];
	unsigned depth;
	struct anchor *anchors;
	size_t anchor_count;
	size_t anchor_capacity;
	size_t aliases;
	bool ended;     /* the first document has */
	bool ascii;     /* characters are bytes */
	size_t seek_at; /* byte of character seek_character */
	size_t seek_character;
};

static struct mark mark_of(const struct builder *builder, yaml_mark_t mark)
{
	return (struct mark){builder->tree->name, (uint32_t)mark.line + 1,
			     (uint32_t)mark.column + 1};
}

static size_t width_of(const yaml_event_t *event)
{
	if (event->end_mark.line != event->start_mark.line)
		return WIDEST;
	return event->end_mark.column - event->start_mark.column;
}

#define fail(builder, event, ...)                                                                  \
	(diag_add((builder)->diag, DIAG_ERROR, mark_of((builder), (event)->start_mark),            \
		  width_of(event), __VA_ARGS__),                                                   \
	 -EINVAL)

/* libyaml counts characters; marks of its events only grow. */
static size_t byte_of(struct builder *builder, size_t character)
{
	const char *bytes = builder->tree->bytes;

	if (builder->ascii)
		return character;
	while (builder->seek_character < character && builder->seek_at < builder->tree->length) {
		do
			builder->seek_at++;
		while (builder->seek_at < builder->tree->length &&
		       (bytes[builder->seek_at] & 0xc0) == 0x80);
		builder->seek_character++;
	}
	return builder->seek_at;
}

static int compare_text(const struct yaml_tree *tree, const struct yaml_node *a,
			const struct yaml_node *b)
{
	int order = memcmp(yaml_text(tree, a), yaml_text(tree, b),
			   a->size < b->size ? a->size : b->size);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_keys(const void *a, const void *b, void *context)
{
	const struct yaml_tree *tree = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = compare_text(tree, &tree->nodes[x], &tree->nodes[y]);

	return order ? order : (x > y) - (x < y);
}

static void report_twice(struct builder *builder, const struct yaml_node *first,
			 const struct yaml_node *again)
{
	const struct yaml_tree *tree = builder->tree;
	struct buf shown = {0};

	yaml_add_shown(tree, again, &shown);
	diag_add(builder->diag, DIAG_ERROR, yaml_mark(tree, again), again->width,
		 "'%s' is declared twice: the first is at %s:%u:%u", buf_text(&shown), tree->name,
		 first->line, first->column);
	buf_finish(&shown);
}

/* Sorts the keys, so that a million of them take no time that a person would notice. */
static void check_keys(struct builder *builder, const struct yaml_node *mapping)
{
	const struct yaml_tree *tree = builder->tree;
	size_t count = mapping->at / 2, first = 0, i = 0;
	uint32_t *keys = mem_zalloc(count, sizeof(*keys));
	const struct yaml_node *key, *value;

	YAML_FOREACH (key, value, mapping)
		keys[i++] = (uint32_t)(key - tree->nodes);
	qsort_r(keys, count, sizeof(*keys), compare_keys, builder->tree);
	for (i = 1; i < count; i++) {
		const struct yaml_node *again = &tree->nodes[keys[i]];

		if (compare_text(tree, &tree->nodes[keys[first]], again) != 0)
			first = i;
		else
			report_twice(builder, &tree->nodes[keys[first]], again);
	}
	mem_free(keys);
}

static bool at_key(const struct builder *builder)
{
	const struct yaml_node *parent;

	if (!builder->depth)
		return false;
	parent = &builder->tree->nodes[builder->levels[builder->depth - 1].node];
	return parent->kind == YAML_MAPPING && parent->at % 2 == 0;
}

/* Counts a node that is complete as a child of the mapping or sequence it is in. */
static int node_ended(struct builder *builder, uint32_t index, const yaml_event_t *event)
{
	struct yaml_tree *tree = builder->tree;
	struct level *level;
	struct yaml_node *parent;

	if (!builder->depth)
		return 0;
	level = &builder->levels[builder->depth - 1];
	parent = &tree->nodes[level->node];
	if (at_key(builder)) {
		if (tree->nodes[index].kind != YAML_SCALAR) {
			diag_add(builder->diag, DIAG_ERROR, yaml_mark(tree, &tree->nodes[index]), 1,
				 "a key must be a plain value, not %s",
				 yaml_kind_name(&tree->nodes[index]));
			return -EINVAL;
		}
		if (level->last_key &&
		    compare_text(tree, &tree->nodes[level->last_key], &tree->nodes[index]) >= 0)
			level->ascending = false;
		level->last_key = index;
	}
	parent->at++;
	if (parent->at > (parent->kind == YAML_MAPPING ? 2 * LIMIT_YAML_KEYS : LIMIT_YAML_KEYS))
		return fail(builder, event, "more than %d entries here: the file is refused",
			    LIMIT_YAML_KEYS);
	return 0;
}

/* Room for `more` nodes, within the ceiling. */
static int reserve(struct builder *builder, size_t more, const yaml_event_t *event)
{
	struct yaml_tree *tree = builder->tree;

	if (more > LIMIT_YAML_NODES - tree->count)
		return fail(builder, event,
			    "more than %d values, aliases expanded: the file is refused",
			    LIMIT_YAML_NODES);
	while (tree->capacity < tree->count + more) {
		tree->capacity = tree->capacity ? tree->capacity * 2 : 256;
		tree->nodes = mem_resize(tree->nodes, tree->capacity, sizeof(*tree->nodes));
	}
	return 0;
}

static int add_anchor(struct builder *builder, const yaml_char_t *name, uint32_t node,
		      const yaml_event_t *event)
{
	if (!name)
		return 0;
	if (builder->anchor_count == LIMIT_YAML_ANCHORS)
		return fail(builder, event, "more than %d anchors: the file is refused",
			    LIMIT_YAML_ANCHORS);
	mem_grow(builder->anchors, builder->anchor_count, builder->anchor_capacity);
	builder->anchors[builder->anchor_count++] =
		(struct anchor){mem_strdup((const char *)name), node};
	return 0;
}

static struct yaml_node *add_node(struct builder *builder, enum yaml_kind kind,
				  const yaml_event_t *event)
{
	struct yaml_node *node = &builder->tree->nodes[builder->tree->count++];
	size_t width = width_of(event);

	*node = (struct yaml_node){
		.kind = kind & 0xf,
		.line = (uint32_t)(event->start_mark.line + 1) & MASK_24,
		.column = (uint32_t)(event->start_mark.column + 1) & MASK_24,
		.width = (width < WIDEST ? width : WIDEST) & 0xff,
	};
	return node;
}

static int refuse_tag(struct builder *builder, const yaml_char_t *tag, const yaml_event_t *event)
{
	if (!tag)
		return 0;
	return fail(builder, event, "tags such as !!str are not used here: put text in quotes");
}

static int on_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct yaml_tree *tree = builder->tree;
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length, end;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct yaml_node *node;
	int r;

	if ((r = refuse_tag(builder, event->data.scalar.tag, event)) < 0 ||
	    (r = reserve(builder, 1, event)) < 0 ||
	    (r = add_anchor(builder, event->data.scalar.anchor, (uint32_t)tree->count, event)) < 0)
		return r;
	if (length > LIMIT_YAML_SCALAR)
		return fail(builder, event, "a value of %zu bytes: more than %d are refused",
			    length, LIMIT_YAML_SCALAR);
	if (memchr(text, '\0', length))
		return fail(builder, event, "a value can't contain \\0");
	node = add_node(builder, YAML_SCALAR, event);
	node->plain = plain;
	node->size = (uint32_t)length;
	end = byte_of(builder, event->end_mark.index) - !plain;
	if (end <= tree->length && length <= end &&
	    memcmp(tree->bytes + end - length, text, length) == 0) {
		node->at = (uint32_t)(end - length);
	} else {
		node->pooled = true;
		node->at = (uint32_t)tree->pool.length;
		buf_add(&tree->pool, text, length);
	}
	return node_ended(builder, (uint32_t)tree->count - 1, event);
}

static int on_start(struct builder *builder, enum yaml_kind kind, const yaml_char_t *anchor,
		    const yaml_char_t *tag, const yaml_event_t *event)
{
	struct level *level;
	int r;

	if (builder->depth == LIMIT_YAML_DEPTH)
		return fail(builder, event, "nested more than %d deep: the file is refused",
			    LIMIT_YAML_DEPTH);
	if ((r = refuse_tag(builder, tag, event)) < 0 || (r = reserve(builder, 1, event)) < 0 ||
	    (r = add_anchor(builder, anchor, ANCHOR_OPEN, event)) < 0)
		return r;
	level = &builder->levels[builder->depth++];
	*level = (struct level){
		.node = (uint32_t)builder->tree->count,
		.anchor = anchor ? (uint32_t)builder->anchor_count : 0,
		.ascending = true,
	};
	add_node(builder, kind, event);
	return 0;
}

static int on_end(struct builder *builder, const yaml_event_t *event)
{
	struct level *level = &builder->levels[--builder->depth];
	struct yaml_node *node = &builder->tree->nodes[level->node];

	node->size = (uint32_t)builder->tree->count - level->node - 1;
	if (level->anchor)
		builder->anchors[level->anchor - 1].node = level->node;
	if (node->kind == YAML_MAPPING && !level->ascending)
		check_keys(builder, node);
	return node_ended(builder, level->node, event);
}

/* An alias becomes a copy of what it stands for, which keeps the places of the original. */
static int on_alias(struct builder *builder, const yaml_event_t *event)
{
	struct yaml_tree *tree = builder->tree;
	const char *name = (const char *)event->data.alias.anchor;
	size_t i = builder->anchor_count, size;
	uint32_t from;
	int r;

	if (++builder->aliases > LIMIT_YAML_ALIASES)
		return fail(builder, event, "more than %d aliases: the file is refused",
			    LIMIT_YAML_ALIASES);
	while (i && strcmp(builder->anchors[i - 1].name, name) != 0)
		i--;
	if (!i)
		return fail(builder, event, "no anchor '&%s' before this alias", name);
	from = builder->anchors[i - 1].node;
	if (from == ANCHOR_OPEN)
		return fail(builder, event, "alias '*%s' stands inside what it refers to", name);
	size = (size_t)(yaml_next(&tree->nodes[from]) - &tree->nodes[from]);
	if ((r = reserve(builder, size, event)) < 0)
		return r;
	memcpy(&tree->nodes[tree->count], &tree->nodes[from], size * sizeof(*tree->nodes));
	tree->count += size;
	return node_ended(builder, (uint32_t)(tree->count - size), event);
}

static int on_event(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(builder, event);
	case YAML_ALIAS_EVENT:
		return on_alias(builder, event);
	case YAML_MAPPING_START_EVENT:
		return on_start(builder, YAML_MAPPING, event->data.mapping_start.anchor,
				event->data.mapping_start.tag, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(builder, YAML_SEQUENCE, event->data.sequence_start.anchor,
				event->data.sequence_start.tag, event);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return on_end(builder, event);
	case YAML_DOCUMENT_START_EVENT:
		if (builder->ended)
			return fail(builder, event,
				    "a second document ('---'): a file holds one; use two files");
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		builder->ended = true;
		return 0;
	default:
		return 0;
	}
}

static int build(struct builder *builder)
{
	yaml_event_t event;
	bool last;
	int r;

	do {
		if (!yaml_parser_parse(&builder->parser, &event)) {
			yaml_scan_report(&builder->parser, builder->tree, builder->diag);
			return -EINVAL;
		}
		last = event.type == YAML_STREAM_END_EVENT;
		r = on_event(builder, &event);
		yaml_event_delete(&event);
	} while (r == 0 && !last);
	return r;
}

int yaml_tree_read(struct yaml_tree *tree, const char *name, const char *bytes, size_t length,
		   struct diag *diag)
{
	struct builder builder = {.tree = tree, .diag = diag};
	size_t bom = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	int r;

	*tree = (struct yaml_tree){.name = name, .bytes = bytes + bom, .length = length - bom};
	diag_set_source(diag, name, tree->bytes, tree->length);
	r = yaml_scan_bytes(tree, diag, &builder.ascii);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&builder.parser))
		abort();
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)tree->bytes,
				     tree->length);
	r = build(&builder);
	yaml_parser_delete(&builder.parser);
	for (size_t i = 0; i < builder.anchor_count; i++)
		mem_free(builder.anchors[i].name);
	mem_free(builder.anchors);
	if (r < 0)
		yaml_tree_finish(tree);
	return r;
}

void yaml_tree_finish(struct yaml_tree *tree)
{
	mem_free(tree->nodes);
	buf_finish(&tree->pool);
	*tree = (struct yaml_tree){0};
}
