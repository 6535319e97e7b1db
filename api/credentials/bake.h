/* Baked badges (1EdTech ob v3p0, Baked Badge): a credential inside its picture, so that whoever has the picture has the
 * credential. PNG: an iTXt chunk with the keyword openbadgecredential, not compressed. SVG: an element
 * openbadges:credential directly behind the opening tag. Pictures come from strangers; both readers refuse what they do
 * not understand, and neither looks at the pixels. */
#ifndef ORRERY_BAKE_H
#define ORRERY_BAKE_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum { BAKE_SVG_SIZE_MAX = 4 << 20, BAKE_CREDENTIAL_SIZE_MAX = 1 << 20 };

/* Appends the picture with the credential (JSON) in it; one that was in it is left out.
 * MALFORMED: no PNG as its specification has it: the signature, IHDR first, some IDAT, IEND last and nothing behind it,
 * every chunk's check sum right; or the credential is not UTF-8 or holds a zero. TOO_LARGE: PNG_SIZE_MAX (png.h) or one
 * of the maxima above. */
enum status bake_png(struct bytes png, struct text credential, struct buffer *out) MUST_USE;

/* *out is a view into the picture. NOT_FOUND: no credential in it. MALFORMED, TOO_LARGE as above; also when it is
 * compressed, which the standard forbids, or there are two. */
enum status bake_png_extract(struct bytes png, struct text *out) MUST_USE;

/* The same for SVG: the document's element must be a plain <svg …>, of the default namespace, and not baked yet, else
 * MALFORMED. The picture may open with a declaration, comments and instructions, but with no DOCTYPE. The credential is
 * JSON, whose "]]>" is written with an escape, since it ends the element's text. */
enum status bake_svg(struct text svg, struct text credential, struct buffer *out) MUST_USE;
enum status bake_svg_extract(struct text svg, struct text *out) MUST_USE;

#endif
