/* The top of a file: everything but groups and numbers. */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/wanted_reader.h"
#include "desired/wanted_url.h"

/* The values of the keys at the top; NULL where a key is missing. */
struct sections {
	const struct yaml_node *version;
	const struct yaml_node *account;
	const struct yaml_node *allow_transfer;
	const struct yaml_node *limits;
	const struct yaml_node *defaults;
	const struct yaml_node *groups;
	const struct yaml_node *numbers;
};

#define file_error(reader, ...)                                                                    \
	diag_add((reader)->diag, DIAG_ERROR, (struct mark){.file = (reader)->tree.name}, 1,        \
		 __VA_ARGS__)

static void find_sections(struct wanted_reader *reader, struct sections *sections)
{
	const struct {
		const char *key;
		const struct yaml_node **section;
	} known[] = {
		{"version", &sections->version},   {"account", &sections->account},
		{"limits", &sections->limits},     {"allow_transfer", &sections->allow_transfer},
		{"defaults", &sections->defaults}, {"groups", &sections->groups},
		{"numbers", &sections->numbers},
	};
	const struct yaml_node *key, *value;

	YAML_FOREACH (key, value, reader->tree.nodes) {
		size_t i = 0;

		while (i < ARRAY_LENGTH(known) && !yaml_text_is(&reader->tree, key, known[i].key))
			i++;
		if (i < ARRAY_LENGTH(known))
			*known[i].section = value;
		else if (!wanted_read_policy(reader, key, value, &reader->policies))
			wanted_unknown_key(reader, key, PLACE_TOP);
	}
}

static void read_version(struct wanted_reader *reader, const struct yaml_node *version)
{
	if (!version)
		file_error(reader, "no version: begin the file with 'version: 1'");
	else if (version->kind != YAML_SCALAR || !yaml_text_is(&reader->tree, version, "1"))
		wanted_error(reader, version, "version must be 1: no other is known");
}

static const char *canonical_account(struct wanted_reader *reader, const char *sid)
{
	char scratch[FIELD_SCRATCH];

	return arena_strdup(reader->arena, field_canonical(FIELD_ACCOUNT_SID, sid, scratch));
}

/* A file whose account is wrong goes on with "", so that its other errors are seen too. */
static void read_account(struct wanted_reader *reader, const struct yaml_node *account,
			 const char *default_account)
{
	const char *text;

	reader->account = "";
	if (account && account->kind == YAML_SCALAR && !yaml_is_null(&reader->tree, account)) {
		text = wanted_intern(reader, account);
		if (text_is_sid(text, "AC"))
			reader->account = canonical_account(reader, text);
		else
			wanted_error(reader, account,
				     "account must be the SID of an account: 'AC' and 32 "
				     "hexadecimal digits");
	} else if (account) {
		wanted_error(reader, account, "account must be the SID of an account, not %s",
			     account->kind == YAML_SCALAR ? "nothing" : yaml_kind_name(account));
	} else if (text_is_empty(default_account)) {
		file_error(reader, "no account: write 'account: AC...' at the top of the file, or "
				   "set TWILIO_ACCOUNT_SID");
	} else if (!text_is_sid(default_account, "AC")) {
		file_error(reader,
			   "no account, and TWILIO_ACCOUNT_SID is not the SID of an account "
			   "('AC' and 32 hexadecimal digits)");
	} else {
		reader->account = canonical_account(reader, default_account);
	}
}

/* "30", "30%", "12.5 %": a count, or a share in permille. */
static bool parse_limit(const char *text, struct change_limit *limit)
{
	int64_t whole, tenth = 0;
	char digits[16];
	size_t length = strspn(text, "0123456789");
	const char *rest = text + length;

	if (!length || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (!text_parse_int(digits, 0, LIMIT_NUMBERS, &whole))
		return false;
	if (!*rest) {
		limit->is_count = true;
		limit->count = whole;
		return true;
	}
	if (*rest == '.' && rest[1] >= '0' && rest[1] <= '9') {
		tenth = rest[1] - '0';
		rest += 2;
	}
	rest += strspn(rest, " ");
	if (strcmp(rest, "%") != 0 || whole * 10 + tenth > 1000)
		return false;
	limit->is_count = false;
	limit->permille = whole * 10 + tenth;
	return true;
}

static void read_max_changes(struct wanted_reader *reader, const struct yaml_node *key,
			     const struct yaml_node *value)
{
	if (yaml_is_null(&reader->tree, value))
		return;
	if (value->kind == YAML_SCALAR && parse_limit(wanted_intern(reader, value), &reader->limit))
		reader->limit.mark = yaml_mark(&reader->tree, key);
	else
		wanted_error(reader, value,
			     "max_changes must be a share such as 30%% (0%% to 100%%, one digit "
			     "behind the point) or a count such as 30");
}

/* One entry of allowed_hosts, or NULL with an error. */
static const char *read_host(struct wanted_reader *reader, const struct yaml_node *item)
{
	const char *text, *name;

	if (item->kind != YAML_SCALAR) {
		wanted_error(reader, item, "an entry of allowed_hosts is one host, not %s",
			     yaml_kind_name(item));
		return NULL;
	}
	text = wanted_intern(reader, item);
	name = text_starts(text, "*.") ? text + 2 : text;
	if (wanted_host_is_name(name, strlen(name)))
		return text;
	if (strpbrk(text, "/:"))
		wanted_error(reader, item,
			     "%s: an entry of allowed_hosts is a host alone, without scheme, port "
			     "and path",
			     wanted_quote(reader, item));
	else
		wanted_error(reader, item,
			     "%s is not a host: write a name such as 'ivr.example.com', or "
			     "'*.example.com' for all names below it",
			     wanted_quote(reader, item));
	return NULL;
}

static void read_hosts(struct wanted_reader *reader, const struct yaml_node *list)
{
	const struct yaml_node *item;

	if (yaml_is_null(&reader->tree, list))
		return;
	if (list->kind != YAML_SEQUENCE) {
		wanted_error(reader, list,
			     "allowed_hosts must be a list: [ivr.example.com, \"*.twil.io\"]");
		return;
	}
	if (!list->at) {
		wanted_error(reader, list,
			     "allowed_hosts is empty: leave it out if any host is fine");
		return;
	}
	if (list->at > LIMIT_HOSTS) {
		wanted_error(reader, list, "allowed_hosts has more than %d entries", LIMIT_HOSTS);
		return;
	}
	reader->host_count = 0; /* the key may be here twice, which was reported */
	reader->hosts = arena_alloc(reader->arena, list->at * sizeof(*reader->hosts));
	YAML_FOREACH_ITEM (item, list) {
		const char *host = read_host(reader, item);

		if (host)
			reader->hosts[reader->host_count++] = host;
	}
}

void wanted_read_limits(struct wanted_reader *reader, const struct yaml_node *limits)
{
	const struct yaml_node *key, *value;

	if (!limits || yaml_is_null(&reader->tree, limits))
		return;
	if (limits->kind != YAML_MAPPING) {
		wanted_error(reader, limits,
			     "limits must hold max_changes and allowed_hosts, not %s",
			     yaml_kind_name(limits));
		return;
	}
	YAML_FOREACH (key, value, limits) {
		if (yaml_text_is(&reader->tree, key, "max_changes"))
			read_max_changes(reader, key, value);
		else if (yaml_text_is(&reader->tree, key, "allowed_hosts"))
			read_hosts(reader, value);
		else
			wanted_unknown_key(reader, key, PLACE_LIMITS);
	}
}

static void read_defaults(struct wanted_reader *reader, const struct yaml_node *defaults)
{
	const struct yaml_node *key, *value;

	reader->defaults.policies = reader->policies;
	if (!defaults || yaml_is_null(&reader->tree, defaults))
		return;
	if (defaults->kind != YAML_MAPPING) {
		wanted_error(reader, defaults, "defaults must hold fields, not %s",
			     yaml_kind_name(defaults));
		return;
	}
	YAML_FOREACH (key, value, defaults) {
		if (!wanted_read_field(reader, key, value, &reader->defaults.fields))
			wanted_unknown_key(reader, key, PLACE_DEFAULTS);
	}
}

void wanted_read_top(struct wanted_reader *reader, const char *default_account)
{
	const struct yaml_node *root = reader->tree.nodes;
	struct sections sections = {0};

	if (!reader->tree.count || yaml_is_null(&reader->tree, root)) {
		file_error(reader, "the file is empty: a file that declares no numbers says so "
				   "with 'numbers: {}'");
		return;
	}
	if (root->kind != YAML_MAPPING) {
		wanted_error(reader, root,
			     "expected keys such as 'version:' and 'numbers:', not %s",
			     yaml_kind_name(root));
		return;
	}
	find_sections(reader, &sections);
	read_version(reader, sections.version);
	read_account(reader, sections.account, default_account);
	if (sections.allow_transfer &&
	    !yaml_is_bool(&reader->tree, sections.allow_transfer, &reader->allow_transfer))
		wanted_error(reader, sections.allow_transfer,
			     "allow_transfer must be true or false");
	wanted_read_limits(reader, sections.limits);
	read_defaults(reader, sections.defaults);
	wanted_read_groups(reader, sections.groups);
	if (sections.numbers)
		wanted_read_numbers(reader, sections.numbers);
	else
		file_error(reader, "no numbers: a file that declares none says so with "
				   "'numbers: {}'");
}
