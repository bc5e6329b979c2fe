#include <stdio.h>
#include <string.h>

#include "desired/yaml.h"
#include "support/test.h"

struct fixture {
	struct yaml_tree tree;
	struct diag diag;
	int result;
};

static void read_text(struct fixture *fixture, const char *text)
{
	*fixture = (struct fixture){0};
	fixture->result =
		yaml_tree_read(&fixture->tree, "a.yaml", text, strlen(text), &fixture->diag);
}

static void finish(struct fixture *fixture)
{
	yaml_tree_finish(&fixture->tree);
	diag_finish(&fixture->diag);
}

static const struct yaml_node *find(const struct fixture *fixture, const char *name)
{
	const struct yaml_node *key, *value;

	YAML_FOREACH (key, value, fixture->tree.nodes) {
		if (yaml_text_is(&fixture->tree, key, name))
			return value;
	}
	fail_msg("no key %s", name);
	return NULL;
}

static void expect(const struct fixture *fixture, const char *name, const char *text, uint32_t line,
		   uint32_t column, uint32_t width)
{
	const struct yaml_node *node = find(fixture, name);

	assert_int_equal(node->kind, YAML_SCALAR);
	assert_int_equal(node->size, strlen(text));
	assert_memory_equal(yaml_text(&fixture->tree, node), text, node->size);
	assert_int_equal(node->line, line);
	assert_int_equal(node->column, column);
	assert_int_equal(node->width, width);
}

static void test_scalars_keep_text_and_place_in_every_style(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "plain: a b\n"
		      "single: 'it''s'\n"
		      "double: \"a\\u00e9\\n\"\n"
		      "same: \"quoted\"\n"
		      "größe: ü é\n"
		      "after: größe\n"
		      "folded: a\n  b\n"
		      "block: |\n  one\n  two\n"
		      "empty:\n");
	assert_int_equal(f.result, 0);
	expect(&f, "plain", "a b", 1, 8, 3);
	expect(&f, "single", "it's", 2, 9, 7);
	expect(&f, "double", "aé\n", 3, 9, 11);
	expect(&f, "same", "quoted", 4, 7, 8);
	expect(&f, "größe", "ü é", 5, 8, 3);
	expect(&f, "after", "größe", 6, 8, 5);
	expect(&f, "folded", "a b", 7, 9, 255);
	expect(&f, "block", "one\ntwo\n", 9, 8, 255);
	expect(&f, "empty", "", 12, 7, 0);
	finish(&f);
}

static void test_nested_nodes_are_walked_by_their_size(void **state)
{
	const struct yaml_node *item, *list;
	struct fixture f;
	size_t items = 0;

	(void)state;
	read_text(&f, "list: [a, {b: [c, d]}, [], e]\nlast: x\n");
	list = find(&f, "list");
	assert_int_equal(list->at, 4);
	YAML_FOREACH_ITEM (item, list)
		items++;
	assert_int_equal(items, 4);
	expect(&f, "last", "x", 2, 7, 1);
	finish(&f);
}

static void test_null_and_booleans_in_all_their_spellings(void **state)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	static const char *const others[] = {"nUll", "none", "0", "''", "\"null\"", "'~'"};
	static const char *const yes[] = {"true", "True", "TRUE", "yes", "On", "y", "'true'"};
	static const char *const no[] = {"false", "False", "NO", "off", "N", "\"false\""};
	char text[32];
	struct fixture f;
	bool value;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "a: %s", nulls[i]);
		read_text(&f, text);
		assert_true(yaml_is_null(&f.tree, find(&f, "a")));
		finish(&f);
	}
	for (size_t i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "a: %s", others[i]);
		read_text(&f, text);
		assert_false(yaml_is_null(&f.tree, find(&f, "a")));
		assert_false(yaml_is_bool(&f.tree, find(&f, "a"), &value));
		finish(&f);
	}
	for (size_t i = 0; i < 13; i++) {
		snprintf(text, sizeof(text), "a: %s", i < 7 ? yes[i] : no[i - 7]);
		read_text(&f, text);
		assert_true(yaml_is_bool(&f.tree, find(&f, "a"), &value));
		assert_int_equal(value, i < 7);
		finish(&f);
	}
}

static void test_an_alias_is_a_copy_that_keeps_its_place(void **state)
{
	const struct yaml_node *copy;
	struct fixture f;

	(void)state;
	read_text(&f, "a: &x {k: v, l: [1, 2]}\nb: *x\nc: &x 7\nd: *x\n*x : e\n");
	assert_int_equal(f.result, 0);
	copy = find(&f, "b");
	assert_int_equal(copy->kind, YAML_MAPPING);
	assert_int_equal(copy->size, find(&f, "a")->size);
	assert_int_equal(copy[2].line, 1);
	expect(&f, "d", "7", 3, 4, 4);
	expect(&f, "7", "e", 5, 6, 1);
	finish(&f);
}

static void test_a_key_twice_is_found_at_any_depth_and_size(void **state)
{
	struct buf text = {0};
	struct fixture f;

	(void)state;
	buf_add_text(&text, "a: {z: 1, b: 2, 'z': 3}\n");
	for (int i = 2000; i > 0; i--)
		buf_printf(&text, "key%d: 1\n", i);
	buf_add_text(&text, "key77: 1\nkey1: 1\nkey77: 1\n");
	read_text(&f, buf_text(&text));
	assert_int_equal(f.result, 0);
	diag_sort(&f.diag);
	assert_int_equal(f.diag.errors, 4);
	assert_string_equal(f.diag.items[0].message,
			    "'z' is declared twice: the first is at a.yaml:1:5");
	assert_int_equal(f.diag.items[0].column, 17);
	assert_string_equal(f.diag.items[3].message,
			    "'key77' is declared twice: the first is at a.yaml:1925:1");
	assert_int_equal(f.diag.items[3].line, 2004);
	finish(&f);
	buf_finish(&text);
}

static void test_no_document_is_a_tree_without_nodes(void **state)
{
	static const char *const texts[] = {"", "\n\n", "# only a comment\n", "\xef\xbb\xbf"};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		read_text(&f, texts[i]);
		assert_int_equal(f.result, 0);
		assert_int_equal(f.tree.count, 0);
		finish(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars_keep_text_and_place_in_every_style),
		cmocka_unit_test(test_nested_nodes_are_walked_by_their_size),
		cmocka_unit_test(test_null_and_booleans_in_all_their_spellings),
		cmocka_unit_test(test_an_alias_is_a_copy_that_keeps_its_place),
		cmocka_unit_test(test_a_key_twice_is_found_at_any_depth_and_size),
		cmocka_unit_test(test_no_document_is_a_tree_without_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
