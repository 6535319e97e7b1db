/* Signed notes (c2sp.org/signed-note): a text, an empty line, and lines that sign it, each by a named key.
 * Ed25519 signatures, and the timestamped cosignatures of witnesses (c2sp.org/tlog-cosignature). */
#ifndef ORRERY_NOTE_H
#define ORRERY_NOTE_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/sign.h"
#include "eventstore/base/status.h"

enum {
	NOTE_SIZE_MAX = 1 << 16,
	NOTE_NAME_SIZE_MAX = 200,
	NOTE_KEY_SIZE_MAX = NOTE_NAME_SIZE_MAX + 80, /* either key as a text */
};

/* The signature type identifiers of the specification. */
enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

/* A public key that is known by its name and its id, as others are told it: NAME+ID+BASE64. */
struct note_verifier {
	char           name[NOTE_NAME_SIZE_MAX + 1];
	enum note_type type;
	uint32_t       id;
	struct sign_public public;
};

/* Secret: whoever holds one wipes it with secret_wipe when done. */
struct note_signer {
	char            name[NOTE_NAME_SIZE_MAX + 1];
	struct sign_key key;
};

/* Not empty, not too long, printable ASCII without spaces and plus signs. */
bool note_name_valid(struct text name);

struct note_verifier note_signer_verifier(const struct note_signer *signer);

/* "NAME+ID+BASE64", ID in 8 hex digits, BASE64 of the type and the key: as the tools around sum.golang.org have it. */
void note_verifier_format(const struct note_verifier *verifier, struct buffer *out);
bool note_verifier_parse(struct text text, struct note_verifier *out);

/* "PRIVATE+KEY+NAME+ID+BASE64", BASE64 of the type and the seed: from the same tools. */
void note_signer_format(const struct note_signer *signer, struct buffer *out);
bool note_signer_parse(struct text text, struct note_signer *out);

/* Appends a signature line for the body, which ends with a newline. A note is body, newline, such lines. */
void note_sign(const struct note_signer *signer, struct text body, struct buffer *out);

/* Views of the text it was parsed from. */
struct note {
	struct text body;       /* its last newline included */
	struct text signatures; /* whole lines */
};

/* False when it is no signed note. */
bool note_parse(struct text text, struct note *out);

/* OK: this key has signed; a cosignature's time goes to *time_s (s since 1970), for others it is 0. NOT_FOUND: it has
 * not. DENIED: a signature that says so is wrong; the note is not to be trusted. */
enum status note_verify(const struct note *note, const struct note_verifier *verifier, uint64_t *time_s) MUST_USE;

/* The same; *line is the signature's line with its line feed, a view like the note. */
enum status note_find(const struct note *note, const struct note_verifier *verifier, struct text *line,
                      uint64_t *time_s) MUST_USE;

#endif
