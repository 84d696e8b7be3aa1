/* SPDX-License-Identifier: MIT */
/** EIP-712 typed-data hashing, one encoder for every scheme.
 *
 *  A scheme describes its struct once as static data (struct fm_eip712_type) and hands the
 *  values as an array in member order; a user's eth_signTypedData_v4 document is turned into
 *  the same two things by fm_typed_parse. */
#ifndef FOURMICA_EVM_EIP712_H
#define FOURMICA_EVM_EIP712_H

#include <fourmica/json.h>

enum fm_eip712_kind {
	FM_T_UINT, /**< uint8 .. uint256: value u256, checked against `bits` */
	FM_T_INT,  /**< int8 .. int256: value u256 in two's complement */
	FM_T_ADDRESS,
	FM_T_BOOL,
	FM_T_BYTESN, /**< bytes1 .. bytes32: left-aligned in `hash` */
	FM_T_BYTES,  /**< dynamic: hashed */
	FM_T_STRING, /**< dynamic: hashed, UTF-8 as given */
	FM_T_STRUCT, /**< another described type */
	FM_T_ARRAY,  /**< of `element`, fixed (`length` >= 0) or dynamic (-1) */
};

/** Struct types one primary type may reach, itself included. */
#define FM_EIP712_TYPES 32

struct fm_eip712_type;

struct fm_eip712_member {
	const char *name;
	const char *
		type_name; /**< as written in encodeType: "uint256", "address", "Person[]" */
	enum fm_eip712_kind kind;
	unsigned bits;			   /**< UINT, INT: width; BYTESN: bytes * 8 */
	int64_t length;			   /**< ARRAY: fixed length, or -1 */
	const struct fm_eip712_type *type; /**< STRUCT: its description */
	const struct fm_eip712_member *element; /**< ARRAY: its element (name NULL) */
};

struct fm_eip712_type {
	const char *name;
	const struct fm_eip712_member *members;
	size_t count;
};

/** A value of the kind its member says. Borrowed pointers. */
struct fm_eip712_value {
	union {
		struct fm_u256 u256; /**< UINT, INT */
		struct fm_addr address;
		bool boolean;
		struct fm_hash hash;  /**< BYTESN */
		struct fm_span bytes; /**< BYTES, STRING */
		struct { /**< STRUCT: one per member; ARRAY: `count` elements */
			const struct fm_eip712_value *items;
			size_t count;
		};
	};
};

/** The EIP712Domain forms this program signs itself; absent members are left out. */
struct fm_eip712_domain {
	struct fm_span name;	/**< ptr NULL: absent */
	struct fm_span version; /**< ptr NULL: absent */
	uint64_t chain_id;
	const struct fm_addr *verifying_contract; /**< NULL: absent */
};

/** encodeType: the primary type, then the referenced ones sorted by name. */
enum fm_code fm_eip712_encode_type(struct fm_buf *out, const struct fm_eip712_type *type,
				   struct fm_err *err) FM_MUST_USE;
enum fm_code fm_eip712_struct_hash(struct fm_hash *out, const struct fm_eip712_type *type,
				   const struct fm_eip712_value *values,
				   struct fm_err *err) FM_MUST_USE;
/** The same with the type's hash (keccak of encodeType) already known: saves the caller
 *  who signs often a third of the hashing. */
enum fm_code fm_eip712_struct_hash_known(struct fm_hash *out,
					 const struct fm_eip712_type *type,
					 const struct fm_hash *known,
					 const struct fm_eip712_value *values,
					 struct fm_err *err) FM_MUST_USE;
/** keccak(encodeType). */
enum fm_code fm_eip712_type_hash(struct fm_hash *out, const struct fm_eip712_type *type,
				 struct fm_err *err) FM_MUST_USE;
void fm_eip712_domain_hash(struct fm_hash *out, const struct fm_eip712_domain *domain);
/** keccak(0x19 0x01 || domain || struct). */
void fm_eip712_digest(struct fm_hash *out, const struct fm_hash *domain_hash,
		      const struct fm_hash *struct_hash);

/** A parsed eth_signTypedData_v4 document: {types, primaryType, domain, message}. */
struct fm_typed {
	const struct fm_eip712_type *primary;
	const struct fm_eip712_value *values;
	const struct fm_eip712_type *domain_type;
	const struct fm_eip712_value *domain_values;
	struct fm_json *doc; /**< the document, for those who look at members by name */
	struct fm_hash domain_hash, struct_hash, digest;
	void *arena;
};

/** Strict: every member a type names must be there, no other may be; integers in range, as
 *  JSON integers or dec/0x-hex strings; types must not refer to themselves endlessly.
 *  `text` must outlive *out. Errors: FM_E_MALFORMED. Owner: fm_typed_free. */
enum fm_code fm_typed_parse(struct fm_typed **out, struct fm_span text,
			    struct fm_err *err) FM_MUST_USE;
void fm_typed_free(struct fm_typed **typed);

/** EIP-191 version 0x45: keccak("\x19Ethereum Signed Message:\n" dec(len) bytes). */
void fm_eip191_digest(struct fm_hash *out, struct fm_span bytes);

#endif
