/*
 * Every ceiling of the program, in one place. A ceiling is there so that hostile or broken input
 * ends in a clear message and not in a full memory; none of them is met by honest use.
 */
#ifndef NUMBERD_BASE_LIMITS_H
#define NUMBERD_BASE_LIMITS_H

/* Text that we build ourselves: a plan of 200,000 numbers as JSON is the largest. */
#define LIMIT_BUF_BYTES (1024UL * 1024 * 1024)

/* numbers.yaml: what 100,000 numbers with a few fields need. */
#define LIMIT_FILE_BYTES   (16UL * 1024 * 1024)
#define LIMIT_FILES        1000 /* of one configuration folder */
#define LIMIT_YAML_DEPTH   16
#define LIMIT_YAML_NODES   2000000 /* of one file, aliases expanded */
#define LIMIT_YAML_KEYS    200000  /* of one mapping; LIMIT_NUMBERS must fit */
#define LIMIT_YAML_ALIASES 10000
#define LIMIT_YAML_ANCHORS 1000
#define LIMIT_YAML_SCALAR  65536  /* bytes of one value */
#define LIMIT_NUMBERS      200000 /* declared by all files together, and live in one account */
#define LIMIT_GROUPS       10000
#define LIMIT_HOSTS        1000 /* entries of allowed_hosts */
#define LIMIT_DIAGNOSTICS  100  /* shown; the rest is counted */

/* Secrets and settings. */
#define LIMIT_SECRET_BYTES   4096
#define LIMIT_SETTINGS_BYTES 65536

/* Of log lines that nobody takes, waiting; what comes on top is dropped and counted. */
#define LIMIT_LOG_BYTES (1024UL * 1024)

/* Answers of the API. A page of 1,000 rows is 1.2 to 1.6 MB. */
#define LIMIT_ANSWER_BYTES  (8UL * 1024 * 1024)
#define LIMIT_ANSWER_VALUES 400000        /* of one answer; a page of 1,000 rows has some 45,000 */
#define LIMIT_HEADER_BYTES  (64UL * 1024) /* of one answer, all headers together */
#define LIMIT_PAGES         5000          /* of one list; LIMIT_NUMBERS at a page of 50 is 4,000 */
#define LIMIT_VALUE_BYTES   8192          /* one value of a live number */

/* The journal. What is over a ceiling goes, oldest first; docs/journal.md. */
#define LIMIT_HISTORY_ENTRIES   1000000
#define LIMIT_HISTORY_AGE_MS    (400LL * 24 * 3600000)
#define LIMIT_HISTORY_KEPT      10000             /* newest ones that stay whatever their age */
#define LIMIT_HISTORY_PRUNED    1000              /* too old ones that one transaction removes */
#define LIMIT_JOURNAL_ROW_BYTES (1024 * 1024)     /* one row of it */
#define LIMIT_JOURNALS_ASIDE    10                /* bad ones kept; more are not set aside */
#define LIMIT_TROUBLE_BYTES     8192              /* of what journal_trouble() tells at once */
#define LIMIT_ACCOUNTS          10000             /* remembered */
#define LIMIT_TIME_MS           253402300799999LL /* the end of the year 9999 */

/* Requests. */
#define LIMIT_CONCURRENCY 64
#define LIMIT_REQUEST_MS  30000 /* one request, all in all */
#define LIMIT_CONNECT_MS  10000
#define LIMIT_PASS_MS     3600000 /* one pass, all in all */
#define LIMIT_SHUTDOWN_MS 8000    /* for requests in flight after SIGTERM; the contract says 10 s */
#define LIMIT_RETRY_MS    3600000 /* longest wait that a Retry-After can ask for */
#define LIMIT_PAUSE_MS    (366LL * 24 * 3600000) /* of a pause with an end */

/* The daemon's own HTTP server, each of its two addresses. */
#define LIMIT_SERVED_CONNECTIONS 32
#define LIMIT_SERVED_HEAD_BYTES  32768 /* request line and headers, and the buffer of the answer */
#define LIMIT_SERVED_BODY_BYTES  65536 /* of a request; it is thrown away */
#define LIMIT_SERVED_MS          10000 /* a connection, all in all */

#endif
