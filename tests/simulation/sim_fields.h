/*
 * The fields as the simulation knows them: names, and the values that files, people and other
 * programs give them. Its own table, so that a mistake in the daemon's is not repeated here.
 */
#ifndef NUMBERD_SIMULATION_FIELDS_H
#define NUMBERD_SIMULATION_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_FIELDS 20
#define SIM_VALUES 5

struct sim_field {
	const char *key;
	const char *param;
	const char *unset;               /* what an unset one reads as */
	bool clears;                     /* a file may say null */
	bool is_url;                     /* Twilio may change the spelling of the host */
	const char *wanted[SIM_VALUES];  /* what files ask for; NULL ends */
	const char *foreign[SIM_VALUES]; /* what others set */
};

extern const struct sim_field sim_fields[SIM_FIELDS];

enum {
	SIM_FRIENDLY_NAME,
	SIM_VOICE_URL,
	SIM_VOICE_METHOD,
	SIM_VOICE_FALLBACK_URL,
	SIM_SMS_URL,
	SIM_SMS_METHOD,
	SIM_STATUS_CALLBACK,
	SIM_STATUS_CALLBACK_METHOD,
	SIM_CALLER_ID_LOOKUP,
	SIM_VOICE_APPLICATION,
	SIM_TRUNK,
	SIM_SMS_APPLICATION,
	SIM_EMERGENCY_ADDRESS,
	SIM_EMERGENCY_STATUS,
	SIM_ADDRESS,
	SIM_BUNDLE,
	SIM_IDENTITY,
	SIM_API_VERSION,
	SIM_RECEIVE_MODE,
	SIM_SMS_FALLBACK_URL,
};

/* By parameter of the form, -1: none. */
int sim_field_by_param(const char *param);
int sim_field_by_key(const char *key);

/* Stands for a value as it is read: NULL and "" are the unset one. Never 0. */
uint64_t sim_value(int field, const char *value);

/* The same where Twilio may have changed nothing but the spelling. */
uint64_t sim_value_spelt(int field, const char *value);

#endif
