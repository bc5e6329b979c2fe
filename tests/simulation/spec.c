#include "simulation/spec.h"

#include <stdio.h>
#include <string.h>

#define BIT(field) (UINT32_C(1) << (field))

/* Only a number itself says these: two levels could ask for both at once, which is an error. */
#define RIVALS (BIT(SIM_TRUNK) | BIT(SIM_VOICE_APPLICATION))

bool chance(struct rng *rng, int permille)
{
	return rng_upto(rng, 999) < permille;
}

int spec_account_of(const struct spec *spec, int phone)
{
	return phone % spec->accounts;
}

const char *spec_account_sid(int account)
{
	static const char *const sids[SIM_ACCOUNTS] = {"AC000000000000000000000000000000a1",
						       "AC000000000000000000000000000000a2",
						       "AC000000000000000000000000000000a3"};

	return sids[account];
}

const char *spec_phone(int phone)
{
	static char phones[SIM_PHONES][24];

	if (!phones[phone][0])
		snprintf(phones[phone], sizeof(phones[phone]), "+1415555%04d", phone + 100);
	return phones[phone];
}

int spec_pick_field(uint32_t mask, struct rng *rng)
{
	int64_t skip = rng_upto(rng, __builtin_popcount(mask) - 1);

	while (skip--)
		mask &= mask - 1;
	return __builtin_ctz(mask);
}

static const char *pick_value(int field, struct rng *rng)
{
	const struct sim_field *row = &sim_fields[field];
	int count = 0;

	while (count < SIM_VALUES && row->wanted[count])
		count++;
	if (row->clears && chance(rng, 150))
		return NULL;
	return row->wanted[rng_upto(rng, count - 1)];
}

static void set_field(struct spec_fields *fields, int field, struct rng *rng)
{
	/* Both are an error where neither is null. */
	uint32_t rival = BIT(field) & RIVALS ? RIVALS & ~BIT(field) : 0;

	fields->set |= BIT(field);
	fields->value[field] = pick_value(field, rng);
	if (rival & fields->set)
		fields->value[__builtin_ctz(rival)] = NULL;
}

static int pick_policy(struct rng *rng)
{
	if (chance(rng, 800))
		return POLICY_UNSAID;
	return chance(rng, 500) ? POLICY_CAREFREE : POLICY_CAREFUL;
}

static void fill_fields(struct spec_fields *fields, uint32_t mask, int permille, struct rng *rng)
{
	for (int i = 0; i < SIM_FIELDS; i++) {
		if ((mask & BIT(i)) && chance(rng, permille))
			set_field(fields, i, rng);
	}
}

static void fill_number(struct spec *spec, int phone, struct rng *rng)
{
	struct spec_number *number = &spec->numbers[phone];
	int file = (int)rng_upto(rng, spec->file_count - 1);

	memset(number, 0, sizeof(*number));
	/* A file declares numbers of its own account. */
	while (spec->files[file].account != spec_account_of(spec, phone))
		file = (file + 1) % spec->file_count;
	number->declared = true;
	number->file = file;
	number->group = (int)rng_upto(rng, SIM_GROUPS) - 1;
	if (chance(rng, 200)) {
		number->own.on_change = pick_policy(rng);
		number->own.on_drift = pick_policy(rng);
	}
	fill_fields(&number->own, spec->fields, 400, rng);
}

static uint32_t pick_fields(struct rng *rng)
{
	uint32_t mask = 0;
	int count = 2 + (int)rng_upto(rng, 5);

	while (__builtin_popcount(mask) < count)
		mask |= BIT(rng_upto(rng, SIM_FIELDS - 1));
	/* With an emergency address set, the API takes no other address: no file can win then. */
	if (mask & BIT(SIM_EMERGENCY_ADDRESS))
		mask &= ~BIT(SIM_ADDRESS);
	return mask;
}

static void pick_limit(struct spec_file *file, struct rng *rng)
{
	file->limit_kind = (int)rng_upto(rng, 2);
	file->limit = file->limit_kind == LIMIT_SHARE ? 10 + rng_upto(rng, 90) : rng_upto(rng, 8);
}

void spec_init(struct spec *spec, struct rng *rng)
{
	memset(spec, 0, sizeof(*spec));
	spec->accounts = chance(rng, 600) ? 1 : 1 + (int)rng_upto(rng, SIM_ACCOUNTS - 1);
	spec->file_count = spec->accounts;
	if (spec->file_count < SIM_FILES && chance(rng, 200))
		spec->file_count++;
	spec->phones = 3 + (int)rng_upto(rng, chance(rng, 750) ? 7 : 27);
	spec->fields = pick_fields(rng);
	for (int i = 0; i < spec->file_count; i++) {
		struct spec_file *file = &spec->files[i];

		file->account = i % spec->accounts;
		file->on_change = pick_policy(rng);
		file->on_drift = pick_policy(rng);
		if (chance(rng, 500))
			pick_limit(file, rng);
		fill_fields(&file->defaults, spec->fields & ~RIVALS, 200, rng);
		for (int g = 0; g < SIM_GROUPS; g++) {
			fill_fields(&file->groups[g], spec->fields & ~RIVALS, 300, rng);
			file->groups[g].on_change = pick_policy(rng);
			file->groups[g].on_drift = pick_policy(rng);
		}
	}
	for (int i = 0; i < spec->phones; i++) {
		if (chance(rng, 850))
			fill_number(spec, i, rng);
	}
}

static void edit_fields(struct spec_fields *fields, uint32_t mask, struct rng *rng)
{
	if (!mask)
		return;
	if (fields->set && chance(rng, 250))
		fields->set &= ~BIT(spec_pick_field(fields->set, rng));
	else
		set_field(fields, spec_pick_field(mask, rng), rng);
}

static void edit_file(struct spec *spec, struct spec_file *file, struct rng *rng)
{
	uint32_t mask = spec->fields & ~RIVALS;
	struct spec_fields *group = &file->groups[rng_upto(rng, SIM_GROUPS - 1)];

	switch (rng_upto(rng, 6)) {
	case 0:
		edit_fields(&file->defaults, mask, rng);
		break;
	case 1:
	case 2:
		edit_fields(group, mask, rng);
		break;
	case 3:
		pick_limit(file, rng);
		break;
	case 4:
		file->on_change = pick_policy(rng);
		file->on_drift = pick_policy(rng);
		break;
	case 5:
		group->on_change = pick_policy(rng);
		group->on_drift = pick_policy(rng);
		break;
	default:
		file->blanks = (file->blanks + 1) % 5;
		break;
	}
}

void spec_edit(struct spec *spec, struct rng *rng)
{
	int phone = (int)rng_upto(rng, spec->phones - 1);
	struct spec_number *number = &spec->numbers[phone];

	if (chance(rng, 300)) {
		edit_file(spec, &spec->files[rng_upto(rng, spec->file_count - 1)], rng);
	} else if (!number->declared) {
		fill_number(spec, phone, rng);
	} else if (chance(rng, 100)) {
		number->declared = false;
	} else if (chance(rng, 100)) {
		number->group = (int)rng_upto(rng, SIM_GROUPS) - 1;
	} else if (chance(rng, 150)) {
		number->own.on_change = pick_policy(rng);
		number->own.on_drift = pick_policy(rng);
	} else {
		edit_fields(&number->own, spec->fields, rng);
	}
}

void spec_shrink(struct spec *spec, struct rng *rng)
{
	for (int i = 0; i < spec->phones; i++) {
		if (chance(rng, 600))
			spec->numbers[i].declared = false;
	}
}

static void add_policies(struct buf *out, const char *indent, int on_change, int on_drift)
{
	if (on_change)
		buf_printf(out, "%son_change: %s\n", indent,
			   on_change == POLICY_CAREFUL ? "hold" : "apply");
	if (on_drift)
		buf_printf(out, "%son_drift: %s\n", indent,
			   on_drift == POLICY_CAREFUL ? "report" : "revert");
}

static void add_fields(struct buf *out, const char *indent, const struct spec_fields *fields)
{
	add_policies(out, indent, fields->on_change, fields->on_drift);
	for (int i = 0; i < SIM_FIELDS; i++) {
		if (!(fields->set & BIT(i)))
			continue;
		buf_printf(out, "%s%s: ", indent, sim_fields[i].key);
		if (!fields->value[i]) {
			buf_add_text(out, "null\n");
			continue;
		}
		buf_add_char(out, '\'');
		buf_add_text(out, fields->value[i]);
		buf_add_text(out, "'\n");
	}
}

static void add_numbers(const struct spec *spec, int file, struct buf *out)
{
	bool any = false;

	for (int i = 0; i < spec->phones; i++) {
		const struct spec_number *number = &spec->numbers[i];

		if (!number->declared || number->file != file)
			continue;
		if (!any)
			buf_add_text(out, "numbers:\n");
		any = true;
		buf_printf(out, "  \"%s\":\n", spec_phone(i));
		if (number->group >= 0)
			buf_printf(out, "    group: g%d\n", number->group);
		add_fields(out, "    ", &number->own);
	}
	if (!any)
		buf_add_text(out, "numbers: {}\n");
}

void spec_add_yaml(const struct spec *spec, int file, struct buf *out)
{
	const struct spec_file *row = &spec->files[file];

	buf_add_repeat(out, '\n', (size_t)row->blanks);
	buf_printf(out, "version: 1\naccount: %s\n", spec_account_sid(row->account));
	add_policies(out, "", row->on_change, row->on_drift);
	if (row->limit_kind)
		buf_printf(out, "limits:\n  max_changes: %lld%s\n", (long long)row->limit,
			   row->limit_kind == LIMIT_SHARE ? "%" : "");
	if (row->defaults.set) {
		buf_add_text(out, "defaults:\n");
		add_fields(out, "  ", &row->defaults);
	}
	buf_add_text(out, "groups:\n");
	for (int g = 0; g < SIM_GROUPS; g++) {
		buf_printf(out, "  g%d:\n", g);
		add_fields(out, "    ", &row->groups[g]);
	}
	add_numbers(spec, file, out);
}

static void resolve_fields(struct wish *wish, const struct spec_fields *fields)
{
	for (int i = 0; i < SIM_FIELDS; i++) {
		if (!(fields->set & BIT(i)))
			continue;
		wish->set |= BIT(i);
		wish->want[i] = fields->value[i] ? fields->value[i] : sim_fields[i].unset;
	}
	if (fields->on_change)
		wish->holds = fields->on_change == POLICY_CAREFUL;
	if (fields->on_drift)
		wish->reports = fields->on_drift == POLICY_CAREFUL;
}

void spec_resolve(const struct spec *spec, int phone, struct wish *ret_wish)
{
	const struct spec_number *number = &spec->numbers[phone];
	const struct spec_file *file = &spec->files[number->file];

	*ret_wish = (struct wish){.declared = number->declared,
				  .file = number->file,
				  .account = file->account,
				  .holds = file->on_change == POLICY_CAREFUL,
				  .reports = file->on_drift == POLICY_CAREFUL};
	if (!number->declared)
		return;
	resolve_fields(ret_wish, &file->defaults);
	if (number->group >= 0)
		resolve_fields(ret_wish, &file->groups[number->group]);
	resolve_fields(ret_wish, &number->own);
}
