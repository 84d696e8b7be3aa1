/* SPDX-License-Identifier: MIT */
/** What a prepared draft of `4mica-credit` becomes when it is signed. */
#ifndef FOURMICA_CREDIT_SCHEME_H
#define FOURMICA_CREDIT_SCHEME_H

#include <fourmica/credit.h>

#include "x402/scheme.h"

enum fm_code fm_credit_claims(struct fm_claims *out, const struct fm_draft *draft,
			      const struct fm_offer *offer,
			      struct fm_err *err) FM_MUST_USE;
/** The domain they are signed under. FM_E_CORE: it is not known. */
enum fm_code fm_credit_signing(struct fm_credit_domain *out, const struct fm_draft *draft,
			       const struct fm_offer *offer,
			       struct fm_err *err) FM_MUST_USE;

#endif
