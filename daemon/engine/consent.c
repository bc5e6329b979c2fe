#include "engine/consent.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "plan/memory.h"

struct consent {
	struct journal *journal;
	const struct clock *clock;
	char *reason; /* NULL: not paused */
	int64_t paused_until;
	char *digest;
	int64_t approved_until;
	bool unsaved; /* the journal did not take the last of it */
	bool unread;  /* the journal had nothing at the start, perhaps because it can't be read */
};

static void store(struct consent *consent, const char *key, const char *value)
{
	if (consent->journal && journal_set(consent->journal, key, value) < 0)
		consent->unsaved = true;
}

static void store_time(struct consent *consent, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	store(consent, key, text);
}

static int64_t load_time(struct journal *journal, const char *key)
{
	char *text = journal_setting(journal, key);
	int64_t value = 0;

	if (text && !text_parse_int(text, 0, INT64_MAX, &value))
		value = 0;
	mem_free(text);
	return value;
}

static void load(struct consent *consent)
{
	mem_free(consent->digest);
	consent->reason = journal_setting(consent->journal, "pause.reason");
	consent->paused_until = load_time(consent->journal, "pause.until");
	consent->digest = journal_setting(consent->journal, "approved.digest");
	consent->approved_until = load_time(consent->journal, "approved.until");
}

struct consent *consent_new(struct journal *journal, const struct clock *clock)
{
	struct consent *consent = mem_zalloc(1, sizeof(*consent));

	consent->journal = journal;
	consent->clock = clock;
	if (journal)
		load(consent);
	consent->unread = journal && journal_is_new(journal);
	return consent;
}

void consent_free(struct consent *consent)
{
	if (!consent)
		return;
	mem_free(consent->reason);
	mem_free(consent->digest);
	mem_free(consent);
}

void consent_pause(struct consent *consent, int64_t until, const char *reason)
{
	mem_free(consent->reason);
	consent->reason = mem_strdup(reason);
	consent->paused_until = until;
	store_time(consent, "pause.until", until);
	store(consent, "pause.reason", reason);
}

bool consent_resume(struct consent *consent)
{
	if (!consent->reason)
		return false;
	mem_free(consent->reason);
	consent->reason = NULL;
	store(consent, "pause.reason", NULL);
	store(consent, "pause.until", NULL);
	return true;
}

char *consent_stored_pause(struct journal *journal, int64_t wall)
{
	char *reason = journal_setting(journal, "pause.reason");
	int64_t until = load_time(journal, "pause.until");

	if (!reason || until == 0 || wall < until)
		return reason;
	mem_free(reason);
	return NULL;
}

bool consent_is_unsaved(const struct consent *consent)
{
	return consent->unsaved || !consent->journal;
}

/* False if the journal has another text under the key, or can't be read. */
static bool has(struct consent *consent, const char *key, const char *value)
{
	char *stored = journal_setting(consent->journal, key);
	bool same = text_equal(stored, value);

	mem_free(stored);
	return same;
}

bool consent_save(struct consent *consent)
{
	bool found = false;

	if (!consent->journal)
		return false;
	/* What a person has said since counts more. */
	if (consent->unread && !consent->unsaved && !consent->reason && !consent->digest) {
		load(consent);
		found = consent->reason != NULL;
	}
	consent->unread &= !found && !consent->unsaved;
	if (!consent->unsaved &&
	    (!consent->reason || has(consent, "pause.reason", consent->reason)) &&
	    (!consent->digest || has(consent, "approved.digest", consent->digest)))
		return found;
	consent->unsaved = false;
	store_time(consent, "pause.until", consent->paused_until);
	store(consent, "pause.reason", consent->reason);
	store_time(consent, "approved.until", consent->approved_until);
	store(consent, "approved.digest", consent->digest);
	return found;
}

bool consent_end_pause(struct consent *consent)
{
	return consent->reason && consent->paused_until &&
	       clock_wall(consent->clock) >= consent->paused_until && consent_resume(consent);
}

int64_t consent_paused_until(const struct consent *consent)
{
	return consent->paused_until;
}

const char *consent_reason(const struct consent *consent)
{
	return consent->reason;
}

static void set_approval(struct consent *consent, const char *digest)
{
	mem_free(consent->digest);
	consent->digest = mem_strdup(digest);
	store(consent, "approved.digest", digest);
}

void consent_approve(struct consent *consent, const char *digest)
{
	consent->approved_until = clock_wall(consent->clock) + APPROVAL_MS;
	store_time(consent, "approved.until", consent->approved_until);
	set_approval(consent, digest);
}

const char *consent_digest(const struct consent *consent)
{
	int64_t left = consent->approved_until - clock_wall(consent->clock);

	/* A clock that was set back must not make an approval last. */
	return left > 0 && left <= APPROVAL_MS ? consent->digest : NULL;
}

void consent_follow(struct consent *consent, const char *digest, const char *left)
{
	if (text_equal(consent_digest(consent), digest))
		set_approval(consent, left);
}

bool consent_is_used(struct consent *consent, const char *digest)
{
	if (!text_equal(consent_digest(consent), digest))
		return false;
	set_approval(consent, NULL);
	return true;
}
