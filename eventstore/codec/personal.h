/* Personal texts outside the log: sealed under the key of the person they name, opened on the way out.
 * The sealed form is a text that no checked input can contain, since it begins with a control character:
 *   U+0001  person (base64url, 22)  '.'  label  '.'  base64url(nonce | ciphertext | tag)
 * The label is the field's name. Person and label are authenticated: a value cannot be moved to another person or
 * field. */
#ifndef ORRERY_PERSONAL_H
#define ORRERY_PERSONAL_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/id.h"
#include "eventstore/base/seal.h"
#include "eventstore/base/status.h"

enum { PERSONAL_MARK = 0x01, PERSONAL_LABEL_MAX = 64 };

/* Closes a clear text. FORGOTTEN: the person is erased. The sealed bytes live in the arena. */
struct sealer {
	void *owner;
	enum status (*seal)(void *owner, struct id person, struct text label, struct text clear, struct arena *arena,
	                    struct bytes *sealed);
};

/* Opens sealed bytes. FORGOTTEN: the person is erased, or the value cannot be opened any more. The clear text lives in
 * the arena. */
struct opener {
	void *owner;
	enum status (*open)(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
	                    struct text *clear);
};

/* The bytes that are authenticated beside a sealed text: person, then label. Lives in the arena. */
struct bytes personal_context(struct arena *arena, struct id person, struct text label);

/* Sealed bytes to the sealed form. Empty bytes (a person erased before the event) give TEXT_FORGOTTEN. */
struct text personal_form(struct arena *arena, struct id person, struct text label, struct bytes sealed);

/* The clear text of a sealed form, TEXT_FORGOTTEN, or the text itself when it is no sealed form. */
struct text personal_open(struct text form, const struct opener *opener, struct arena *arena);

/* How many bytes the clear text of a sealed form has; 0 when it is no sealed form. Needs no key. */
size_t personal_clear_size(struct text form);

/* Copies JSON to *out with every string value that is a sealed form replaced: by the clear text, or by null when
 * forgotten. PostgreSQL prints U+0001 as \u0001, which is what is looked for. Returns false, and appends nothing, when
 * the JSON holds none, so that the caller may hand on the original. */
bool personal_open_json(struct bytes json, const struct opener *opener, struct buffer *out);

#endif
