#include "eventstore/base/base64.h"
#include "eventstore/base/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* The key, the text and the signature of the examples in Go's golang.org/x/mod/sumdb/note. */
static const char peter_public[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char peter_private[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static const char peter_text[] = "If you think cryptography is the answer to your problem,\n"
				 "then you don't know what your problem is.\n";
static const char peter_line[] = "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
				 "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static struct note_signer peter(void)
{
	struct note_signer signer;

	assert_true(note_signer_parse(text_from(peter_private), &signer));
	return signer;
}

static struct note_verifier peter_verifier(void)
{
	struct note_verifier verifier;

	assert_true(note_verifier_parse(text_from(peter_public), &verifier));
	return verifier;
}

static struct text view(const struct buffer *buffer)
{
	return (struct text){.data = (const char *)buffer->data, .size = buffer->size};
}

static void keys_are_written_and_read_as_others_do(void **state)
{
	struct note_signer   signer = peter();
	struct note_verifier verifier = note_signer_verifier(&signer);
	struct buffer        out = {0};

	note_verifier_format(&verifier, &out);
	assert_true(text_is(view(&out), peter_public));
	out.size = 0;
	note_signer_format(&signer, &out);
	assert_true(text_is(view(&out), peter_private));
	buffer_finish(&out);
}

static void a_published_note_is_signed_and_verified_alike(void **state)
{
	struct note_signer   signer = peter();
	struct note_verifier verifier = peter_verifier();
	struct buffer        text = {0};
	struct note          note;
	uint64_t             time_s;

	buffer_format(&text, "%s\n", peter_text);
	note_sign(&signer, text_from(peter_text), &text);
	assert_true(text.size > sizeof(peter_line));
	assert_memory_equal(text.data + sizeof(peter_text), peter_line, sizeof(peter_line) - 1);
	assert_true(note_parse(view(&text), &note));
	assert_true(text_is(note.body, peter_text));
	assert_int_equal(note_verify(&note, &verifier, &time_s), STATUS_OK);
	buffer_finish(&text);
}

static enum status verify(const char *text, const struct note_verifier *verifier)
{
	struct note note;
	uint64_t    time_s;

	return note_parse(text_from(text), &note) ? note_verify(&note, verifier, &time_s) : STATUS_CORRUPT;
}

static void a_changed_note_is_denied_and_an_unsigned_one_is_not_found(void **state)
{
	struct note_verifier verifier = peter_verifier(), other = verifier;
	char                 text[1024];

	snprintf(text, sizeof(text), "%s\n%s", peter_text, peter_line);
	for (size_t i = 0; i + 1 < strlen(peter_text); i++) {
		if (text[i] == '\n')
			continue;
		text[i] ^= 1;
		assert_int_not_equal(verify(text, &verifier), STATUS_OK);
		text[i] ^= 1;
	}
	assert_int_equal(verify(text, &verifier), STATUS_OK);
	other.id++;
	assert_int_equal(verify(text, &other), STATUS_NOT_FOUND);
	other = verifier;
	other.name[0] = 'Q';
	assert_int_equal(verify(text, &other), STATUS_NOT_FOUND);
	/* One that another has signed too. */
	snprintf(text, sizeof(text), "%s\n\xe2\x80\x94 other.example AAAAAAAA\n%s", peter_text, peter_line);
	assert_int_equal(verify(text, &verifier), STATUS_OK);
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"text\n",
		"text\n\n",
		"text\n\nno dash\n",
		"text\n\n\xe2\x80\x94 name\n",
		"text\n\n\xe2\x80\x94 name AAAA BBBB\n",
		"text\n\n\xe2\x80\x94 name AAAA",
		"te\txt\n\n\xe2\x80\x94 name AAAA\n",
		"te\xffxt\n\n\xe2\x80\x94 name AAAA\n",
	};
	struct note note;

	for (size_t i = 0; i < array_count(bad); i++)
		if (note_parse(text_from(bad[i]), &note))
			fail_msg("\"%s\" is taken for a note", bad[i]);
}

static void what_is_no_key_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another id */
		"PaterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another name */
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another type */
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	struct note_verifier verifier;
	struct note_signer   signer;

	for (size_t i = 0; i < array_count(bad); i++)
		if (note_verifier_parse(text_from(bad[i]), &verifier))
			fail_msg("\"%s\" is taken for a key", bad[i]);
	assert_false(note_signer_parse(text_from(peter_public), &signer));
}

/* The cosignature of the specification's wording, made by hand: the witness signs a head line, the time and the body.
 */
static void a_witness_signs_with_the_time(void **state)
{
	static const char    body[] = "example.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	struct note_signer   witness = peter();
	struct note_verifier verifier = {.type = NOTE_COSIGNATURE, .name = "witness.example/w1", .id = 0x01020304};
	struct buffer        message = {0}, text = {0};
	struct signature     signature;
	uint8_t              bytes[4 + 8 + SIGN_SIZE] = {1, 2, 3, 4, 0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb};
	char                 encoded[256];
	struct note          note;
	uint64_t             time_s;

	verifier.public = witness.key.public;
	buffer_format(&message, "cosignature/v1\ntime %u\n%s", 0x641850cbu, body);
	sign_message(&witness.key, buffer_bytes(&message), &signature);
	memcpy(bytes + 12, signature.bytes, SIGN_SIZE);
	encoded[base64_standard_encode(BYTES(bytes, sizeof(bytes)), encoded)] = '\0';
	buffer_format(&text, "%s\n\xe2\x80\x94 witness.example/w1 %s\n", body, encoded);
	assert_true(note_parse(view(&text), &note));
	assert_int_equal(note_verify(&note, &verifier, &time_s), STATUS_OK);
	assert_int_equal(time_s, 0x641850cb);
	verifier.type = NOTE_ED25519;
	assert_int_equal(note_verify(&note, &verifier, &time_s), STATUS_DENIED);
	buffer_finish(&message);
	buffer_finish(&text);
}

/* ---------------------------------------------------------------- checkpoints and proofs */

static void sign_checkpoint(uint64_t size, const struct hash *root, const char *origin, struct buffer *out)
{
	struct note_signer signer = peter();
	struct checkpoint  checkpoint = {.origin = text_from(origin), .size = size, .root = *root};
	struct text        body;

	buffer_reserve(out, 1024);
	checkpoint_format(&checkpoint, out);
	body = view(out);
	buffer_append_text(out, TEXT("\n"));
	note_sign(&signer, body, out);
}

static void a_checkpoint_says_origin_size_and_root(void **state)
{
	struct note_verifier verifier = peter_verifier();
	struct checkpoint    checkpoint;
	struct buffer        text = {0};
	struct hash          root = hash_sha256(BYTES("abc", 3));

	sign_checkpoint(20852163, &root, "PeterNeumann", &text);
	assert_memory_equal(text.data, "PeterNeumann\n20852163\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n\n", 68);
	assert_int_equal(checkpoint_verify(view(&text), &verifier, &checkpoint), STATUS_OK);
	assert_int_equal(checkpoint.size, 20852163);
	assert_true(hash_equal(&checkpoint.root, &root));
	text.size = 0;
	sign_checkpoint(1, &root, "another.example/log", &text);
	assert_int_equal(checkpoint_verify(view(&text), &verifier, &checkpoint), STATUS_NOT_FOUND);
	buffer_finish(&text);
}

static void a_body_that_is_no_checkpoint_is_refused(void **state)
{
	static const char *const bad[] = {
		"a\n",
		"a\n1\n",
		"\n1\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n",
		"a\n01\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n",
		"a\n-1\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n",
		"a\n18446744073709551616\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n",
		"a\n1\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0\n",
		"a\n1\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
	};
	struct checkpoint checkpoint;

	for (size_t i = 0; i < array_count(bad); i++)
		if (checkpoint_parse(text_from(bad[i]), &checkpoint))
			fail_msg("\"%s\" is taken for a checkpoint", bad[i]);
	assert_true(
		checkpoint_parse(text_from("a\n0\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\nmore\n"), &checkpoint));
}

/* Two leaves: "left" and "right". */
static void make_proof(struct buffer *out, struct buffer *note)
{
	struct merkle_proof path = {.count = 1};
	struct hash         left = hash_leaf(BYTES("left", 4)), right = hash_leaf(BYTES("right", 5)), root;

	root = hash_node(&left, &right);
	sign_checkpoint(2, &root, "PeterNeumann", note);
	path.hashes[0] = left;
	proof_format(BYTES("right", 5), 1, &path, view(note), out);
}

static void a_proof_stands_by_itself(void **state)
{
	struct note_verifier verifier = peter_verifier();
	struct buffer        text = {0}, note = {0}, entry = {0};
	struct checkpoint    checkpoint;
	struct proof         proof;

	make_proof(&text, &note);
	assert_true(proof_parse(view(&text), &proof));
	assert_int_equal(proof.index, 1);
	assert_int_equal(proof_verify(&proof, &verifier, &checkpoint, &entry), STATUS_OK);
	assert_true(bytes_equal(buffer_bytes(&entry), BYTES("right", 5)));
	assert_int_equal(checkpoint.size, 2);
	proof.index = 0;
	assert_int_equal(proof_verify(&proof, &verifier, &checkpoint, &entry), STATUS_CONFLICT);
	proof.entry = TEXT_NONE;
	assert_int_equal(proof_verify(&proof, &verifier, &checkpoint, &entry), STATUS_CORRUPT);
	buffer_finish(&entry);
	buffer_finish(&note);
	buffer_finish(&text);
}

/* Changing any one character makes it another text or no proof; it never proves anything else. */
static void a_proof_with_a_changed_character_proves_nothing_else(void **state)
{
	struct note_verifier verifier = peter_verifier();
	struct buffer        text = {0}, note = {0}, entry = {0};
	struct checkpoint    checkpoint;
	struct proof         proof;

	make_proof(&text, &note);
	for (size_t i = 0; i < text.size; i++) {
		text.data[i] ^= 1;
		entry.size = 0;
		if (proof_parse(view(&text), &proof)
		    && proof_verify(&proof, &verifier, &checkpoint, &entry) == STATUS_OK)
			fail_msg("still proved with character %zu changed", i);
		text.data[i] ^= 1;
	}
	for (size_t size = 0; size < text.size; size++)
		if (proof_parse((struct text){.data = (char *)text.data, .size = size}, &proof)
		    && proof_verify(&proof, &verifier, &checkpoint, &entry) == STATUS_OK)
			fail_msg("still proved when cut after %zu", size);
	buffer_finish(&entry);
	buffer_finish(&note);
	buffer_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_written_and_read_as_others_do),
		cmocka_unit_test(a_published_note_is_signed_and_verified_alike),
		cmocka_unit_test(a_changed_note_is_denied_and_an_unsigned_one_is_not_found),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(a_witness_signs_with_the_time),
		cmocka_unit_test(a_checkpoint_says_origin_size_and_root),
		cmocka_unit_test(a_body_that_is_no_checkpoint_is_refused),
		cmocka_unit_test(a_proof_stands_by_itself),
		cmocka_unit_test(a_proof_with_a_changed_character_proves_nothing_else),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
