/* SPDX-License-Identifier: MIT */
/** What the files of certificates share. */
#ifndef FOURMICA_CREDIT_CERT_H
#define FOURMICA_CREDIT_CERT_H

#include <fourmica/cert.h>

/** Words for a check that failed: fills *err with the rule's code and its word.
 *  Returns rule. */
enum fm_cert_rule fm_cert_refuse(struct fm_err *err, enum fm_cert_rule rule,
				 const char *fmt, ...) FM_PRINTF(3, 4);

/** fm_cert_decode that returns the check that failed. */
enum fm_cert_rule fm_cert_read(struct fm_cert *out, struct fm_span claims, bool legacy,
			       struct fm_err *err) FM_MUST_USE;

/** The check that a fault of a point or a signature fails; `point` for one that is no
 *  point. */
enum fm_cert_rule fm_cert_fault_rule(enum fm_bls_fault fault, enum fm_cert_rule point);

#endif
