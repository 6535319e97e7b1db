/* A JSON-LD document and the RDF statements that it makes, written side by side: whoever adds a property adds both its
 * member and its quad, so that they cannot differ. From the quads comes the canonical form (RDFC-1.0), which is signed.
 * It is known without the algorithm's hashing because our documents give every node an IRI but one at most, and a lone
 * blank node is always _:c14n0: the canonical form is the sorted lines.
 * What is written must have been looked at before (linked_iri_valid, linked_text_valid): here anything else is a bug.
 */
#ifndef ORRERY_LINKED_H
#define ORRERY_LINKED_H

#include "eventstore/base/buffer.h"

enum { LINKED_DEPTH_MAX = 4, LINKED_IRI_SIZE_MAX = 2048 };

enum term {
#define TERM(name, json, iri, datatype) TERM_##name,
#define TYPE(name, json, iri)
#include "api/credentials/vocabulary.def"
#undef TERM
#undef TYPE
};

enum node_type {
	NODE_TYPE_NONE,
#define TERM(name, json, iri, datatype)
#define TYPE(name, json, iri) NODE_TYPE_##name,
#include "api/credentials/vocabulary.def"
#undef TERM
#undef TYPE
};

/* Zeroes are a document that linked_begin may begin; linked_finish frees it. */
struct linked {
	struct buffer json;
	struct buffer quads;                   /* lines, in the order of writing */
	struct text   nodes[LINKED_DEPTH_MAX]; /* those that are open, the innermost last */
	uint32_t      depth;
	bool          member_before; /* a comma is due before the next member */
	bool          blank_before;  /* the one blank node is there */
};

/* An absolute http, https, did or urn IRI in ASCII, with nothing that N-Quads or JSON would escape. No other scheme,
 * since a context could take one for a prefix. */
bool linked_iri_valid(struct text iri);

/* Well-formed UTF-8 of at most `size_max` bytes. */
bool linked_text_valid(struct text text, size_t size_max);

/* Opens the outermost node. `contexts` holds their JSON, brackets included; TEXT_NONE when there is none. The texts of
 * all nodes must live until the document is done; an absent id makes the blank node. */
void linked_begin(struct linked *linked, struct text contexts, struct text id);

/* Closes the outermost node; the document is then in json and quads. */
void linked_end(struct linked *linked);
void linked_finish(struct linked *linked);

/* A node in the node that is open. */
void linked_open(struct linked *linked, enum term term, struct text id);
void linked_close(struct linked *linked);

/* The same as an element of a list: linked_list, then elements, then linked_list_end. */
void linked_list(struct linked *linked, enum term term);
void linked_open_element(struct linked *linked, enum term term, struct text id);
void linked_list_end(struct linked *linked);

/* "type": a word, or a list of one or two words (the second NODE_TYPE_NONE). */
void linked_type(struct linked *linked, enum node_type type);
void linked_types(struct linked *linked, enum node_type first, enum node_type second);

/* Properties of the node that is open. */
void linked_text(struct linked *linked, enum term term, struct text text);
void linked_true(struct linked *linked, enum term term);
void linked_time(struct linked *linked, enum term term, int64_t time_us); /* in whole seconds */
void linked_refer(struct linked *linked, enum term term, struct text iri);

/* The word stands in the JSON, the IRI in the quad: for terms whose values are words of a vocabulary. */
void linked_refer_word(struct linked *linked, enum term term, struct text word, struct text iri);

/* Appends the canonical N-Quads. */
void linked_canonical(const struct linked *linked, struct buffer *out);

#endif
