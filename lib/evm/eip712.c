/* SPDX-License-Identifier: MIT */
/* EIP-712: encodeType, encodeData, hashStruct. Words go into the hash as they are made;
 * the only recursion follows the values, whose depth their owner bounds. */
#include <base/keccak.h>
#include <evm/eip712.h>

#include <stdio.h>
#include <string.h>

#define WORD 32
#define TYPE_TEXT_MAX ((size_t)4 << 20)

/* Type hashes met so far: without them an array of structs would hash its type every
 * time. */
struct hasher {
	struct {
		const struct fm_eip712_type *type;
		struct fm_hash hash;
	} known[FM_EIP712_TYPES];
	size_t count;
	struct fm_err *err;
};

static const struct fm_eip712_member *innermost(const struct fm_eip712_member *member)
{
	while (member->kind == FM_T_ARRAY)
		member = member->element;
	return member;
}

static bool holds(const struct fm_eip712_type *const *list, size_t count,
		  const struct fm_eip712_type *type)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == type)
			return true;
	return false;
}

/* The primary type and every type it reaches; 0 when there are too many. */
static size_t reach(const struct fm_eip712_type *list[static FM_EIP712_TYPES],
		    const struct fm_eip712_type *primary)
{
	size_t count = 1;

	list[0] = primary;
	for (size_t i = 0; i < count; i++) {
		for (size_t m = 0; m < list[i]->count; m++) {
			const struct fm_eip712_member *base =
				innermost(&list[i]->members[m]);

			if (base->kind != FM_T_STRUCT || holds(list, count, base->type))
				continue;
			if (count == FM_EIP712_TYPES)
				return 0;
			list[count++] = base->type;
		}
	}
	return count;
}

static void sort_by_name(const struct fm_eip712_type **list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct fm_eip712_type *type = list[i];
		size_t at = i;

		for (; at && strcmp(list[at - 1]->name, type->name) > 0; at--)
			list[at] = list[at - 1];
		list[at] = type;
	}
}

static void write_type(struct fm_buf *out, const struct fm_eip712_type *type)
{
	fm_buf_str(out, type->name);
	fm_buf_chr(out, '(');
	for (size_t i = 0; i < type->count; i++) {
		if (i)
			fm_buf_chr(out, ',');
		fm_buf_str(out, type->members[i].type_name);
		fm_buf_chr(out, ' ');
		fm_buf_str(out, type->members[i].name);
	}
	fm_buf_chr(out, ')');
}

enum fm_code fm_eip712_encode_type(struct fm_buf *out, const struct fm_eip712_type *type,
				   struct fm_err *err)
{
	const struct fm_eip712_type *list[FM_EIP712_TYPES];
	size_t count = reach(list, type);

	if (!count)
		return fm_fail(err, FM_E_MALFORMED,
			       "type '%s' reaches more than %d struct types", type->name,
			       FM_EIP712_TYPES);
	sort_by_name(list + 1, count - 1);
	for (size_t i = 0; i < count; i++)
		write_type(out, list[i]);
	if (!fm_buf_ok(out))
		return fm_nomem(err);
	return FM_OK;
}

enum fm_code fm_eip712_type_hash(struct fm_hash *out, const struct fm_eip712_type *type,
				 struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, TYPE_TEXT_MAX);
	rc = fm_eip712_encode_type(&text, type, err);
	if (rc == FM_OK)
		fm_keccak256(out, text.ptr, text.len);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code type_hash(struct hasher *h, struct fm_hash *out,
			      const struct fm_eip712_type *type)
{
	enum fm_code rc;

	for (size_t i = 0; i < h->count; i++) {
		if (h->known[i].type == type) {
			*out = h->known[i].hash;
			return FM_OK;
		}
	}
	rc = fm_eip712_type_hash(out, type, h->err);
	if (rc == FM_OK && h->count < FM_EIP712_TYPES) {
		h->known[h->count].type = type;
		h->known[h->count++].hash = *out;
	}
	return rc;
}

static enum fm_code out_of_range(struct hasher *h, const struct fm_eip712_member *m,
				 const struct fm_u256 *value)
{
	char text[FM_U256_HEX];

	fm_u256_hex(text, value);
	return fm_fail(h->err, FM_E_MALFORMED, "%s %s: %s does not fit", m->type_name,
		       m->name ? m->name : "element", text);
}

/* Are all bits from `from` up equal to `bit`? */
static bool top_is(const struct fm_u256 *value, unsigned from, bool bit)
{
	uint64_t fill = bit ? UINT64_MAX : 0, mask = UINT64_MAX << from % 64;

	for (unsigned i = from / 64; i < 4; i++, mask = UINT64_MAX)
		if ((value->w[i] ^ fill) & mask)
			return false;
	return true;
}

static enum fm_code integer(struct hasher *h, uint8_t word[static WORD],
			    const struct fm_eip712_member *m, const struct fm_u256 *value)
{
	unsigned top = m->kind == FM_T_INT ? m->bits - 1 : m->bits;

	fm_u256_to_be(word, value);
	if (top_is(value, top, false) ||
	    (m->kind == FM_T_INT && top_is(value, top, true)))
		return FM_OK;
	return out_of_range(h, m, value);
}

static enum fm_code hash_struct(struct hasher *h, struct fm_hash *out,
				const struct fm_eip712_type *type,
				const struct fm_eip712_value *values);
static enum fm_code hash_array(struct hasher *h, struct fm_hash *out,
			       const struct fm_eip712_member *m,
			       const struct fm_eip712_value *value);

static void put_hash(uint8_t word[static WORD], const struct fm_hash *hash)
{
	memcpy(word, hash->b, WORD);
}

/* encodeData of one member. */
static enum fm_code encode(struct hasher *h, uint8_t word[static WORD],
			   const struct fm_eip712_member *m,
			   const struct fm_eip712_value *value)
{
	struct fm_hash hash = { { 0 } };
	enum fm_code rc = FM_OK;

	memset(word, 0, WORD);
	switch (m->kind) {
	case FM_T_UINT:
	case FM_T_INT:
		return integer(h, word, m, &value->u256);
	case FM_T_ADDRESS:
		memcpy(word + 12, value->address.b, sizeof(value->address.b));
		return FM_OK;
	case FM_T_BOOL:
		word[WORD - 1] = value->boolean;
		return FM_OK;
	case FM_T_BYTESN:
		memcpy(word, value->hash.b, m->bits / 8);
		return FM_OK;
	case FM_T_BYTES:
	case FM_T_STRING:
		fm_keccak256(&hash, value->bytes.ptr, value->bytes.len);
		put_hash(word, &hash);
		return FM_OK;
	case FM_T_STRUCT:
		rc = hash_struct(h, &hash, m->type, value->items);
		break;
	case FM_T_ARRAY:
		rc = hash_array(h, &hash, m, value);
		break;
	}
	if (rc == FM_OK)
		put_hash(word, &hash);
	return rc;
}

static enum fm_code hash_array(struct hasher *h, struct fm_hash *out,
			       const struct fm_eip712_member *m,
			       const struct fm_eip712_value *value)
{
	struct fm_keccak k;
	uint8_t word[WORD];
	enum fm_code rc;

	if (m->length >= 0 && value->count != (uint64_t)m->length)
		return fm_fail(h->err, FM_E_MALFORMED, "%s %s: %zu elements",
			       m->type_name, m->name ? m->name : "element", value->count);
	fm_keccak_init(&k);
	for (size_t i = 0; i < value->count; i++) {
		rc = encode(h, word, m->element, &value->items[i]);
		if (rc)
			return rc;
		fm_keccak_add(&k, word, sizeof(word));
	}
	fm_keccak_end(out, &k);
	return FM_OK;
}

static enum fm_code hash_struct(struct hasher *h, struct fm_hash *out,
				const struct fm_eip712_type *type,
				const struct fm_eip712_value *values)
{
	struct fm_keccak k;
	struct fm_hash head;
	uint8_t word[WORD];
	enum fm_code rc = type_hash(h, &head, type);

	if (rc)
		return rc;
	fm_keccak_init(&k);
	fm_keccak_add(&k, head.b, sizeof(head.b));
	for (size_t i = 0; i < type->count; i++) {
		rc = encode(h, word, &type->members[i], &values[i]);
		if (rc)
			return rc;
		fm_keccak_add(&k, word, sizeof(word));
	}
	fm_keccak_end(out, &k);
	return FM_OK;
}

enum fm_code fm_eip712_struct_hash(struct fm_hash *out, const struct fm_eip712_type *type,
				   const struct fm_eip712_value *values,
				   struct fm_err *err)
{
	struct hasher h;

	h.count = 0;
	h.err = err;
	return hash_struct(&h, out, type, values);
}

enum fm_code fm_eip712_struct_hash_known(struct fm_hash *out,
					 const struct fm_eip712_type *type,
					 const struct fm_hash *known,
					 const struct fm_eip712_value *values,
					 struct fm_err *err)
{
	struct hasher h;

	h.count = 1;
	h.err = err;
	h.known[0].type = type;
	h.known[0].hash = *known;
	return hash_struct(&h, out, type, values);
}

static void domain_type(struct fm_hash *out, const struct fm_eip712_domain *domain)
{
	const char *comma = "";
	struct fm_keccak k;
	const struct {
		bool there;
		const char *text;
	} members[] = {
		{domain->name.ptr,	    "string name"		  },
		{ domain->version.ptr,	       "string version"		},
		{ true,			"uint256 chainId"	  },
		{ domain->verifying_contract, "address verifyingContract"},
	};

	fm_keccak_init(&k);
	fm_keccak_add(&k, "EIP712Domain(", 13);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!members[i].there)
			continue;
		fm_keccak_add(&k, comma, strlen(comma));
		fm_keccak_add(&k, members[i].text, strlen(members[i].text));
		comma = ",";
	}
	fm_keccak_add(&k, ")", 1);
	fm_keccak_end(out, &k);
}

static void add_text_hash(struct fm_keccak *k, struct fm_span text)
{
	struct fm_hash hash;

	if (!text.ptr)
		return;
	fm_keccak256(&hash, text.ptr, text.len);
	fm_keccak_add(k, hash.b, sizeof(hash.b));
}

void fm_eip712_domain_hash(struct fm_hash *out, const struct fm_eip712_domain *domain)
{
	struct fm_u256 chain = fm_u256_from_u64(domain->chain_id);
	uint8_t word[WORD] = { 0 };
	struct fm_keccak k;
	struct fm_hash type;

	domain_type(&type, domain);
	fm_keccak_init(&k);
	fm_keccak_add(&k, type.b, sizeof(type.b));
	add_text_hash(&k, domain->name);
	add_text_hash(&k, domain->version);
	fm_u256_to_be(word, &chain);
	fm_keccak_add(&k, word, sizeof(word));
	if (domain->verifying_contract) {
		memset(word, 0, sizeof(word));
		memcpy(word + 12, domain->verifying_contract->b, 20);
		fm_keccak_add(&k, word, sizeof(word));
	}
	fm_keccak_end(out, &k);
}

void fm_eip712_digest(struct fm_hash *out, const struct fm_hash *domain_hash,
		      const struct fm_hash *struct_hash)
{
	uint8_t bytes[2 + 2 * WORD] = { 0x19, 0x01 };

	memcpy(bytes + 2, domain_hash->b, WORD);
	memcpy(bytes + 2 + WORD, struct_hash->b, WORD);
	fm_keccak256(out, bytes, sizeof(bytes));
}

void fm_eip191_digest(struct fm_hash *out, struct fm_span bytes)
{
	struct fm_keccak k;
	char head[64];
	int len = snprintf(head, sizeof(head),
			   "\x19"
			   "Ethereum Signed Message:\n%zu",
			   bytes.len);

	fm_keccak_init(&k);
	fm_keccak_add(&k, head, len > 0 ? (size_t)len : 0);
	fm_keccak_add(&k, bytes.ptr, bytes.len);
	fm_keccak_end(out, &k);
}
