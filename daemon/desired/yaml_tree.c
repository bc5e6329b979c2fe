#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "desired/yaml.h"

#define SHOWN_BYTES 80 /* of a value in a message */

const char *yaml_text(const struct yaml_tree *tree, const struct yaml_node *node)
{
	assert(node->kind == YAML_SCALAR);
	return (node->pooled ? buf_text(&tree->pool) : tree->bytes) + node->at;
}

bool yaml_text_is(const struct yaml_tree *tree, const struct yaml_node *node, const char *text)
{
	return node->size == strlen(text) && memcmp(yaml_text(tree, node), text, node->size) == 0;
}

void yaml_add_shown(const struct yaml_tree *tree, const struct yaml_node *node, struct buf *buf)
{
	size_t length = node->size < SHOWN_BYTES ? node->size : SHOWN_BYTES;
	char *text = mem_strndup(yaml_text(tree, node), length);

	/* Not in the middle of a character. */
	text[text_utf8_valid_length(text, length)] = '\0';
	text_add_shown(buf, text);
	if (length < node->size)
		buf_add_text(buf, "...");
	mem_free(text);
}

static bool is_one_of(const struct yaml_tree *tree, const struct yaml_node *node,
		      const char *const *words)
{
	for (; *words; words++) {
		if (node->size == strlen(*words) &&
		    strncasecmp(yaml_text(tree, node), *words, node->size) == 0)
			return true;
	}
	return false;
}

bool yaml_is_null(const struct yaml_tree *tree, const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && node->plain &&
	       (node->size == 0 || yaml_text_is(tree, node, "~") ||
		yaml_text_is(tree, node, "null") || yaml_text_is(tree, node, "Null") ||
		yaml_text_is(tree, node, "NULL"));
}

bool yaml_is_bool(const struct yaml_tree *tree, const struct yaml_node *node, bool *ret_value)
{
	static const char *const yes[] = {"true", "yes", "on", "y", NULL};
	static const char *const no[] = {"false", "no", "off", "n", NULL};

	if (node->kind != YAML_SCALAR)
		return false;
	if (is_one_of(tree, node, yes))
		*ret_value = true;
	else if (is_one_of(tree, node, no))
		*ret_value = false;
	else
		return false;
	return true;
}

const char *yaml_kind_name(const struct yaml_node *node)
{
	static const char *const names[] = {[YAML_SCALAR] = "a value",
					    [YAML_MAPPING] = "a mapping",
					    [YAML_SEQUENCE] = "a list"};

	return names[node->kind];
}

struct mark yaml_mark(const struct yaml_tree *tree, const struct yaml_node *node)
{
	return (struct mark){tree->name, node->line, node->column};
}
