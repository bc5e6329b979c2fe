/*
 * The two ends of reading YAML that libyaml is weak at: bytes that are no text (it reports them
 * without a place), and the words of its messages. Used by desired/yaml.c alone.
 */
#ifndef NUMBERD_DESIRED_YAML_SCAN_H
#define NUMBERD_DESIRED_YAML_SCAN_H

#include <yaml.h>

#include "desired/yaml.h"

/*
 * 0 where the bytes are UTF-8 text with line ends of LF or CRLF and without control characters;
 * else -EINVAL, and `diag` says what to do. `ret_ascii`: each character is one byte.
 */
int yaml_scan_bytes(const struct yaml_tree *tree, struct diag *diag, bool *ret_ascii);

/* The error that `parser` stopped with, in plain words. */
void yaml_scan_report(const yaml_parser_t *parser, const struct yaml_tree *tree, struct diag *diag);

#endif
