/* SPDX-License-Identifier: MIT */
/** All of libfourmica. */
#ifndef FOURMICA_FOURMICA_H
#define FOURMICA_FOURMICA_H

#include <fourmica/against.h>
#include <fourmica/bls.h>
#include <fourmica/bytes.h>
#include <fourmica/cause.h>
#include <fourmica/cert.h>
#include <fourmica/clearing.h>
#include <fourmica/client.h>
#include <fourmica/collateral.h>
#include <fourmica/credit.h>
#include <fourmica/cycle_audit.h>
#include <fourmica/cycles.h>
#include <fourmica/doctor.h>
#include <fourmica/err.h>
#include <fourmica/file.h>
#include <fourmica/http.h>
#include <fourmica/json.h>
#include <fourmica/network.h>
#include <fourmica/policy.h>
#include <fourmica/reconcile.h>
#include <fourmica/system.h>
#include <fourmica/types.h>
#include <fourmica/wallet.h>
#include <fourmica/x402.h>

#define FM_VERSION "0.1.0"

/** The library's version, "major.minor.patch". */
FM_API const char *fm_version(void);

#endif
